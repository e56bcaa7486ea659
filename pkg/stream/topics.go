package stream

import (
	"context"
	"fmt"
	"strings"

	"go.uber.org/zap"
)

// awaitTopics returns when the topics exist, with an error if they do not take
// what the stage means to write. It returns nil when ctx ends.
func (r *Runner) awaitTopics(ctx context.Context) error {
	outputs := append([]string{r.deadLetters}, r.conf.OutputTopics...)
	for n := 1; ; n++ {
		err := r.checkTopics(ctx, outputs)
		if err == nil || IsFatal(err) {
			return err
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the lookup failed because the stage was asked to stop
		}
		r.metrics.retries[phaseJoin].Inc()
		r.setJoined(false, err)
		if n&(n-1) == 0 {
			r.log.Warn("topics are not there yet", zap.Int("attempt", n), zap.Error(err))
		}
		wait(r.conf.Retry.backoff(n, 0), ctx.Done())
	}
}

func (r *Runner) checkTopics(ctx context.Context, outputs []string) error {
	for _, t := range append([]string{r.conf.Topic}, outputs...) {
		if _, err := r.conn.partitions(ctx, t); err != nil {
			return err
		}
	}
	limits, err := r.conn.messageLimits(ctx, outputs)
	if err != nil {
		// Describing needs a right that reading and writing do not; a message
		// that is too large is dealt with when it comes.
		r.log.Warn("cannot check the topics' max.message.bytes", zap.Error(err))
		return nil
	}
	var small []string
	for _, t := range outputs {
		if n, ok := limits[t]; ok && n < int64(r.conf.batchBytes()) {
			small = append(small, fmt.Sprintf("%s takes %d", t, n))
		}
	}
	if len(small) > 0 {
		return Fatal(fmt.Errorf("max_message_bytes %d + %d head room is above what topics take: %s: raise their max.message.bytes, or lower the setting",
			r.conf.MaxMessageBytes, HeadRoom, strings.Join(small, ", ")))
	}
	return nil
}
