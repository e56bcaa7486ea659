package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// unreadableAttempts is how often a batch is fetched before its first offset
// is given up.
const unreadableAttempts = 3

// hastyReadTimeout replaces ReadBatchTimeout while a worker steps through a
// batch that cannot be decoded: kafka-go waits that long after each attempt for
// bytes that its bookkeeping says are left.
const hastyReadTimeout = 100 * time.Millisecond

// collect reads the next batch. It returns early, with what there is, when the
// generation ends; no records and no error mean that there is nothing to do.
func (w *worker) collect(l lifetimes) ([]Record, error) {
	w.status.enter(phaseFetch)
	if w.hasty && w.unreadable == 0 {
		if err := w.reopen(); err != nil {
			return nil, err
		}
	}
	clear(w.recs)
	w.recs = w.recs[:0]
	var (
		next   = w.pos
		limit  = w.batchLimit()
		bytes  int
		linger <-chan time.Time
	)
	for len(w.recs) < limit && bytes < w.r.conf.MaxBatchBytes {
		select {
		case <-l.gen.Done():
			return w.recs, nil
		default:
		}
		select {
		case <-l.gen.Done():
			return w.recs, nil
		case <-linger:
			return w.recs, nil
		case m := <-w.source.msgs:
			if m.Offset < next {
				continue // the reader reconnected and began at a batch's first record
			}
			if m.Offset > next {
				w.r.metrics.gaps.Inc()
				if err := w.lose(next, m.Offset); err != nil {
					return nil, err
				}
			}
			next = m.Offset + 1
			w.unreadable = 0
			w.status.received(next, m.Time)
			w.recs = append(w.recs, toRecord(m))
			bytes += len(m.Key) + len(m.Value)
			if linger == nil {
				t := time.NewTimer(w.r.conf.Linger)
				defer t.Stop() //nolint:revive // once: linger is set here only
				linger = t.C
			}
		case e := <-w.source.errs:
			stop, err := w.readError(l, e, next, len(w.recs) == 0)
			if err != nil || stop {
				return w.recs, err
			}
			next = max(next, w.pos)
		case why := <-w.kicks:
			if !errors.Is(why, errReopen) {
				return nil, why
			}
			if len(w.recs) > 0 {
				return w.recs, nil // it is not standing still
			}
			if err := w.check(l); err != nil {
				return nil, err
			}
		}
	}
	return w.recs, nil
}

// batchLimit is how many records the next batch may have: it ends where records
// begin to be written, and where a suspect batch begins; inside that it is 1.
func (w *worker) batchLimit() int {
	limit := w.r.conf.MaxBatchRecords
	if w.pos < w.written {
		limit = int(min(int64(limit), w.written-w.pos))
	}
	switch {
	case w.pos < w.suspectFrom:
		limit = int(min(int64(limit), w.suspectFrom-w.pos))
	case w.pos < w.suspectTo:
		limit = 1
	}
	return limit
}

// readError deals with what a source reports. next is the offset that is read
// next; stop asks to hand over the records collected so far.
func (w *worker) readError(l lifetimes, e sourceError, next int64, empty bool) (stop bool, err error) {
	switch {
	case errors.Is(e.err, kafka.OffsetOutOfRange):
		if !empty {
			w.kick(errReopen)
			return true, nil
		}
		return false, w.check(l)
	case e.undecodable && e.offset == next:
		w.unreadable++
		w.r.metrics.retries[phaseFetch].Inc()
		if w.unreadable < unreadableAttempts {
			return false, nil
		}
		if !empty {
			w.unreadable-- // the reader reports it again
			return true, nil
		}
		return false, w.quarantine(l, e.err)
	default:
		w.r.metrics.retries[phaseFetch].Inc()
		if n := w.status.failed(e.err); n&(n-1) == 0 {
			w.log.Warn("cannot read", zap.Int("attempt", n), zap.Int64("offset", next), zap.Error(e.err))
		}
		return false, nil
	}
}

// check compares the position with what the log holds now, and opens a new
// reader. Called with no records in hand.
func (w *worker) check(l lifetimes) error {
	var sp span
	err := w.retry(l, phaseFetch, func(ctx context.Context, _ int) error {
		spans, err := w.r.conn.spans(ctx, w.r.conf.Topic, []int{w.partition})
		sp = spans[w.partition]
		return err
	})
	if err != nil {
		return err
	}
	if err := w.checkStart(w.pos, sp); err != nil {
		return err
	}
	w.pos = max(w.pos, sp.first)
	w.status.seek(w.pos)
	return w.reopen()
}

// quarantine gives up the offset at pos, whose batch cannot be decoded, and
// reads on behind it. A batch of n records costs n dead letters, so that every
// offset is accounted for; after the first, one attempt each is enough.
func (w *worker) quarantine(l lifetimes, cause error) error {
	w.log.Error("batch cannot be decoded: the offset is dead-lettered", zap.Int64("offset", w.pos), zap.Error(cause))
	d := DeadLetter{
		Stage: w.r.conf.Stage, Code: CodeUnreadable, Error: cause.Error(),
		Topic: w.r.conf.Topic, Partition: w.partition, Offset: w.pos,
		Time: time.Now(), Attempts: w.unreadable,
	}
	if w.pos >= w.written {
		if err := w.writeDeadLetters(l, []DeadLetter{d}); err != nil {
			return err
		}
	}
	w.r.metrics.unreadable.Inc()
	w.pos++
	w.status.seek(w.pos)
	w.unreadable = unreadableAttempts - 1
	if err := w.commit(l); err != nil {
		return fmt.Errorf("commit behind an unreadable batch: %w", err)
	}
	return w.reopen()
}
