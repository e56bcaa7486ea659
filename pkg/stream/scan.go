package stream

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ScanOptions bound a Scan.
type ScanOptions struct {
	// Partitions to read; all if empty.
	Partitions []int
	// From is the first offset in each partition, or the first there is.
	From int64
	// Until is the offset to stop before; the end at the start of the scan if 0.
	Until int64
	// IdleTimeout is how long no record may come although there are some; 30 s
	// if 0.
	IdleTimeout time.Duration
	// Unreadable, if set, is told of an offset that cannot be decoded, and the
	// scan goes on behind it; otherwise that is an error.
	Unreadable func(partition int, offset int64, err error) error
}

// ErrStopScan ends a Scan without an error when the function given to it returns
// this.
var ErrStopScan = errors.New("stop scan")

// scanReadTimeout bounds reading one message.
const scanReadTimeout = time.Second

// Scan calls f for the records that topic holds when the scan begins, partition
// by partition, in order of offset. The records' slices may be kept. It is for
// reading a topic once: tap, verify, listing dead letters.
func (a *Admin) Scan(ctx context.Context, topic string, o ScanOptions, f func(Record) error) error {
	if o.IdleTimeout <= 0 {
		o.IdleTimeout = 30 * time.Second
	}
	ends, err := a.Offsets(ctx, topic)
	if err != nil {
		return err
	}
	want := map[int]bool{}
	for _, p := range o.Partitions {
		if p < 0 || p >= len(ends) {
			return fmt.Errorf("scan %s: there is no partition %d", topic, p)
		}
		want[p] = true
	}
	for _, e := range ends {
		if len(want) > 0 && !want[e.Partition] {
			continue
		}
		from, until := max(e.First, o.From), e.Next
		if o.Until > 0 {
			until = min(until, o.Until)
		}
		err := a.scanPartition(ctx, topic, e.Partition, from, until, o, f)
		if errors.Is(err, ErrStopScan) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("scan %s/%d: %w", topic, e.Partition, err)
		}
	}
	return nil
}

func (a *Admin) scanPartition(ctx context.Context, topic string, partition int, from, until int64, o ScanOptions, f func(Record) error) (err error) {
	if from >= until {
		return nil
	}
	open := func(at int64, readWait time.Duration) (*source, error) { //nolint:contextcheck // a source ends by close
		return openSource(sourceConfig{
			conn: a.conn, topic: topic, partition: partition, offset: at,
			maxBytes: 4 << 20, maxWait: 250 * time.Millisecond, readWait: readWait, queue: 1000,
			backoffMin: 50 * time.Millisecond, backoffMax: time.Second,
		})
	}
	src, err := open(from, scanReadTimeout)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.close()) }()
	idle := time.NewTimer(o.IdleTimeout)
	defer idle.Stop()
	var last error
	bad := 0
	for next := from; next < until; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-idle.C:
			return fmt.Errorf("no record came for %s at offset %d: %w", o.IdleTimeout, next, errors.Join(errStuck, last))
		case m := <-src.msgs:
			if m.Offset < next {
				continue
			}
			if m.Offset >= until {
				return nil
			}
			next, bad = m.Offset+1, 0
			if err := f(toRecord(m)); err != nil {
				return err
			}
			idle.Reset(o.IdleTimeout)
		case e := <-src.errs:
			last = e.err
			if !e.undecodable || e.offset != next {
				continue
			}
			if bad++; bad >= unreadableAttempts {
				if o.Unreadable == nil {
					return fmt.Errorf("offset %d cannot be decoded: %w", next, e.err)
				}
				if err := o.Unreadable(partition, next, e.err); err != nil {
					return err
				}
				next++
				bad = unreadableAttempts - 1
			}
			if err := src.close(); err != nil {
				return err
			}
			if src, err = open(next, hastyReadTimeout); err != nil {
				return err
			}
		}
	}
	return nil
}
