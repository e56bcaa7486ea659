package scorer

import (
	"slices"
	"time"
)

// clockAds is how many adverts move the clock together.
const clockAds = 256

// sweepEvery is how far the clock moves from one sweep to the next, in
// milliseconds.
const sweepEvery = int64(24 * time.Hour / time.Millisecond)

// clock is the event time of a partition: the highest median of clockAds
// successive adverts' times. Times come from the platforms and may be false; a
// median follows only a majority.
type clock struct {
	now int64
	// first is the first value of now, which stands for all times before it.
	first   int64
	pending []int64
}

// add notes an advert's time, in milliseconds; 0 is not known.
func (c *clock) add(t int64) {
	if t <= 0 {
		return
	}
	c.pending = append(c.pending, t)
	if len(c.pending) < clockAds {
		return
	}
	slices.Sort(c.pending)
	c.now = max(c.now, c.pending[clockAds/2])
	if c.first == 0 {
		c.first = c.now
	}
	c.pending = c.pending[:0]
}

// since returns the time from t to now, where 0 is before the first value.
func (c *clock) since(t int64) int64 { return c.now - max(t, c.first) }

func (c *clock) clone() clock {
	return clock{now: c.now, first: c.first, pending: slices.Clone(c.pending)}
}
