package elastic

import (
	"context"
	"math/rand/v2"
	"time"
)

// backoff gives the pauses between retries: a random part of a bound that
// doubles, so that many writers do not come back at once.
type backoff struct {
	low, high, bound time.Duration
	jitter           func(time.Duration) time.Duration
}

func newBackoff(cfg Config, jitter func(time.Duration) time.Duration) *backoff {
	return &backoff{low: cfg.BackoffMin, high: cfg.BackoffMax, bound: cfg.BackoffMin, jitter: jitter}
}

// next returns the next pause: at least what the server asked for.
func (b *backoff) next(after time.Duration) time.Duration {
	d := b.jitter(b.bound)
	b.bound = min(b.high, 2*b.bound)
	return max(d, after)
}

func (b *backoff) reset() { b.bound = b.low }

// fullJitter draws from [0, d].
func fullJitter(d time.Duration) time.Duration { return rand.N(d + 1) }

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
