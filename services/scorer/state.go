package scorer

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
)

// maxHops bounds a walk along tombstones. Clusters merge into older ones, so
// that there is no circle unless the log is broken.
const maxHops = 64

// entry is one cluster: a profile, or a tombstone that still holds the profile
// it had, so that a merge that comes again gives the same outputs.
type entry struct {
	// version is the offset of the latest applied event plus one.
	version uint64
	// touched is the event time of that event.
	touched int64
	into    string
	// profile is marshalled.
	profile []byte
}

// state is what is known of one partition.
type state struct {
	entries map[string]entry
	// window is how long a silent cluster is known, in milliseconds.
	window int64
	// next is the offset after the last applied record.
	next int64
	// highest is the highest seq that was counted.
	highest uint64
	clock   clock
	// swept is when memory was last freed.
	swept int64
}

func newState(window time.Duration) *state {
	return &state{entries: map[string]entry{}, window: window.Milliseconds()}
}

// sweep frees what was silent for the window, at most once a day of event
// time. When it runs depends on the batches, so it must have no effect that
// can be seen: an entry that it may drop is known no more already.
func (s *state) sweep() {
	if s.clock.now-s.swept < sweepEvery {
		return
	}
	for id, e := range s.entries {
		if s.clock.since(e.touched) > s.window {
			delete(s.entries, id)
		}
	}
	s.swept = s.clock.now
}

// open is a cluster in the batch's overlay.
type open struct {
	id string
	entry
	profile *adpb.ClusterProfile
	dirty   bool
}

// overlay is what a batch changes. It goes into the state at the end of the
// batch, so that a batch that fails changes nothing.
type overlay struct {
	base    *state
	open    map[string]*open
	order   []*open
	next    int64
	highest uint64
	clock   clock
}

func (s *state) overlay() *overlay {
	return &overlay{base: s, open: map[string]*open{}, next: s.next, highest: s.highest, clock: s.clock.clone()}
}

// get returns a cluster with its profile, or nil if it is not known or was
// silent for the window.
func (o *overlay) get(id string) (*open, error) {
	if c := o.open[id]; c != nil {
		if o.clock.since(c.touched) > o.base.window {
			return nil, nil
		}
		return c, nil
	}
	e, ok := o.base.entries[id]
	if !ok || o.clock.since(e.touched) > o.base.window {
		return nil, nil
	}
	c := &open{id: id, entry: e, profile: &adpb.ClusterProfile{}}
	if err := proto.Unmarshal(e.profile, c.profile); err != nil {
		return nil, fmt.Errorf("read the profile of cluster %s: %w", id, err)
	}
	o.open[id] = c
	return c, nil
}

// create adds a cluster with its first profile.
func (o *overlay) create(id string, p *adpb.ClusterProfile) *open {
	c := &open{id: id, profile: p}
	o.open[id] = c
	return c
}

// touch marks a cluster as changed by the event at offset.
func (o *overlay) touch(c *open, offset int64) {
	c.version = max(c.version, uint64(offset)+1)
	c.touched = max(c.touched, o.clock.now)
	o.emit(c)
}

// emit has a cluster written at the end of the batch, once.
func (o *overlay) emit(c *open) {
	if !c.dirty {
		c.dirty = true
		o.order = append(o.order, c)
	}
}

// resolve follows tombstones that this partition holds. The result is nil and
// the last id if the cluster is elsewhere or not known.
func (o *overlay) resolve(id string) (*open, string, error) {
	for range maxHops {
		c, err := o.get(id)
		if err != nil || c == nil {
			return nil, id, err
		}
		if c.into == "" {
			return c, id, nil
		}
		id = c.into
	}
	return nil, id, fmt.Errorf("clusters that merged into each other in a circle at %s: the log of merges is broken", id)
}
