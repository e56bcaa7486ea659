package stream

import (
	"fmt"
	"sync"
	"time"
)

// failingAfter is how many attempts of a step in a row make a stage not ready.
const failingAfter = 3

// status is what others may know of a worker. All times are of the same clock.
type status struct {
	partition int

	mu        sync.Mutex
	phase     string    // what the worker is doing; phaseFetch: waiting for records
	beat      time.Time // last sign of life in a phase
	progress  time.Time // last time that a record came, or that none was due
	next      int64     // the offset of the record that is read next
	committed int64     // -1 before the first commit is known
	read      time.Time // time stamp of the last record
	attempts  int       // failed attempts of the current step
	err       error     // why the last one failed
	holding   bool      // the breaker is open
	strikes   int       // of the watchdog
}

func newStatus(partition int) *status {
	now := time.Now()
	return &status{partition: partition, phase: phaseJoin, beat: now, progress: now, committed: -1}
}

// enter says that the worker begins a step.
func (s *status) enter(phase string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase, s.beat, s.attempts, s.err = phase, time.Now(), 0, nil
	if phase == phaseFetch {
		s.progress = s.beat
	}
}

// failed says that an attempt of the step went wrong.
func (s *status) failed(err error) (attempts int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.beat, s.err = time.Now(), err
	s.attempts++
	return s.attempts
}

// received says that records up to next have come.
func (s *status) received(next int64, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next, s.read, s.progress = next, at, time.Now()
	s.attempts, s.err, s.strikes = 0, nil, 0
}

func (s *status) seek(next int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = next
}

func (s *status) hold(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holding, s.beat = on, time.Now()
}

func (s *status) setCommitted(offset int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.committed = offset
}

// ready returns why the partition makes no progress, or nil.
func (s *status) ready() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.holding:
		return fmt.Errorf("partition %d: breaker is open: most records are rejected", s.partition)
	case s.attempts >= failingAfter:
		return fmt.Errorf("partition %d: %s failed %d times: %w", s.partition, s.phase, s.attempts, s.err)
	default:
		return nil
	}
}

// live returns an error if the worker has given no sign of life for limit.
func (s *status) live(limit time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.phase == phaseFetch || s.holding {
		return nil // the watchdog's business
	}
	if age := time.Since(s.beat); age > limit {
		return fmt.Errorf("partition %d: %s has been under way for %s", s.partition, s.phase, age.Round(time.Second))
	}
	return nil
}
