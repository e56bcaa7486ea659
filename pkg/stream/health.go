package stream

import (
	"context"
	"errors"
	"fmt"
)

// Ready returns nil when the stage does its work at the moment: it is a member
// of the group (a standby without partitions is ready too), no step has been
// failing for several attempts, and no breaker is open. Lag does not count.
func (r *Runner) Ready() error {
	r.mu.Lock()
	running, stopping, joined, err := r.running, r.stopping, r.joined, r.joinErr
	r.mu.Unlock()
	switch {
	case !running:
		return errors.New("stream: not running")
	case stopping:
		return errors.New("stream: stopping")
	case !joined && err != nil:
		return fmt.Errorf("stream: not in group %s: %w", r.conf.Group, err)
	case !joined:
		return fmt.Errorf("stream: not in group %s yet", r.conf.Group)
	}
	var errs []error
	for _, w := range r.assigned() {
		errs = append(errs, w.status.ready())
	}
	return errors.Join(errs...)
}

// Live returns an error when the process should be restarted: Run has failed,
// or a worker has given no sign of life for LiveTimeout.
func (r *Runner) Live() error {
	r.mu.Lock()
	fatal := r.fatal
	r.mu.Unlock()
	if fatal != nil {
		return fatal
	}
	var errs []error
	for _, w := range r.assigned() {
		errs = append(errs, w.status.live(r.conf.LiveTimeout))
	}
	return errors.Join(errs...)
}

// Lag returns how many records of the input topic the group has not committed,
// over all partitions and members. It asks the brokers, whether Run is under way
// or not.
func (r *Runner) Lag(ctx context.Context) (int64, error) {
	r.mu.Lock()
	running := r.running
	r.mu.Unlock()
	if !running {
		defer r.conn.close() // nobody else will
	}
	return r.conn.lag(ctx, r.conf.Group, r.conf.Topic)
}
