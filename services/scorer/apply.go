package scorer

import (
	"cmp"
	"fmt"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/profile"
	"palermo.internal/pkg/stream"
)

// apply changes the overlay by one event and adds what must be written at once.
func (h *Handler) apply(o *overlay, e *event, offset int64) error {
	again := offset < h.state.next
	switch {
	case e.decoded.GetAssignment() != nil:
		return h.assign(o, e, offset, again)
	case e.decoded.GetMerge() != nil:
		return h.merge(o, e, offset, again)
	default:
		t := e.decoded.GetTransfer()
		return h.deliver(o, e, t.GetFrom(), t.GetInto(), t.GetProfile(), offset)
	}
}

func (h *Handler) assign(o *overlay, e *event, offset int64, again bool) error {
	a := e.decoded.GetAssignment()
	c, err := o.get(a.GetClusterId())
	if err != nil {
		return err
	}
	if again || a.GetSeq() <= o.highest {
		// Counted before; the cluster is written again as it stands.
		if c != nil {
			o.emit(c)
		}
		return nil
	}
	o.highest = a.GetSeq()
	o.clock.add(cmp.Or(a.GetAd().GetCollectedAt(), a.GetAd().GetPostedAt()))
	switch {
	case c != nil && c.into != "":
		// The clusterer assigns to no merged cluster; if it did, the advert still
		// belongs to the older one.
		if e.profile == nil {
			return nil
		}
		e.profile.ClusterId = c.into
		return h.deliver(o, e, fmt.Sprintf("%s#%d", c.id, a.GetSeq()), c.into, e.profile, offset)
	case c == nil && e.profile == nil:
		// A copy of an advert whose cluster was dropped counts again.
		c = o.create(a.GetClusterId(), profile.Of(a, e.score))
	case c == nil:
		c = o.create(a.GetClusterId(), e.profile)
	case e.profile != nil:
		profile.Merge(c.profile, e.profile)
		c.profile.ClusterId = c.id
	}
	o.touch(c, offset)
	return nil
}

// merge makes a tombstone and sends its profile on.
func (h *Handler) merge(o *overlay, e *event, offset int64, again bool) error {
	m := e.decoded.GetMerge()
	c, err := o.get(m.GetFrom())
	if err != nil {
		return err
	}
	if c == nil {
		// Dropped after the window: a tombstone still answers saved links.
		c = o.create(m.GetFrom(), &adpb.ClusterProfile{ClusterId: m.GetFrom()})
	}
	if !again && c.into == "" {
		c.into = m.GetInto()
		o.touch(c, offset)
	} else {
		o.emit(c)
	}
	if c.profile.GetSize() == 0 {
		return nil
	}
	return h.deliver(o, e, c.id, c.into, proto.CloneOf(c.profile), offset)
}

// deliver adds a profile to the cluster that now owns it: here, or, if this
// partition does not hold that cluster, by a transfer. p is given away.
func (h *Handler) deliver(o *overlay, e *event, from, into string, p *adpb.ClusterProfile, offset int64) error {
	c, last, err := o.resolve(into)
	if err != nil {
		return err
	}
	isTransfer := e.decoded.GetTransfer() != nil
	if c == nil && isTransfer && last == into {
		// It was sent here, so this partition owns it, and has dropped it.
		p.ClusterId = into
		p.Absorbed = append(p.Absorbed, from)
		o.touch(o.create(into, p), offset)
		return nil
	}
	if c != nil {
		if profile.Absorb(c.profile, from, p) {
			o.touch(c, offset)
		} else {
			o.emit(c)
		}
		return nil
	}
	value, err := proto.MarshalOptions{Deterministic: true}.Marshal(&adpb.ClusteredEvent{
		Event: &adpb.ClusteredEvent_Transfer{Transfer: &adpb.ProfileTransfer{From: from, Into: last, Profile: p}},
	})
	if err != nil {
		return fmt.Errorf("encode transfer to %s: %w", last, err)
	}
	e.messages = append(e.messages, stream.Message{Topic: h.cfg.Clustered, Key: []byte(last), Value: value})
	return nil
}
