package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// worker owns one partition during one generation.
type worker struct {
	r         *Runner
	log       *zap.Logger
	partition int
	assigned  int64 // the committed offset, negative if there is none
	commitFn  func(map[string]map[int]int64) error
	status    *status
	kicks     chan error // from the watchdog; capacity 1

	handler   Handler
	stateful  Stateful // handler, or nil
	snapshots *snapshots
	source    *source

	pos       int64 // every record below is handled and its results are durable
	written   int64 // every record below had its results durable before this session
	committed int64 // -1 before the first commit

	snapshotAt   int64 // offset of the last snapshot
	snapshotTime time.Time

	breaker *breakerState
	open    bool // the breaker is open
	probes  int

	// suspect is the batch that a panic came from; inside it records are
	// handled one by one. guilty are those that must not be handled; they are
	// forgotten once a snapshot covers them.
	suspectFrom, suspectTo int64
	guilty                 map[int64]Reject

	unreadable int  // attempts to read the batch at pos
	hasty      bool // the source has hastyReadTimeout
	recs       []Record
}

func (r *Runner) newWorker(gen *kafka.Generation, a kafka.PartitionAssignment, st *status) *worker {
	w := &worker{
		r: r, partition: a.ID, assigned: a.Offset, commitFn: gen.CommitOffsets, status: st,
		log:       r.log.With(zap.Int("partition", a.ID), zap.Int32("generation", gen.ID)),
		kicks:     make(chan error, 1),
		committed: -1,
		breaker:   newBreakerState(r.conf.Breaker),
		guilty:    map[int64]Reject{},
	}
	if a.Offset >= 0 {
		w.committed, w.written = a.Offset, a.Offset
		st.setCommitted(a.Offset)
		r.metrics.setCommitted(a.ID, a.Offset)
	}
	if r.conf.SnapshotDir != "" {
		w.snapshots = newSnapshots(r.conf.SnapshotDir, r.conf.Group, r.conf.Topic, a.ID)
	}
	return w
}

// kick tells the worker to do something about itself; a second kick is dropped.
func (w *worker) kick(why error) {
	select {
	case w.kicks <- why:
	default:
	}
}

// lifetimes are the two contexts of a worker: its generation, after whose end
// nothing new is begun, and its work, which ends DrainTimeout later.
type lifetimes struct {
	gen  context.Context //nolint:containedctx // belongs to one call of run
	work context.Context //nolint:containedctx // belongs to one call of run
}

// run owns the partition until gen ends. It returns nil after a clean drain,
// errAbandoned if a batch was left without a commit, errStuck, or a Fatal error.
func (w *worker) run(gen context.Context) (err error) {
	work, cancel := context.WithCancelCause(context.Background())
	var drain sync.WaitGroup
	drain.Go(func() {
		select {
		case <-gen.Done():
			if wait(w.r.conf.DrainTimeout, work.Done()) {
				cancel(fmt.Errorf("%w: drain timeout", errAbandoned))
			}
		case <-work.Done():
		}
	})
	defer drain.Wait()
	defer cancel(nil)
	defer func() {
		if w.open {
			w.r.metrics.breakerOpen.Dec()
		}
	}()
	defer func() {
		// The runner's own mistakes must stop one stage, not the process.
		if v := recover(); v != nil {
			err = Fatal(fmt.Errorf("worker of %s/%d panicked: %v", w.r.conf.Topic, w.partition, v))
			w.log.Error("worker panicked", zap.StackSkip("stack", 1))
		}
	}()
	life := lifetimes{gen: gen, work: work}
	for {
		err = w.session(life) //nolint:contextcheck // a source ends by close
		if !errors.Is(err, errRebuild) {
			return err
		}
		w.r.metrics.rebuilds.Inc()
		w.log.Warn("building the handler again from its last snapshot", zap.Int64("offset", w.pos))
	}
}

// session is the life of one handler: build, restore, read until the end.
func (w *worker) session(l lifetimes) (err error) {
	w.status.enter(phaseJoin)
	if err := w.retry(l, phaseJoin, w.start); err != nil {
		return errors.Join(err, w.discard())
	}
	keep := false
	defer func() {
		w.closeSource()
		if !keep {
			err = errors.Join(err, w.discard())
		}
	}()
	if err := w.reopen(); err != nil {
		return err
	}
	for {
		recs, err := w.collect(l)
		if err != nil {
			return err
		}
		if len(recs) > 0 {
			if err := w.process(l, recs); err != nil {
				return err
			}
			continue
		}
		if l.gen.Err() != nil {
			w.snapshot(l, true)
			keep = w.r.retain(w)
			w.log.Info("partition released", zap.Int64("offset", w.pos))
			return nil
		}
	}
}

// start builds the handler and finds the offset to begin at.
func (w *worker) start(ctx context.Context, _ int) error {
	if w.handler == nil {
		if err := w.build(); err != nil {
			return err
		}
	}
	spans, err := w.r.conn.spans(ctx, w.r.conf.Topic, []int{w.partition})
	if err != nil {
		return err
	}
	sp := spans[w.partition]
	start := w.pos
	if start < 0 {
		start = sp.first
	}
	if err := w.checkStart(start, sp); err != nil {
		return err
	}
	w.pos = max(start, sp.first)
	w.status.seek(w.pos)
	w.log.Info("partition assigned", zap.Int64("offset", w.pos), zap.Int64("end", sp.last), zap.Int64("committed", w.committed))
	// An explicit first commit: without one, a group whose first batch takes
	// long has no offset, and whatever the broker's reset policy is applies.
	// State that is ahead of the commit (its commit was lost) moves it up.
	return w.commitOnce(w.pos)
}

// checkStart compares the offset to begin at with what the log holds.
func (w *worker) checkStart(start int64, sp span) error {
	if start > sp.last {
		return Fatal(fmt.Errorf("%s/%d ends at %d, but records up to %d were handled: the topic was deleted and made anew, or truncated; reset the group's offsets and remove the snapshots to accept that",
			w.r.conf.Topic, w.partition, sp.last, start))
	}
	if start < sp.first {
		return w.lose(start, sp.first)
	}
	return nil
}

// lose is told that the records [from, to) cannot be read any more.
func (w *worker) lose(from, to int64) error {
	w.r.metrics.lost.Add(float64(to - from))
	w.log.Error("records were deleted before they were read", zap.Int64("offset", from), zap.Int64("lost", to-from))
	if w.r.conf.DataLossPolicy == DataLossStop {
		return Fatal(fmt.Errorf("%s/%d: records %d to %d were deleted before they were read", w.r.conf.Topic, w.partition, from, to-1))
	}
	return nil
}

// build makes the handler and sets pos to where it has to begin; -1 is the
// first record there is.
func (w *worker) build() error {
	if kept, ok := w.r.take(w.partition); ok {
		w.handler, w.stateful, w.pos = kept.handler, kept.handler, kept.pos
		w.snapshotAt, w.snapshotTime = kept.snapshotAt, time.Now()
		return nil
	}
	w.snapshotAt, w.snapshotTime = -1, time.Now()
	h, err := w.r.newHandler(w.partition)
	if err != nil {
		return err
	}
	w.handler, w.pos = h, -1
	w.stateful, _ = h.(Stateful)
	if w.stateful == nil {
		w.pos = max(w.assigned, -1)
		return nil
	}
	if w.snapshots == nil {
		w.log.Warn("no snapshot folder: replaying the partition from its first record")
		return nil
	}
	began := time.Now()
	first := w.stateful
	restored, offset, err := w.snapshots.load(func() (Stateful, error) {
		if s := first; s != nil {
			first = nil
			return s, nil
		}
		closeHandler(w.log, w.handler)
		h, err := w.r.newHandler(w.partition)
		if err != nil {
			return nil, err
		}
		s, ok := h.(Stateful)
		if !ok {
			return nil, Fatal(errors.New("new handler: it was stateful before and is not now"))
		}
		w.handler, w.stateful = s, s
		return s, nil
	}, func(offset int64, err error) {
		w.r.metrics.badSnapshots.Inc()
		w.log.Error("snapshot is not good: trying the one before", zap.Int64("offset", offset), zap.Error(err))
	})
	if errors.Is(err, errNoSnapshot) {
		w.log.Warn("no good snapshot: replaying the partition from its first record")
		return w.freshAfterBad(first)
	}
	if err != nil {
		return errors.Join(err, w.discard())
	}
	w.handler, w.stateful, w.pos, w.snapshotAt = restored, restored, offset, offset
	w.log.Info("snapshot restored", zap.Int64("offset", offset), zap.Duration("duration", time.Since(began)))
	return nil
}

// freshAfterBad replaces a handler whose Restore failed; first is not nil if
// none was tried.
func (w *worker) freshAfterBad(first Stateful) error {
	if first != nil {
		return nil
	}
	closeHandler(w.log, w.handler)
	h, err := w.r.newHandler(w.partition)
	if err != nil {
		w.handler, w.stateful = nil, nil
		return err
	}
	w.handler = h
	w.stateful, _ = h.(Stateful)
	return nil
}

// discard throws the handler away.
func (w *worker) discard() error {
	h := w.handler
	w.handler, w.stateful = nil, nil
	// What this session made durable need not be written again.
	w.written = max(w.written, w.pos)
	if c, ok := h.(io.Closer); ok {
		if err := c.Close(); err != nil {
			return fmt.Errorf("close handler: %w", err)
		}
	}
	return nil
}

func closeHandler(log *zap.Logger, h Handler) {
	if c, ok := h.(io.Closer); ok {
		if err := c.Close(); err != nil {
			log.Warn("handler did not close", zap.Error(err))
		}
	}
}

// reopen reads on from pos with a new reader.
func (w *worker) reopen() error {
	w.closeSource()
	readWait := w.r.conf.ReadBatchTimeout
	if w.hasty = w.unreadable > 0; w.hasty {
		readWait = min(readWait, hastyReadTimeout)
	}
	s, err := w.r.openSource(w.partition, w.pos, readWait)
	if err != nil {
		return err
	}
	w.source = s
	return nil
}

// closeSource does not wait: a reader may be in a fetch.
func (w *worker) closeSource() {
	if s := w.source; s != nil {
		w.source = nil
		w.r.background.Go(func() {
			if err := s.close(); err != nil {
				w.log.Warn("reader did not close", zap.Error(err))
			}
		})
	}
}

// retry repeats step until it works; see Retry.do. It logs the first failure
// and then every power of two.
func (w *worker) retry(l lifetimes, phase string, step func(ctx context.Context, attempt int) error) error {
	return w.r.conf.Retry.do(l.work, l.gen.Done(), step, func(n int, err error) {
		w.r.metrics.retries[phase].Inc()
		w.status.failed(err)
		if n&(n-1) == 0 {
			w.log.Warn("step failed and is repeated", zap.String("step", phase), zap.Int("attempt", n), zap.Error(err))
		}
	})
}
