package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic/internal/wire"
)

// Write implements index.Writer. It sends the documents in bulk requests, one
// after the other, and sends again only what the server put off. When nothing
// was taken for Config.RetryFor it returns a temporary error.
func (s *Store) Write(ctx context.Context, docs []index.Document) ([]index.Outcome, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	w := writing{store: s, docs: docs, outcomes: make([]index.Outcome, len(docs))}
	w.prepare()
	if err := w.run(ctx); err != nil {
		return nil, err
	}
	return w.outcomes, nil
}

// writing is one call of Write.
type writing struct {
	store    *Store
	docs     []index.Document
	outcomes []index.Outcome
	// queue holds the documents without an outcome, in order.
	queue []int
	body  wire.Body
	ids   []string
}

// prepare sets the outcomes that need no server, and queues the rest: of each
// document the newest version, since two in one request could change places
// when one of them is put off.
func (w *writing) prepare() {
	for i := range w.docs {
		if o, bad := w.docs[i].Check(); bad {
			w.settle(i, o)
		}
	}
	newest := index.Newest(w.docs, func(i int) bool { return w.outcomes[i].Status != 0 })
	w.queue = make([]int, 0, len(newest))
	for i := range w.docs {
		switch {
		case w.outcomes[i].Status != 0:
		case newest[w.docs[i].Key()] == i:
			w.queue = append(w.queue, i)
		default:
			w.settle(i, index.Outcome{Status: index.StatusStale})
		}
	}
}

func (w *writing) settle(i int, o index.Outcome) {
	w.outcomes[i] = o
	w.store.metrics.items.WithLabelValues(o.Status.String()).Inc()
}

func (w *writing) run(ctx context.Context) error {
	b := newBackoff(w.store.cfg, w.store.jitter)
	progress := time.Now()
	for len(w.queue) > 0 {
		before := len(w.queue)
		put, err := w.sendNext(ctx)
		if err != nil {
			return err
		}
		if put == nil {
			b.reset()
			progress = time.Now()
			continue
		}
		w.store.metrics.items.WithLabelValues(outcomeRetried).Add(float64(put.docs))
		if len(w.queue) < before {
			b.reset()
			progress = time.Now()
		}
		pause := b.next(put.after)
		if time.Since(progress)+pause > w.store.cfg.RetryFor {
			return &index.Error{
				Op: "write", After: put.after,
				Err: fmt.Errorf("%d of %d documents were not taken within %s: %w",
					len(w.queue), len(w.docs), w.store.cfg.RetryFor, put.err),
			}
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// putOff says that documents must be sent again.
type putOff struct {
	docs  int
	after time.Duration
	err   error
}

// sendNext sends the head of the queue as one request and takes what is settled
// out of the queue.
func (w *writing) sendNext(ctx context.Context) (*putOff, error) {
	maxDocs, maxBytes := w.store.pace.now()
	n := 0
	size := 0
	for n < len(w.queue) && n < maxDocs {
		d := &w.docs[w.queue[n]]
		size += len(d.Body) + len(d.ID) + len(w.store.cfg.alias(d.Kind)) + wire.ActionBytes
		if n > 0 && size > maxBytes {
			break
		}
		n++
	}
	head, rest := w.queue[:n:n], w.queue[n:]
	put, again, err := w.send(ctx, head)
	if err != nil {
		return nil, err
	}
	w.queue = slices.Concat(again, rest)
	return put, nil
}

// send sends picks as one request, cut in halves where one of them spoils it.
// It returns the documents to send again.
func (w *writing) send(ctx context.Context, picks []int) (*putOff, []int, error) {
	a, err := w.request(ctx, picks)
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if notElasticsearch(err) {
			return nil, nil, index.Fatal("write", err)
		}
		w.store.pace.slower()
		return &putOff{docs: len(picks), err: err}, picks, nil
	}
	if a.status == http.StatusOK {
		return w.sort(picks, a)
	}
	switch wire.ClassifyRequest(a.status, wire.ErrorType(a.body)) {
	case wire.VerdictFatal:
		return nil, nil, failure("write", a)
	case wire.VerdictBisect:
		return w.bisect(ctx, picks, a)
	default:
		w.store.pace.slower()
		return &putOff{docs: len(picks), after: a.after, err: failure("write", a).Err}, picks, nil
	}
}

func (w *writing) request(ctx context.Context, picks []int) (answer, error) {
	select {
	case w.store.slots <- struct{}{}:
		defer func() { <-w.store.slots }()
	case <-ctx.Done():
		return answer{}, ctx.Err()
	}
	w.body.Reset()
	for _, i := range picks {
		w.body.Add(&w.docs[i], w.store.cfg.alias(w.docs[i].Kind))
	}
	yes, no := true, false
	return w.store.send(ctx, opBulk, esapi.BulkRequest{
		Body: bytes.NewReader(w.body.Bytes()), RequireAlias: &yes, IncludeSourceOnError: &no,
		FilterPath: wire.BulkFilter,
	})
}

// sort gives each document of a request its outcome, or puts it off.
func (w *writing) sort(picks []int, a answer) (*putOff, []int, error) {
	w.ids = w.ids[:0]
	for _, i := range picks {
		w.ids = append(w.ids, w.docs[i].ID)
	}
	items, err := wire.DecodeBulk(a.body, w.ids)
	if err != nil {
		// Nothing is known of any document: all are sent again, which changes
		// nothing for those that were taken.
		w.store.pace.slower()
		put := putOff{docs: len(picks), after: a.after, err: err}
		return &put, picks, nil //nolint:nilerr // the error is in put: the request is sent again
	}
	var again []int
	var put *putOff
	refused := 0
	type settled struct {
		doc int
		o   index.Outcome
	}
	known := make([]settled, 0, len(picks))
	for j, it := range items {
		v, o := wire.ClassifyItem(it.Status, it.Error.Type)
		if v == wire.VerdictFatal {
			return nil, nil, failure("write", answer{status: it.Status, body: typeBody(it.Error.Type)})
		}
		if v == wire.VerdictDone {
			known = append(known, settled{picks[j], o})
			if o.Code == index.CodeRefused && it.Error.Type == wire.TypeIllegal {
				refused++
			}
			continue
		}
		again = append(again, picks[j])
		put = &putOff{after: a.after, err: fmt.Errorf("the server answered %d (%s)", it.Status, wire.PlainType(it.Error.Type))}
	}
	if refused > 1 && refused == len(picks) {
		return nil, nil, index.Fatal("write", errors.New("the server refuses every document as an illegal argument: "+
			"check that the alias has a write index"))
	}
	for _, k := range known {
		w.settle(k.doc, k.o)
	}
	if put != nil {
		put.docs = len(again)
		w.store.pace.slower()
		return put, again, nil
	}
	w.store.pace.faster()
	return nil, nil, nil
}

// typeBody is an answer that holds only an error type.
func typeBody(t string) []byte { return []byte(`{"error":{"type":"` + wire.PlainType(t) + `"}}`) }

// bisect finds the documents for which the server refuses a whole request. If
// it turns out to be all of several, the request is at fault and not they.
func (w *writing) bisect(ctx context.Context, picks []int, a answer) (*putOff, []int, error) {
	tooLarge := a.status == http.StatusRequestEntityTooLarge
	if tooLarge && len(picks) > 1 {
		w.store.pace.smaller()
	}
	spoilt, put, again, err := w.halve(ctx, picks)
	if err != nil {
		return nil, nil, err
	}
	if len(spoilt) == len(picks) && len(picks) > 1 && !tooLarge {
		return nil, nil, failure("write", a)
	}
	for _, i := range spoilt {
		o := index.Rejection(index.CodeRefused, "the server refuses the request that holds the document")
		if tooLarge {
			o = index.Rejection(index.CodeTooLarge, "the server takes no request of this size")
		}
		w.settle(i, o)
	}
	return put, again, nil
}

// halve returns the documents of picks that spoil a request even alone.
func (w *writing) halve(ctx context.Context, picks []int) (spoilt []int, put *putOff, again []int, err error) {
	if len(picks) == 1 {
		return picks, nil, nil, nil
	}
	for _, half := range [][]int{picks[:len(picks)/2], picks[len(picks)/2:]} {
		b, err := w.request(ctx, half)
		var p *putOff
		var more, bad []int
		switch {
		case err != nil && ctx.Err() != nil:
			return nil, nil, nil, ctx.Err()
		case err != nil:
			p, more = &putOff{docs: len(half), err: err}, half
		case b.status == http.StatusOK:
			p, more, err = w.sort(half, b)
		case wire.ClassifyRequest(b.status, wire.ErrorType(b.body)) == wire.VerdictBisect:
			bad, p, more, err = w.halve(ctx, half)
		case wire.ClassifyRequest(b.status, wire.ErrorType(b.body)) == wire.VerdictFatal:
			return nil, nil, nil, failure("write", b)
		default:
			p, more = &putOff{docs: len(half), after: b.after, err: failure("write", b).Err}, half
		}
		if err != nil && p == nil {
			return nil, nil, nil, err
		}
		spoilt, again = append(spoilt, bad...), append(again, more...)
		if p != nil {
			put = p
		}
	}
	if put != nil {
		put.docs = len(again)
	}
	return spoilt, put, again, nil
}
