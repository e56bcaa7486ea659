package clusterer

import "palermo.internal/pkg/cluster"

// replay keeps the latest outcomes, for records that come again after their
// outputs could not be written. It is not part of a snapshot: a snapshot is
// taken after the outputs it covers are durable.
type replay struct {
	ring []cluster.Outcome // by seq modulo the length
	size int
}

func (r *replay) add(o cluster.Outcome) {
	if len(r.ring) == 0 {
		r.ring = make([]cluster.Outcome, r.size)
	}
	r.ring[o.Seq%uint64(r.size)] = o
}

func (r *replay) get(seq uint64) (cluster.Outcome, bool) {
	if len(r.ring) == 0 {
		return cluster.Outcome{}, false
	}
	o := r.ring[seq%uint64(r.size)]
	return o, o.Seq == seq
}
