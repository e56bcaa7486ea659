package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

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
