package stream

import (
	"fmt"
	"time"
)

// Breaker says when rejects are so many that the stage is to blame rather than
// the records. It is kept for each partition.
type Breaker struct {
	// Disabled dead-letters every reject however many there are.
	Disabled bool `yaml:"disabled"`
	// Window is how many of the last records count.
	Window int `yaml:"window"`
	// Ratio opens the breaker when more than this share of them, and at least
	// MinRejects, are rejects.
	Ratio      float64 `yaml:"ratio"`
	MinRejects int     `yaml:"min_rejects"`
	// ProbeMin and ProbeMax bound the time between two tries of the batch that
	// opened it; the time doubles.
	ProbeMin time.Duration `yaml:"probe_min"`
	ProbeMax time.Duration `yaml:"probe_max"`
}

// DefaultBreaker opens at more than half of the last 200 records, from 50
// rejects on, and probes every 5 s to 5 min.
func DefaultBreaker() Breaker {
	return Breaker{Window: 200, Ratio: 0.5, MinRejects: 50, ProbeMin: 5 * time.Second, ProbeMax: 5 * time.Minute}
}

// Validate checks the ranges, unless the breaker is disabled.
func (b Breaker) Validate() error {
	if b.Disabled {
		return nil
	}
	if b.Window <= 0 || b.MinRejects <= 0 || b.MinRejects > b.Window || b.Ratio <= 0 || b.Ratio >= 1 {
		return fmt.Errorf("breaker: window %d, ratio %g, min_rejects %d: want 0 < min_rejects <= window and 0 < ratio < 1", b.Window, b.Ratio, b.MinRejects)
	}
	if b.ProbeMin <= 0 || b.ProbeMax < b.ProbeMin {
		return fmt.Errorf("breaker: probe_min %s, probe_max %s: want 0 < probe_min <= probe_max", b.ProbeMin, b.ProbeMax)
	}
	return nil
}

// breakerState is the last records of one partition. It is not safe for
// concurrent use.
type breakerState struct {
	conf    Breaker
	ring    []bool // true is a reject
	next    int
	rejects int
	seen    int
}

func newBreakerState(conf Breaker) *breakerState {
	b := &breakerState{conf: conf}
	if !conf.Disabled {
		b.ring = make([]bool, conf.Window)
	}
	return b
}

// admit adds a batch of n records of which the rejected ones are given by index
// and returns true, or returns false and adds nothing if the breaker opens.
func (b *breakerState) admit(n int, rejected []Reject) bool {
	if b.conf.Disabled {
		return true
	}
	old := *b
	old.ring = append([]bool(nil), b.ring...)
	bad := make([]bool, n)
	for _, r := range rejected {
		bad[r.Index] = true
	}
	for _, reject := range bad {
		b.add(reject)
	}
	if b.rejects >= b.conf.MinRejects && float64(b.rejects) > b.conf.Ratio*float64(b.seen) {
		*b = old
		return false
	}
	return true
}

func (b *breakerState) add(reject bool) {
	if b.seen == len(b.ring) {
		if b.ring[b.next] {
			b.rejects--
		}
	} else {
		b.seen++
	}
	b.ring[b.next] = reject
	if reject {
		b.rejects++
	}
	b.next = (b.next + 1) % len(b.ring)
}

// probe tells whether a batch that was tried again is good enough to close the
// breaker, and if so forgets what went before it.
func (b *breakerState) probe(n int, rejected []Reject) bool {
	if float64(len(rejected)) > b.conf.Ratio*float64(n) {
		return false
	}
	clear(b.ring)
	b.next, b.rejects, b.seen = 0, 0, 0
	return b.admit(n, rejected)
}
