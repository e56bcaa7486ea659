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
