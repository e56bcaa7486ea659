package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"go.uber.org/zap"
)

// The steps of a batch, for tests that stop between two of them.
const (
	stepHandled     = "handled"
	stepWritten     = "written"
	stepDeadLetters = "dead-lettered"
	stepSnapshot    = "snapshot"
	stepCommitted   = "committed"
)

// isolateError: one record of the batch is bad, it is not known which.
type isolateError struct{ code, text string }

func (e *isolateError) Error() string { return e.text }

// process takes a batch through all steps. If one of its records makes the
// handler panic, or cannot be told from the others otherwise, the batch is run
// record by record; a stateful handler is built again first.
func (w *worker) process(l lifetimes, recs []Record) error {
	err := w.batch(l, recs)
	var iso *isolateError
	if !errors.As(err, &iso) {
		return err
	}
	first, last := recs[0].Offset, recs[len(recs)-1].Offset
	if len(recs) == 1 {
		w.guilty[first] = Reject{Code: iso.code, Err: errors.New(iso.text)}
	}
	w.log.Error("batch is run record by record", zap.Int64("offset", first), zap.Int("records", len(recs)), zap.String("code", iso.code))
	if w.stateful != nil {
		if len(recs) > 1 {
			w.suspectFrom, w.suspectTo = first, last+1
		}
		return errRebuild
	}
	if len(recs) == 1 {
		return w.batch(l, recs)
	}
	for i := range recs {
		if err := w.process(l, recs[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

// batch is the fixed order: handle, write, dead-letter, snapshot, commit.
func (w *worker) batch(l lifetimes, recs []Record) error {
	m := w.r.metrics
	first, next := recs[0].Offset, recs[len(recs)-1].Offset+1
	if w.suspectFrom < w.suspectTo && w.pos == w.suspectFrom {
		w.snapshot(l, true) // so that finding the guilty one replays little
	}
	// Below written, everything is durable: the records are read for the state.
	quiet := next <= w.written
	res, attempts, err := w.admit(l, recs, quiet)
	if err != nil {
		return err
	}
	if err := w.r.after(w.partition, stepHandled); err != nil {
		return err
	}
	if !quiet {
		if err := w.writeOut(l, res.Out); err != nil {
			return err
		}
		if err := w.r.after(w.partition, stepWritten); err != nil {
			return err
		}
		if err := w.writeDeadLetters(l, w.deadLetters(recs, res.Rejects, attempts)); err != nil {
			return err
		}
		if err := w.r.after(w.partition, stepDeadLetters); err != nil {
			return err
		}
		m.out.Add(float64(len(res.Out)))
		m.handled.Add(float64(len(recs) - len(res.Rejects)))
		m.rejected.Add(float64(len(res.Rejects)))
	}
	w.pos = next
	leftSuspect := w.suspectTo > 0 && w.pos >= w.suspectTo
	if leftSuspect {
		w.suspectFrom, w.suspectTo = 0, 0
	}
	w.snapshot(l, leftSuspect)
	if err := w.r.after(w.partition, stepSnapshot); err != nil {
		return err
	}
	if err := w.commit(l); err != nil {
		return err
	}
	w.log.Debug("batch done", zap.Int64("offset", first), zap.Int("records", len(recs)),
		zap.Int("messages", len(res.Out)), zap.Int("rejects", len(res.Rejects)))
	return w.r.after(w.partition, stepCommitted)
}

// admit handles a batch and asks the breaker. While the breaker is open it
// holds the batch and handles it again from time to time; a stateful handler,
// which must not see records twice, is built again for that.
func (w *worker) admit(l lifetimes, recs []Record, quiet bool) (Result, int, error) {
	for {
		res, attempts, err := w.handle(l, recs)
		if err != nil || quiet {
			return res, attempts, err
		}
		conf := w.r.conf.Breaker
		if !w.open && w.breaker.admit(len(recs), res.Rejects) {
			return res, attempts, nil
		}
		if w.open && w.breaker.probe(len(recs), res.Rejects) {
			w.open, w.probes = false, 0
			w.status.hold(false)
			w.r.metrics.breakerOpen.Dec()
			w.log.Info("breaker closed: records are handled again", zap.Int64("offset", recs[0].Offset))
			return res, attempts, nil
		}
		if !w.open {
			w.open = true
			w.r.metrics.breakerOpen.Inc()
			w.log.Error("breaker opened: most records are rejected, so the stage is to blame; nothing is dead-lettered until a batch is mostly good",
				zap.Int64("offset", recs[0].Offset), zap.Int("records", len(recs)), zap.Int("rejects", len(res.Rejects)),
				zap.String("code", res.Rejects[0].Code))
		}
		w.status.hold(true)
		pause := min(conf.ProbeMax, conf.ProbeMin<<min(w.probes, 20))
		w.probes++
		if !wait(pause, l.gen.Done()) {
			return Result{}, 0, errAbandoned
		}
		if w.stateful != nil {
			return Result{}, 0, errRebuild
		}
	}
}

// handle gives the handler all records but the guilty ones, which are rejected.
func (w *worker) handle(l lifetimes, recs []Record) (Result, int, error) {
	began := time.Now()
	w.status.enter(phaseHandle)
	defer w.r.metrics.observe(phaseHandle, began)
	var guilty []Reject
	if len(w.guilty) > 0 {
		rest := make([]Record, 0, len(recs))
		index := make([]int, 0, len(recs)) // of rest in recs
		for i, rec := range recs {
			if g, ok := w.guilty[rec.Offset]; ok {
				g.Index = i
				guilty = append(guilty, g)
				continue
			}
			rest, index = append(rest, rec), append(index, i)
		}
		if len(guilty) > 0 {
			res, attempts, err := w.handleRest(l, rest)
			for i := range res.Rejects {
				res.Rejects[i].Index = index[res.Rejects[i].Index]
			}
			res.Rejects = append(res.Rejects, guilty...)
			return res, max(attempts, 1), err
		}
	}
	return w.handleRest(l, recs)
}

// handleRest calls the handler until it gives a result, and checks it.
func (w *worker) handleRest(l lifetimes, recs []Record) (res Result, attempts int, err error) {
	if len(recs) == 0 {
		return Result{}, 0, nil
	}
	err = w.retry(l, phaseHandle, func(ctx context.Context, n int) error {
		attempts = n
		var err error
		res, err = w.call(ctx, recs)
		return err
	})
	var pan *panicError
	var rej *RejectError
	switch {
	case err == nil:
		if err := w.checkResult(res, len(recs)); err != nil {
			return Result{}, attempts, err
		}
		return res, attempts, nil
	case IsFatal(err), errors.Is(err, errAbandoned):
		return Result{}, attempts, err
	case errors.As(err, &pan):
		return Result{}, attempts, &isolateError{code: CodePanic, text: pan.Error()}
	case errors.As(err, &rej) && len(recs) > 1:
		return Result{}, attempts, &isolateError{code: rej.Code, text: rej.Error()}
	case errors.As(err, &rej):
		return Result{Rejects: []Reject{{Code: rej.Code, Err: rej.Err}}}, attempts, nil
	default:
		return Result{}, attempts, err
	}
}

// call is one call of Handle. A panic's value is neither kept nor logged: it
// may hold what was being parsed.
func (w *worker) call(ctx context.Context, recs []Record) (res Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			w.log.Error("handler panicked", zap.Int64("offset", recs[0].Offset), zap.Int("records", len(recs)), zap.StackSkip("stack", 1))
			res, err = Result{}, &panicError{where: "Handle"}
		}
	}()
	return w.handler.Handle(ctx, recs)
}

// checkResult refuses what no correct handler returns.
func (w *worker) checkResult(res Result, n int) error {
	seen := make(map[int]struct{}, len(res.Rejects))
	for i, r := range res.Rejects {
		_, twice := seen[r.Index]
		seen[r.Index] = struct{}{}
		if r.Index < 0 || r.Index >= n || twice {
			return Fatal(fmt.Errorf("handler of %s: reject %d names record %d of %d, or a record twice", w.r.conf.Stage, i, r.Index, n))
		}
		if r.Code == "" {
			return Fatal(fmt.Errorf("handler of %s: reject %d has no code", w.r.conf.Stage, i))
		}
	}
	for i := range res.Out {
		if res.Out[i].Topic == "" {
			return Fatal(fmt.Errorf("handler of %s: message %d has no topic", w.r.conf.Stage, i))
		}
	}
	return nil
}

// writeOut writes msgs and returns when all are acknowledged.
func (w *worker) writeOut(l lifetimes, msgs []Message) error {
	if len(msgs) == 0 {
		return nil
	}
	defer w.r.metrics.observe(phaseWrite, time.Now())
	w.status.enter(phaseWrite)
	err := w.retry(l, phaseWrite, func(ctx context.Context, _ int) error {
		var err error
		msgs, err = w.r.sink.write(ctx, msgs)
		return err
	})
	if errors.Is(err, ErrTooLarge) {
		return &isolateError{code: CodeOutputTooLarge, text: err.Error()}
	}
	return err
}

func (w *worker) deadLetters(recs []Record, rejects []Reject, attempts int) []DeadLetter {
	if len(rejects) == 0 {
		return nil
	}
	now := time.Now()
	out := make([]DeadLetter, 0, len(rejects))
	for _, r := range rejects {
		rec := recs[r.Index]
		text := ""
		if r.Err != nil {
			text = r.Err.Error()
		}
		out = append(out, DeadLetter{
			Stage: w.r.conf.Stage, Code: r.Code, Error: text,
			Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset,
			Time: now, Attempts: max(attempts, 1),
			Key: rec.Key, Value: rec.Value, Headers: rec.Headers,
		})
	}
	return out
}

// writeDeadLetters writes letters and returns when all are acknowledged. A
// value that the topic refuses for its size is left out and its length noted:
// the other choice is to stand still for ever.
func (w *worker) writeDeadLetters(l lifetimes, letters []DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	defer w.r.metrics.observe(phaseDeadLetter, time.Now())
	w.status.enter(phaseDeadLetter)
	msgs := make([]Message, len(letters))
	for i, d := range letters {
		msgs[i] = d.message(w.r.deadLetters)
	}
	err := w.retry(l, phaseDeadLetter, func(ctx context.Context, _ int) error {
		for {
			var err error
			msgs, err = w.r.sink.write(ctx, msgs)
			if !errors.Is(err, ErrTooLarge) {
				return err
			}
			largest := 0
			for i := range msgs {
				if messageSize(&msgs[i]) > messageSize(&msgs[largest]) {
					largest = i
				}
			}
			if len(msgs[largest].Value) == 0 {
				return Fatal(fmt.Errorf("dead letter without its value is too large for %s: raise its max.message.bytes: %w", w.r.deadLetters, err))
			}
			w.log.Error("dead letter is too large: written without its value", zap.Int("bytes", len(msgs[largest].Value)))
			msgs[largest] = omitValue(msgs[largest])
		}
	})
	if err != nil {
		return err
	}
	for _, d := range letters {
		w.r.metrics.deadLetter(d.Code, 1)
	}
	return nil
}

// snapshot writes the state if that is due, or if must is set and there is
// something new. A snapshot that fails costs time at the next start and nothing
// else, so it holds nothing up.
func (w *worker) snapshot(l lifetimes, must bool) {
	conf := w.r.conf
	if w.stateful == nil || w.snapshots == nil || w.pos <= w.snapshotAt {
		return
	}
	due := conf.SnapshotEvery > 0 && w.pos-max(w.snapshotAt, 0) >= conf.SnapshotEvery ||
		conf.SnapshotInterval > 0 && time.Since(w.snapshotTime) >= conf.SnapshotInterval
	if !due && !must {
		return
	}
	w.status.enter(phaseSnapshot)
	began := time.Now()
	defer w.r.metrics.observe(phaseSnapshot, began)
	w.snapshotTime = began
	size, err := w.snapshots.save(l.work, w.pos, w.writeState)
	if err != nil {
		w.r.metrics.retries[phaseSnapshot].Inc()
		w.log.Error("snapshot failed: the next start replays more", zap.Int64("offset", w.pos), zap.Error(err))
		return
	}
	w.snapshotAt = w.pos
	for o := range w.guilty {
		if o < w.pos {
			delete(w.guilty, o) // never replayed
		}
	}
	w.r.metrics.snapshotBytes.Set(float64(size))
	w.log.Info("snapshot written", zap.Int64("offset", w.pos), zap.Int64("bytes", size), zap.Duration("duration", time.Since(began)))
}

// writeState is Snapshot with its panics as errors.
func (w *worker) writeState(dst io.Writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{where: "Snapshot"}
		}
	}()
	return w.stateful.Snapshot(dst)
}

// commit commits pos. It returns errAbandoned if the broker says that the
// partition is another's.
func (w *worker) commit(l lifetimes) error {
	if w.pos <= w.committed {
		return nil
	}
	defer w.r.metrics.observe(phaseCommit, time.Now())
	w.status.enter(phaseCommit)
	var lost error
	err := w.retry(l, phaseCommit, func(context.Context, int) error {
		err := w.commitOnce(w.pos)
		if errors.Is(err, errAbandoned) {
			lost, err = err, nil
		}
		return err
	})
	return errors.Join(lost, err)
}

// commitOnce commits offset, if that is a step forward.
func (w *worker) commitOnce(offset int64) error {
	if offset <= w.committed {
		return nil
	}
	err := w.commitFn(map[string]map[int]int64{w.r.conf.Topic: {w.partition: offset}})
	if fenced(err) {
		return fmt.Errorf("%w: commit: %w", errAbandoned, err)
	}
	if err != nil {
		return fmt.Errorf("commit offset %d: %w", offset, err)
	}
	w.committed = offset
	w.status.setCommitted(offset)
	w.r.metrics.setCommitted(w.partition, offset)
	w.r.noteCommit(w.partition, offset)
	return nil
}
