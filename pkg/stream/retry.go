package stream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Retry is an exponential back-off with full jitter: before attempt n+1 a
// random time up to min(Max, Min*2^n) passes.
type Retry struct {
	Min time.Duration `yaml:"min"`
	Max time.Duration `yaml:"max"`
}

// DefaultRetry returns 100 ms to 30 s.
func DefaultRetry() Retry { return Retry{Min: 100 * time.Millisecond, Max: 30 * time.Second} }

// Validate checks 0 < Min <= Max.
func (r Retry) Validate() error {
	if r.Min <= 0 || r.Max < r.Min {
		return fmt.Errorf("retry: min %s, max %s: want 0 < min <= max", r.Min, r.Max)
	}
	return nil
}

// backoff returns how long to wait after the failed attempt n (from 1), at
// least atLeast.
func (r Retry) backoff(n int, atLeast time.Duration) time.Duration {
	limit := r.Max
	if shift := min(n-1, 30); r.Min <= r.Max>>shift {
		limit = r.Min << shift
	}
	return max(atLeast, time.Duration(rand.Int64N(int64(limit)))+1)
}

// Wait pauses after the failed attempt n (from 1), at least atLeast. It reports
// false if ctx ended before.
func (r Retry) Wait(ctx context.Context, n int, atLeast time.Duration) bool {
	return wait(r.backoff(n, atLeast), ctx.Done())
}

// wait sleeps for d and reports whether it slept to the end: false means that
// one of the contexts ended before.
func wait(d time.Duration, done ...<-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	var a, b <-chan struct{}
	if len(done) > 0 {
		a = done[0]
	}
	if len(done) > 1 {
		b = done[1]
	}
	select {
	case <-t.C:
		return true
	case <-a:
		return false
	case <-b:
		return false
	}
}

// do repeats step until it succeeds, is Fatal, or rejects. work is the context
// of the step; when drain is done the back-off is cut short, one more attempt
// is made, and then do gives up with errAbandoned. failed is told every failed
// attempt, counted from 1.
func (r Retry) do(work context.Context, drain <-chan struct{}, step func(ctx context.Context, attempt int) error, failed func(attempt int, err error)) error {
	last := false
	for n := 1; ; n++ {
		err := step(work, n)
		if err == nil {
			return nil
		}
		var reject *RejectError
		var pan *panicError
		if IsFatal(err) || errors.As(err, &reject) || errors.As(err, &pan) || errors.Is(err, ErrTooLarge) {
			return err
		}
		if work.Err() != nil || last {
			return fmt.Errorf("%w: %w", errAbandoned, err)
		}
		failed(n, err)
		if !wait(r.backoff(n, retryAfter(err)), work.Done(), drain) {
			last = true
		}
	}
}
