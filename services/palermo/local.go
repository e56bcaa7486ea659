package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"palermo.internal/pkg/stream"
)

// origin says where a raw record came from, so that a reject can name it.
type origin struct {
	file string
	line int
}

// localBatch is a run of records on their way through the stages in process.
type localBatch struct {
	records []stream.Record
	// origins are parallel to records on the raw topic, and nil after it.
	origins []origin
	// bytes is how much of the input the batch stands for.
	bytes int
}

// time is when the batch was read: all its records have one time.
func (b localBatch) time() time.Time {
	if len(b.records) == 0 {
		return time.Time{}
	}
	return b.records[0].Time
}

// localReject is a record that a stage refused.
type localReject struct {
	record stream.Record
	origin origin
	stage  string
	code   string
	err    error
}

// localStage is one stage of the pipeline in process: the same handler that a
// service runs over Kafka.
type localStage struct {
	name    string
	handler stream.Handler
}

// queuedBatches bounds what waits between two stages.
const queuedBatches = 4

// runLocal drives batches through the stages in order, each stage and the sink
// on its own goroutine, and hands what the last stage writes to sink and what
// any of them refuses to reject. One batch is in a stage at a time and batches
// keep their order, so the result is a function of the input. It ends when
// source has closed its channel and everything is through, or with the first
// error. sink is called from one goroutine, reject from several.
func runLocal(ctx context.Context, source func(context.Context, chan<- localBatch) error,
	stages []localStage, sink func([]stream.Message) error, reject func(localReject) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	in := make(chan localBatch, queuedBatches)
	first := in
	g.Go(func() error {
		defer close(first)
		return source(ctx, first)
	})
	results := make(chan []stream.Message, queuedBatches)
	for i, s := range stages {
		from, last := in, i == len(stages)-1
		to := make(chan localBatch, queuedBatches)
		in = to
		g.Go(func() error {
			defer close(to)
			if last {
				defer close(results)
			}
			return runLocalStage(ctx, s, from, func(out []stream.Message, next localBatch) error {
				if last {
					return send(ctx, results, out)
				}
				return send(ctx, to, next)
			}, reject)
		})
	}
	g.Go(func() error {
		for {
			select {
			case out, ok := <-results:
				if !ok {
					return nil
				}
				if err := sink(out); err != nil {
					return err
				}
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	return g.Wait()
}

// send puts v on the channel, or gives up with ctx.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// runLocalStage feeds one handler and numbers its output as a topic would.
func runLocalStage(ctx context.Context, s localStage, in <-chan localBatch,
	emit func([]stream.Message, localBatch) error, reject func(localReject) error,
) error {
	var offset int64
	for {
		var b localBatch
		var ok bool
		select {
		case b, ok = <-in:
		case <-ctx.Done():
			return ctx.Err()
		}
		if !ok {
			return nil
		}
		res, err := s.handler.Handle(ctx, b.records)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		for _, r := range res.Rejects {
			lr := localReject{record: b.records[r.Index], stage: s.name, code: r.Code, err: r.Err}
			if b.origins != nil {
				lr.origin = b.origins[r.Index]
			}
			if err := reject(lr); err != nil {
				return err
			}
		}
		next := localBatch{records: make([]stream.Record, len(res.Out)), bytes: b.bytes}
		for i, m := range res.Out {
			next.records[i] = stream.Record{
				Topic: m.Topic, Offset: offset, Key: m.Key, Value: m.Value, Headers: m.Headers, Time: b.time(),
			}
			offset++
		}
		if err := emit(res.Out, next); err != nil {
			return err
		}
	}
}
