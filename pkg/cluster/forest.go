package cluster

import "encoding/hex"

// record is one cluster, or a tombstone of one.
type record struct {
	founded  uint64   // when it was opened, as a sequence number: its age
	founder  [12]byte // the start of the founder's document id, as in ad.ClusterID
	parent   uint32   // itself, or a cluster that it was merged into
	shingles uint32   // distinct shingles of the representative
	place    uint32   // of the representative's sketch
	last     uint32   // generation in which it was last given an advert
	exact    uint32   // first cell of the representative's shingles, or 0
	size     uint32   // adverts, counted without repetitions; stops at the maximum
	class    uint8    // of the sketch, or noSketch
	used     bool
	touched  bool // the exact shingles served since the clock last passed
}

// recordBytes is the size of a record in memory.
const recordBytes = 48

func (r *record) id() string {
	var b [25]byte
	b[0] = 'c'
	hex.Encode(b[1:], r.founder[:])
	return string(b[:])
}

// forest is a union-find over clusters in which the oldest of a tree is its
// root, whatever the order of the unions. Clusters are numbered; a number is
// used again once its cluster has left the window.
type forest struct {
	records vector[record]
	free    []uint32
}

func (f *forest) add(r record) uint32 {
	r.used = true
	if n := len(f.free); n > 0 {
		c := f.free[n-1]
		f.free = f.free[:n-1]
		r.parent = c
		*f.records.at(c) = r
		return c
	}
	r.parent = uint32(f.records.len())
	return f.records.push(r)
}

// root returns the cluster that c is part of now, and shortens the way to it.
func (f *forest) root(c uint32) uint32 {
	r := c
	for p := f.records.at(r).parent; p != r; p = f.records.at(r).parent {
		r = p
	}
	for c != r {
		rec := f.records.at(c)
		c, rec.parent = rec.parent, r
	}
	return r
}

// older tells whether root a is older than root b. The founder's id decides
// where two clusters claim the same moment, which the log rules out.
func (f *forest) older(a, b uint32) bool {
	x, y := f.records.at(a), f.records.at(b)
	if x.founded != y.founded {
		return x.founded < y.founded
	}
	return string(x.founder[:]) < string(y.founder[:])
}

// union joins the clusters of a and b and returns the root and, if they were two
// before, the root that is one no longer.
func (f *forest) union(a, b uint32) (root, lost uint32, merged bool) {
	a, b = f.root(a), f.root(b)
	if a == b {
		return a, a, false
	}
	if f.older(b, a) {
		a, b = b, a
	}
	f.records.at(b).parent = a
	return a, b, true
}

// name is the key of the cluster's id.
func (r *record) name(p *Params) uint64 { return p.key(r.founder[:8]) }
