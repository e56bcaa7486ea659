package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// What the watchdog does, as label values.
const (
	actionReader     = "restart_reader"
	actionGeneration = "end_generation"
	actionStop       = "stop"
)

// watch looks at the ends of the assigned partitions until ctx ends: it sets
// the lag metrics and acts on partitions that stand still.
func (r *Runner) watch(ctx context.Context) {
	for wait(r.conf.WatchdogInterval, ctx.Done()) {
		workers := r.assigned()
		if len(workers) == 0 {
			continue
		}
		partitions := make([]int, len(workers))
		before := make([]int64, len(workers)) // the ends are looked up after this
		for i, w := range workers {
			partitions[i], before[i] = w.partition, w.status.position()
		}
		look, cancel := context.WithTimeout(ctx, r.conf.WriteTimeout)
		spans, err := r.conn.spans(look, r.conf.Topic, partitions)
		cancel()
		if err != nil {
			if ctx.Err() == nil {
				r.log.Warn("cannot list the ends of the partitions", zap.Error(err))
			}
			continue
		}
		r.metrics.lagSeconds.Set(r.inspect(workers, before, spans).Seconds())
	}
}

// inspect returns the largest age of a record that was read last. before are
// the workers' positions from before the spans were looked up.
func (r *Runner) inspect(workers []*worker, before []int64, spans map[int]span) time.Duration {
	var age time.Duration
	for i, w := range workers {
		sp := spans[w.partition]
		lag, old, action := w.status.inspect(sp, r.conf.WatchdogTimeout)
		r.metrics.setLag(w.partition, lag)
		age = max(age, old)
		if sp.last < before[i] {
			// The topic may have been made anew while the worker waits: it
			// compares the offsets itself and stops if so.
			w.kick(errReopen)
			continue
		}
		if action == "" {
			continue
		}
		r.metrics.watchdog[action].Inc()
		w.log.Error("partition stands still although there are records", zap.String("action", action), zap.Int64("end", sp.last))
		switch action {
		case actionReader:
			w.kick(errReopen)
		case actionGeneration:
			w.kick(errStuck)
		case actionStop:
			r.fail(Fatal(fmt.Errorf("%s/%d stands still although there are records: %w", r.conf.Topic, w.partition, errStuck)))
		}
	}
	return age
}

// What a worker is told to do by the watchdog.
var (
	errReopen = errors.New("stream: reader must be opened again")
	errStuck  = errors.New("stream: no record came in spite of new readers")
)

func (s *status) position() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// inspect compares the worker with the partition's end. It returns how many
// records are not committed, how old the last one read is (0 if there are no
// more), and what the watchdog should do, if anything.
func (s *status) inspect(sp span, timeout time.Duration) (lag int64, age time.Duration, action string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	lag = sp.last - max(s.committed, sp.first)
	if sp.last <= s.next {
		s.progress, s.strikes = now, 0
		if s.phase == phaseFetch {
			s.attempts, s.err = 0, nil
		}
		return max(lag, 0), 0, ""
	}
	if !s.read.IsZero() {
		age = max(0, now.Sub(s.read))
	}
	if s.phase != phaseFetch || now.Sub(s.progress) < timeout {
		return lag, age, ""
	}
	s.progress = now
	s.strikes++
	return lag, age, [...]string{actionReader, actionGeneration, actionStop}[min(s.strikes, 3)-1]
}
