package indexer

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/stream"
)

// The reasons for which the indexer itself rejects a record. A store's own
// reasons (index.Codes) are passed on.
const (
	// CodeEmpty is a record without a value.
	CodeEmpty = "empty"
	// CodeDecode is a value that is not the event of its topic.
	CodeDecode = "decode"
	// CodeDocument is an event that lacks what makes it a document.
	CodeDocument = string(index.CodeDocument)
)

// Codes returns every reason for which a record can be rejected.
func Codes() []string {
	out := []string{CodeEmpty, CodeDecode}
	for _, c := range index.Codes() {
		out = append(out, string(c))
	}
	return out
}

// handler writes records of both topics. It has no state and is safe for
// concurrent use.
type handler struct {
	cfg   Config
	store index.Writer
}

// NewHandler returns the stage's handler. It returns only when what the batch
// holds is durable in store. A batch may hold records of either topic.
func NewHandler(cfg Config, store index.Writer) (stream.Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("indexer: %w", err)
	}
	if store == nil {
		return nil, errors.New("indexer: there is no store")
	}
	return &handler{cfg: cfg, store: store}, nil
}

// Handle implements stream.Handler.
func (h *handler) Handle(ctx context.Context, records []stream.Record) (stream.Result, error) {
	var res stream.Result
	pending := newPending(len(records))
	for i := range records {
		e, code, err := h.decode(&records[i])
		if err != nil {
			if code == "" {
				return stream.Result{}, err
			}
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: code, Err: err})
			continue
		}
		pending.add(i, e)
	}
	for {
		docs, picks, rejects := pending.take()
		res.Rejects = append(res.Rejects, rejects...)
		if len(docs) == 0 {
			if len(rejects) > 0 {
				continue
			}
			return res, nil
		}
		outcomes, err := h.store.Write(ctx, docs)
		if err != nil {
			return stream.Result{}, classify(err)
		}
		if len(outcomes) != len(docs) {
			return stream.Result{}, fmt.Errorf("index batch: the store answered for %d of %d documents", len(outcomes), len(docs))
		}
		for j, o := range outcomes {
			if o.Status != index.StatusRejected {
				pending.done(docs[j].Kind, docs[j].ID)
				continue
			}
			res.Rejects = append(res.Rejects, stream.Reject{
				Index: picks[j], Code: string(o.Code), Err: errors.New(o.Reason),
			})
		}
	}
}

// event is a decoded record: enough to tell which is the newest of its
// document before any document is made.
type event struct {
	kind    index.Kind
	id      string
	version uint64
	make    func() (index.Document, error)
}

// decode reads a record. A code makes the error one of the record; without it
// the error is one of the stage.
func (h *handler) decode(r *stream.Record) (event, string, error) {
	if r.Topic != h.cfg.AdsTopic && r.Topic != h.cfg.ClustersTopic {
		return event{}, "", stream.Fatal(fmt.Errorf("index batch: a record came from topic %s, which is neither %s nor %s",
			r.Topic, h.cfg.AdsTopic, h.cfg.ClustersTopic))
	}
	if len(r.Value) == 0 {
		return event{}, CodeEmpty, errors.New("the record has no value: send the event of the topic")
	}
	if r.Topic == h.cfg.AdsTopic {
		var s adpb.ScoredAd
		if err := proto.Unmarshal(r.Value, &s); err != nil {
			return event{}, CodeDecode, errors.New("the value is not a palermo.events.v1.ScoredAd")
		}
		return event{index.KindAds, s.GetAd().GetDocId(), s.GetSeq(), func() (index.Document, error) {
			d, err := index.NewAdDoc(&s)
			if err != nil {
				return index.Document{}, err
			}
			return d.Document()
		}}, "", nil
	}
	var s adpb.ScoredCluster
	if err := proto.Unmarshal(r.Value, &s); err != nil {
		return event{}, CodeDecode, errors.New("the value is not a palermo.events.v1.ScoredCluster")
	}
	return event{index.KindClusters, s.GetProfile().GetClusterId(), s.GetVersion(), func() (index.Document, error) {
		d, err := index.NewClusterDoc(&s)
		if err != nil {
			return index.Document{}, err
		}
		return d.Document()
	}}, "", nil
}
