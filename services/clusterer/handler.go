package clusterer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"palermo.internal/pkg/cluster"
	"palermo.internal/pkg/stream"
)

// CodeInvalidEvent is the code of a record that is not a normalised advert.
const CodeInvalidEvent = "invalid_event"

// headerAd is the header with the advert's document id.
const headerAd = "palermo-ad"

// Handler clusters the adverts of one partition. It is a stream.Stateful.
type Handler struct {
	cfg      Config
	assigner *cluster.Assigner
	workers  []*worker
	replay   replay
	items    []item
	scratch  []byte
}

var _ stream.Stateful = (*Handler)(nil)

// NewHandler returns a Handler that has seen nothing.
func NewHandler(cfg Config) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("make the clusterer: %w", err)
	}
	a, err := cluster.New(cfg.Cluster)
	if err != nil {
		return nil, fmt.Errorf("make the clusterer: %w", err)
	}
	h := &Handler{cfg: cfg}
	h.use(a)
	return h, nil
}

func (h *Handler) use(a *cluster.Assigner) {
	n := h.cfg.Workers
	if n == 0 {
		n = runtime.GOMAXPROCS(0)
	}
	h.assigner = a
	h.replay = replay{size: h.cfg.Replay}
	h.workers = h.workers[:0]
	for range n {
		h.workers = append(h.workers, &worker{signer: a.NewSigner()})
	}
}

// Handle assigns the records, in their order. It implements stream.Handler and
// returns no error other than for more records than Config.Replay, which no
// second try would help.
//
// Records at or below the last sequence number were assigned before. Their
// outputs are made again from what was kept; one that is no longer kept was
// followed by so many that its outputs are durable, and it is passed over.
func (h *Handler) Handle(_ context.Context, records []stream.Record) (stream.Result, error) {
	if len(records) > h.cfg.Replay {
		return stream.Result{}, fmt.Errorf("cluster a batch of %d records: replay is %d, raise it or make batches smaller", len(records), h.cfg.Replay)
	}
	h.sign(records)
	res := stream.Result{Out: make([]stream.Message, 0, len(records))}
	for i := range records {
		it := &h.items[i]
		if it.err != nil {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: CodeInvalidEvent, Err: it.err})
			continue
		}
		seq := uint64(records[i].Offset) + 1
		outcome, again := h.replay.get(seq)
		if !again {
			var err error
			outcome, err = h.assigner.Assign(seq, &it.signed)
			if errors.Is(err, cluster.ErrOrder) {
				continue
			}
			if err != nil {
				return stream.Result{}, fmt.Errorf("cluster record %d: %w", records[i].Offset, err)
			}
			h.replay.add(outcome)
		}
		res.Out = h.emit(res.Out, &outcome, it.docID, records[i].Value)
	}
	return res, nil
}

func (h *Handler) emit(out []stream.Message, o *cluster.Outcome, docID string, ad []byte) []stream.Message {
	for _, m := range o.Merges {
		out = append(out, stream.Message{
			Topic: h.cfg.Clustered,
			Key:   []byte(m.From),
			Value: encodeMerge(o.Seq, m),
		})
	}
	event, scratch := encodeAssignment(h.scratch, o, ad)
	h.scratch = scratch
	return append(out, stream.Message{
		Topic:   h.cfg.Clustered,
		Key:     []byte(o.Cluster),
		Value:   event,
		Headers: []stream.Header{{Key: headerAd, Value: []byte(docID)}},
	})
}

// Snapshot writes the state after the last handled batch. It implements
// stream.Stateful.
func (h *Handler) Snapshot(w io.Writer) error { return h.assigner.Snapshot(w) }

// Restore replaces the state. It implements stream.Stateful. It fails with
// cluster.ErrParams for a snapshot made with other parameters.
func (h *Handler) Restore(r io.Reader) error {
	a, err := cluster.Restore(r, h.cfg.Cluster)
	if err != nil {
		return fmt.Errorf("restore the clusterer: %w", err)
	}
	h.use(a)
	return nil
}

// Resolve returns the cluster that the given one is part of now: itself, unless
// it was merged into an older one. Not to be called while Handle runs.
func (h *Handler) Resolve(clusterID string) string { return h.assigner.Resolve(clusterID) }

// Stats returns what was counted. Not to be called while Handle runs.
func (h *Handler) Stats() cluster.Stats { return h.assigner.Stats() }
