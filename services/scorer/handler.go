package scorer

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/profile"
	"palermo.internal/pkg/stream"
)

// CodeInvalidEvent is the code of a record that is no event of ads.clustered.
const CodeInvalidEvent = "invalid_event"

// headerAd is the header with the advert's document id.
const headerAd = "palermo-ad"

// Handler judges the adverts and clusters of one partition. It is a
// stream.Stateful.
type Handler struct {
	cfg    Config
	packs  *indicator.Holder
	state  *state
	events []event
}

var _ stream.Stateful = (*Handler)(nil)

// NewHandler returns a Handler that has seen nothing. packs may be reloaded at
// any time: a batch takes the rules once.
func NewHandler(cfg Config, packs *indicator.Holder) (*Handler, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("make the scorer: %w", err)
	}
	if packs == nil {
		return nil, errors.New("make the scorer: no rule packs: hold an engine with indicator.NewHolder")
	}
	return &Handler{cfg: cfg, packs: packs, state: newState(cfg.Window)}, nil
}

// event is a record of the batch, read and judged.
type event struct {
	err      error
	decoded  *adpb.ClusteredEvent
	score    *adpb.Assessment
	profile  *adpb.ClusterProfile
	messages []stream.Message
}

// Handle scores the adverts, applies the events in their order, and writes the
// clusters that changed. It implements stream.Handler. After an error the
// state is as it was before.
func (h *Handler) Handle(_ context.Context, records []stream.Record) (stream.Result, error) {
	engine := h.packs.Engine()
	if cap(h.events) < len(records) {
		h.events = make([]event, len(records))
	}
	events := h.events[:len(records)]
	defer clear(events)
	h.each(len(records), func(i int) { h.prepare(engine, &events[i], records[i]) })

	o := h.state.overlay()
	var res stream.Result
	for i := range events {
		e := &events[i]
		if e.err == nil {
			e.err = h.apply(o, e, records[i].Offset)
		}
		o.next = max(o.next, records[i].Offset+1)
		if e.err != nil {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: CodeInvalidEvent, Err: e.err})
			continue
		}
		res.Out = append(res.Out, e.messages...)
	}
	out, err := h.closeBatch(engine, o)
	if err != nil {
		return stream.Result{}, err
	}
	res.Out = append(res.Out, out...)
	return res, nil
}

// prepare does what depends on nothing but the record.
func (h *Handler) prepare(engine *indicator.Engine, e *event, r stream.Record) {
	e.decoded = &adpb.ClusteredEvent{}
	if err := proto.Unmarshal(r.Value, e.decoded); err != nil {
		e.err = fmt.Errorf("decode event: %w", err)
		return
	}
	if e.err = check(e.decoded); e.err != nil {
		return
	}
	a := e.decoded.GetAssignment()
	if a == nil {
		return
	}
	e.score = engine.Assess(a.GetAd())
	profile.Strip(a.GetAd())
	scored := &adpb.ScoredAd{
		Seq: a.GetSeq(), ClusterId: a.GetClusterId(), Similarity: a.GetSimilarity(),
		Ad: a.GetAd(), Assessment: e.score,
	}
	value, err := proto.Marshal(scored)
	if err != nil {
		e.err = fmt.Errorf("encode scored advert: %w", err)
		return
	}
	key := make([]byte, 0, len(a.GetAd().GetPlatform())+1+len(a.GetAd().GetAdId()))
	key = append(append(append(key, a.GetAd().GetPlatform()...), '/'), a.GetAd().GetAdId()...)
	e.messages = []stream.Message{{
		Topic: h.cfg.ScoredAds, Key: key, Value: value,
		Headers: []stream.Header{{Key: headerAd, Value: []byte(a.GetAd().GetDocId())}},
	}}
	if !a.GetRepeated() {
		e.profile = profile.Of(a, e.score)
	}
}

// check refuses events that lack what the state is built from.
func check(e *adpb.ClusteredEvent) error {
	switch e.GetEvent().(type) {
	case *adpb.ClusteredEvent_Assignment:
		a := e.GetAssignment()
		if a.GetClusterId() == "" || a.GetAd().GetDocId() == "" || a.GetSeq() == 0 {
			return errors.New("assignment without cluster, advert or seq: write events with the clusterer")
		}
	case *adpb.ClusteredEvent_Merge:
		m := e.GetMerge()
		if m.GetFrom() == "" || m.GetInto() == "" || m.GetFrom() == m.GetInto() {
			return errors.New("merge without two different clusters: write events with the clusterer")
		}
	case *adpb.ClusteredEvent_Transfer:
		t := e.GetTransfer()
		if t.GetFrom() == "" || t.GetInto() == "" || t.GetProfile() == nil {
			return errors.New("transfer without clusters or profile: write events with the scorer")
		}
	default:
		return errors.New("event of an unknown kind: update this scorer")
	}
	return nil
}

// closeBatch writes the changed clusters and puts the overlay into the state.
func (h *Handler) closeBatch(engine *indicator.Engine, o *overlay) ([]stream.Message, error) {
	messages := make([]stream.Message, len(o.order))
	marshalled := make([][]byte, len(o.order))
	errs := make([]error, len(o.order))
	h.each(len(o.order), func(i int) {
		c := o.order[i]
		marshalled[i], errs[i] = proto.MarshalOptions{Deterministic: true}.Marshal(c.profile)
		if errs[i] == nil {
			messages[i], errs[i] = h.clusterMessage(engine, c)
		}
	})
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s := h.state
	for i, c := range o.order {
		c.entry.profile = marshalled[i]
		s.entries[c.id] = c.entry
	}
	s.next, s.highest, s.clock = o.next, o.highest, o.clock
	s.sweep()
	return messages, nil
}

// clusterMessage writes a cluster or its tombstone.
func (h *Handler) clusterMessage(engine *indicator.Engine, c *open) (stream.Message, error) {
	scored := &adpb.ScoredCluster{Version: c.version, MergedInto: c.into}
	if c.into == "" {
		scored.Profile = profile.View(c.profile)
		scored.Assessment = engine.AssessCluster(c.profile)
	} else {
		scored.Profile = &adpb.ClusterProfile{ClusterId: c.id}
	}
	value, err := proto.Marshal(scored)
	if err != nil {
		return stream.Message{}, fmt.Errorf("encode cluster %s: %w", c.id, err)
	}
	return stream.Message{Topic: h.cfg.ScoredClusters, Key: []byte(c.id), Value: value}, nil
}

// each calls f for 0 to n-1 on several goroutines.
func (h *Handler) each(n int, f func(i int)) {
	workers := h.cfg.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	const chunk = 16
	workers = min(workers, (n+chunk-1)/chunk)
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				from := int(next.Add(chunk)) - chunk
				if from >= n {
					return
				}
				for i := from; i < min(from+chunk, n); i++ {
					f(i)
				}
			}
		})
	}
	wg.Wait()
}
