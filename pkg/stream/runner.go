package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// Deps are what a Runner is given by its program.
type Deps struct {
	// Logger may be nil. No record's content is ever logged.
	Logger *zap.Logger
	// Registry takes the metrics; it may be nil. Runners may share one.
	Registry prometheus.Registerer
	// NewHandler makes the handler of a partition, each time that the partition
	// is assigned; it may return one value for all if that value is safe for
	// concurrent use. A handler that is an io.Closer is closed when it is thrown
	// away. An error is repeated with a back-off unless it is Fatal.
	NewHandler func(partition int) (Handler, error)
	// Dial replaces the network, for tests; may be nil.
	Dial DialFunc
}

// Runner runs one stage. Make it with New; all methods are safe for concurrent
// use.
type Runner struct {
	conf        Config
	deadLetters string
	log         *zap.Logger
	metrics     *metrics
	conn        *connection
	sink        *sink
	makeHandler func(int) (Handler, error)

	// background are readers that are closing.
	background sync.WaitGroup
	// hook, in tests, is called after each step; its error stands for a crash.
	hook func(partition int, step string) error

	mu       sync.Mutex
	running  bool
	ended    bool
	stopping bool
	joined   bool
	joinErr  error
	stop     context.CancelFunc
	fatal    error
	workers  map[int]*worker
	retained map[int]retained
	commits  map[int]int64 // the highest committed by this process
}

// retained is a stateful handler between two generations. Its state is a
// function of the log below pos, so it is as good as a snapshot, whoever owned
// the partition meanwhile.
type retained struct {
	handler    Stateful
	pos        int64
	snapshotAt int64
}

// New checks the configuration and prepares a stage; nothing is dialled before
// Run.
func New(conf Config, deps Deps) (*Runner, error) {
	if err := conf.Validate(); err != nil {
		return nil, fmt.Errorf("stream configuration: %w", err)
	}
	if deps.NewHandler == nil {
		return nil, errors.New("stream: Deps.NewHandler is nil")
	}
	compression, err := compressionOf(conf.Compression)
	if err != nil {
		return nil, err
	}
	conn, err := newConnection(conf.Brokers, conf.ClientID, conf.Security, deps.Dial, conf.WriteTimeout)
	if err != nil {
		return nil, err
	}
	log := deps.Logger
	if log == nil {
		log = zap.NewNop()
	}
	return &Runner{
		conf:        conf,
		deadLetters: conf.deadLetterTopic(),
		log:         log.Named("stream").With(zap.String("stage", conf.Stage), zap.String("topic", conf.Topic)),
		metrics:     newMetrics(deps.Registry, conf.Stage, conf.Topic),
		conn:        conn,
		sink:        newSink(conn, compression, conf.batchBytes(), conf.WriteTimeout),
		makeHandler: deps.NewHandler,
		workers:     map[int]*worker{},
		retained:    map[int]retained{},
		commits:     map[int]int64{},
	}, nil
}

// Run reads until ctx ends, then stops: it fetches no more, finishes and
// commits the batches in hand, writes snapshots and leaves the group, within
// ShutdownTimeout. It returns nil after a clean stop, ErrShutdown if that took
// too long, and a Fatal error if the stage cannot go on. It can be called once.
func (r *Runner) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.mu.Lock()
	if r.running || r.ended {
		r.mu.Unlock()
		return errors.New("stream: Run was called before")
	}
	r.running, r.stop = true, cancel
	r.mu.Unlock()
	defer r.end()

	if err := r.awaitTopics(ctx); err != nil || ctx.Err() != nil {
		r.conn.close()
		if err != nil {
			r.fail(err)
		}
		return err
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID:                r.conf.Group,
		Brokers:           r.conf.Brokers,
		Dialer:            r.conn.dialer,
		Topics:            []string{r.conf.Topic},
		HeartbeatInterval: r.conf.HeartbeatInterval,
		SessionTimeout:    r.conf.SessionTimeout,
		RebalanceTimeout:  r.conf.RebalanceTimeout,
		JoinGroupBackoff:  r.conf.JoinGroupBackoff,
		StartOffset:       kafka.FirstOffset,
	})
	if err != nil {
		r.conn.close()
		return fmt.Errorf("join group %s: %w", r.conf.Group, err)
	}
	var watch sync.WaitGroup
	watch.Go(func() { r.watch(ctx) })
	r.log.Info("stage started", zap.String("group", r.conf.Group))
	r.loop(ctx, group)
	err = r.shutdown(group)
	watch.Wait()
	r.log.Info("stage stopped", zap.Error(err))
	return err
}

// loop takes one generation after the other. kafka-go joins the group again
// only while Next is being called.
func (r *Runner) loop(ctx context.Context, group *kafka.ConsumerGroup) {
	failures := 0
	for {
		gen, err := group.Next(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			failures++
			r.metrics.retries[phaseJoin].Inc()
			if failures&(failures-1) == 0 {
				r.log.Warn("cannot join the group, trying again", zap.Int("attempt", failures), zap.Error(err))
			}
			r.setJoined(failures < failingAfter, err)
			continue
		}
		failures = 0
		r.begin(gen)
	}
}

// begin starts a worker for every partition of a generation.
func (r *Runner) begin(gen *kafka.Generation) {
	assigned := gen.Assignments[r.conf.Topic]
	r.metrics.rebalances.Inc()
	r.log.Info("generation began", zap.Int32("generation", gen.ID), zap.Int("partitions", len(assigned)))
	r.mu.Lock()
	r.joined, r.joinErr = true, nil
	r.workers = map[int]*worker{}
	workers := make([]*worker, len(assigned))
	for i, a := range assigned {
		if was, ok := r.commits[a.ID]; ok && a.Offset < was {
			r.metrics.backwards.Inc()
			r.log.Error("the group's offset went backwards: records are handled again",
				zap.Int("partition", a.ID), zap.Int64("offset", a.Offset), zap.Int64("committed", was))
			r.commits[a.ID] = a.Offset
		}
		workers[i] = r.newWorker(gen, a, newStatus(a.ID))
		r.workers[a.ID] = workers[i]
	}
	dropped := r.dropRetained()
	r.mu.Unlock()
	for _, h := range dropped {
		closeHandler(r.log, h)
	}
	for _, w := range workers {
		gen.Start(func(ctx context.Context) {
			err := w.run(ctx)
			r.remove(w)
			switch {
			case err == nil:
			case errors.Is(err, errAbandoned):
				w.log.Warn("batch abandoned without a commit: its next owner reads it again", zap.Error(err))
			case errors.Is(err, errStuck):
				w.log.Error("worker gave up: ending the generation", zap.Error(err))
			default:
				r.fail(fmt.Errorf("%s/%d: %w", r.conf.Topic, w.partition, err))
			}
		})
	}
}

// dropRetained forgets the handlers of partitions that this generation does not
// give us; mu is held.
func (r *Runner) dropRetained() []Handler {
	var out []Handler
	for p, k := range r.retained {
		if _, ok := r.workers[p]; !ok {
			delete(r.retained, p)
			out = append(out, k.handler)
		}
	}
	return out
}

// retain keeps a worker's stateful handler for the next generation, and tells
// whether it did.
func (r *Runner) retain(w *worker) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.stateful == nil || r.stopping {
		return false
	}
	r.retained[w.partition] = retained{handler: w.stateful, pos: w.pos, snapshotAt: w.snapshotAt}
	return true
}

func (r *Runner) take(partition int) (retained, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k, ok := r.retained[partition]
	delete(r.retained, partition)
	return k, ok
}

// newHandler calls Deps.NewHandler with its panics as Fatal errors.
func (r *Runner) newHandler(partition int) (h Handler, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Fatal(&panicError{where: "NewHandler"})
		}
	}()
	h, err = r.makeHandler(partition)
	if err == nil && h == nil {
		err = Fatal(errors.New("it returned nil"))
	}
	if err != nil {
		return nil, fmt.Errorf("new handler: %w", err)
	}
	return h, nil
}

func (r *Runner) openSource(partition int, offset int64, readWait time.Duration) (*source, error) {
	return openSource(sourceConfig{
		conn: r.conn, topic: r.conf.Topic, partition: partition, offset: offset,
		maxBytes: r.conf.FetchMaxBytes, maxWait: r.conf.FetchMaxWait, readWait: readWait,
		queue: r.conf.QueueCapacity, backoffMin: r.conf.Retry.Min, backoffMax: max(r.conf.Retry.Min, min(r.conf.Retry.Max, time.Second)),
	})
}

// fail stops the stage; the first error is the one that Run returns.
func (r *Runner) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fatal == nil {
		r.fatal = err
		r.log.Error("stage cannot go on", zap.Error(err))
	}
	r.stopping = true
	r.stop()
}

// shutdown leaves the group, which ends the generation and waits for its
// workers to drain.
func (r *Runner) shutdown(group *kafka.ConsumerGroup) error {
	r.mu.Lock()
	r.stopping = true
	r.mu.Unlock()
	done := make(chan error, 1)
	go func() {
		err := group.Close()
		r.background.Wait()
		r.conn.close()
		done <- err
	}()
	t := time.NewTimer(r.conf.ShutdownTimeout)
	defer t.Stop()
	var err error
	select {
	case err = <-done:
	case <-t.C:
		err = ErrShutdown
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.retained {
		closeHandler(r.log, k.handler)
	}
	clear(r.retained)
	return errors.Join(r.fatal, err)
}

func (r *Runner) end() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.ended, r.stopping = false, true, true
}

func (r *Runner) after(partition int, step string) error {
	if r.hook == nil {
		return nil
	}
	return r.hook(partition, step)
}

func (r *Runner) noteCommit(partition int, offset int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.commits[partition] = max(offset, r.commits[partition])
}

func (r *Runner) assigned() []*worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*worker, 0, len(r.workers))
	for _, w := range r.workers {
		out = append(out, w)
	}
	return out
}

// remove takes a worker that has ended out of what is looked at.
func (r *Runner) remove(w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.workers[w.partition] == w {
		delete(r.workers, w.partition)
		r.metrics.forget(w.partition)
	}
}

func (r *Runner) setJoined(joined bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.joined, r.joinErr = joined && r.joined, err
}
