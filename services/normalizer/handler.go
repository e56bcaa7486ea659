package normalizer

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/stream"
)

const (
	// headerAd carries the advert's DocID on every message after ads.raw.
	headerAd = "palermo-ad"
	// headerTrace is the one header of a record that goes on.
	headerTrace = "traceparent"
)

// handler turns records of ads.raw into messages on ads.normalized.
type handler struct {
	topic   string
	workers int
	idle    chan *Normalizer
}

// NewHandler returns the stage's handler. It is safe for concurrent use: each
// goroutine takes a Normalizer of its own.
func NewHandler(cfg Config, keys contact.Keys) (stream.Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("check settings: %w", err)
	}
	workers := cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	h := &handler{topic: cfg.Normalized, workers: workers, idle: make(chan *Normalizer, workers)}
	for range workers {
		n, err := New(cfg, keys)
		if err != nil {
			return nil, err
		}
		h.idle <- n
	}
	return h, nil
}

// outcome is what became of one record.
type outcome struct {
	msg    stream.Message
	reject *stream.Reject
	err    error
}

// Handle normalises the records on several goroutines and returns messages and
// rejects in the records' order. Encoding is the only thing that can fail the
// batch.
func (h *handler) Handle(ctx context.Context, records []stream.Record) (stream.Result, error) {
	outcomes := make([]outcome, len(records))
	var next atomic.Int64
	work := func(n *Normalizer) {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(records) {
				return
			}
			outcomes[i] = h.record(n, i, &records[i])
		}
	}
	if err := h.fanOut(ctx, min(h.workers, len(records)), work); err != nil {
		return stream.Result{}, err
	}
	var res stream.Result
	res.Out = make([]stream.Message, 0, len(records))
	for i := range outcomes {
		switch o := &outcomes[i]; {
		case o.err != nil:
			return stream.Result{}, o.err
		case o.reject != nil:
			res.Rejects = append(res.Rejects, *o.reject)
		default:
			res.Out = append(res.Out, o.msg)
		}
	}
	return res, nil
}

// fanOut runs work on up to n goroutines, this one among them. A panic in one
// of them is raised again here, where the runner catches it and finds the
// record that caused it.
func (h *handler) fanOut(ctx context.Context, n int, work func(*Normalizer)) error {
	var wg sync.WaitGroup
	var panicked atomic.Pointer[string]
	run := func() {
		var norm *Normalizer
		select {
		case norm = <-h.idle:
		case <-ctx.Done():
			return
		}
		defer func() { h.idle <- norm }()
		defer func() {
			if r := recover(); r != nil {
				// The value may hold text of an advert; its type says enough.
				s := fmt.Sprintf("normalise a record: panic of type %T", r)
				if e, ok := r.(runtime.Error); ok {
					s = "normalise a record: " + e.Error()
				}
				panicked.CompareAndSwap(nil, &s)
				norm = norm.fresh()
			}
		}()
		work(norm)
	}
	for range n - 1 {
		wg.Go(run)
	}
	if n > 0 {
		run()
	}
	wg.Wait()
	if s := panicked.Load(); s != nil {
		panic(*s)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("normalise a batch: %w", err)
	}
	return nil
}

func (h *handler) record(n *Normalizer, i int, r *stream.Record) outcome {
	a, err := ad.Decode(r.Value)
	if err != nil {
		return outcome{reject: &stream.Reject{Index: i, Code: string(ad.CodeOf(err)), Err: err}}
	}
	out := n.normalize(a)
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(out)
	if err != nil {
		return outcome{err: fmt.Errorf("encode normalised advert %s: %w", out.GetDocId(), err)}
	}
	headers := make([]stream.Header, 1, 2)
	headers[0] = stream.Header{Key: headerAd, Value: []byte(out.GetDocId())}
	for _, hd := range r.Headers {
		if strings.EqualFold(hd.Key, headerTrace) {
			headers = append(headers, stream.Header{Key: headerTrace, Value: append([]byte(nil), hd.Value...)})
			break
		}
	}
	return outcome{msg: stream.Message{Topic: h.topic, Key: ad.Key(a.Platform, a.ID), Value: b, Headers: headers}}
}
