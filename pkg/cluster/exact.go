package cluster

// shingleStore keeps the shingles of representatives, for the comparisons in
// which a sketch is not sure. Its memory is bounded: where there is no room, sets
// are dropped in the order in which they came, except that one that served since
// is spared once (the clock, or second-chance, rule).
//
// A set is a chain of cells; cells are numbered from 1. record.exact names the
// first one.
type shingleStore struct {
	limit int // the most cells
	cells vector[cell]
	free  uint32 // the first of the chain of free cells
	spare int    // free cells and those not made yet
	queue []heldSet
	first int // entries of the queue before it are gone
}

const (
	cellWords = 63
	cellBytes = 4 * (cellWords + 1)
)

type cell struct {
	next  uint32
	words [cellWords]uint32
}

type heldSet struct{ cluster, cell uint32 }

func newShingleStore(bytes int64) shingleStore {
	n := int(bytes / cellBytes)
	return shingleStore{limit: n, spare: n}
}

func cellsFor(n int) int { return (n + cellWords - 1) / cellWords }

// keep stores the shingles of a cluster's representative. A set that would take
// more than an eighth of the memory is not stored.
func (s *shingleStore) keep(f *forest, cluster uint32, shingles []uint32) {
	need := cellsFor(len(shingles))
	if need == 0 || need > s.limit/8 {
		return
	}
	s.makeRoom(f, need)
	var head, last uint32
	for len(shingles) > 0 {
		i := s.take()
		n := copy(s.cells.at(i - 1).words[:], shingles)
		shingles = shingles[n:]
		if last == 0 {
			head = i
		} else {
			s.cells.at(last - 1).next = i
		}
		last = i
	}
	f.records.at(cluster).exact = head
	s.queue = append(s.queue, heldSet{cluster, head})
}

func (s *shingleStore) makeRoom(f *forest, need int) {
	for s.spare < need {
		h := s.queue[s.first]
		s.first++
		r := f.records.at(h.cluster)
		if r.touched {
			r.touched = false
			s.queue = append(s.queue, h)
		} else {
			s.release(r)
		}
	}
	if s.first > 1024 && s.first > len(s.queue)/2 {
		s.queue = s.queue[:copy(s.queue, s.queue[s.first:])]
		s.first = 0
	}
}

func (s *shingleStore) take() uint32 {
	s.spare--
	if i := s.free; i != 0 {
		c := s.cells.at(i - 1)
		s.free, c.next = c.next, 0
		return i
	}
	return s.cells.push(cell{}) + 1
}

// release frees a cluster's cells. Its entry in the queue must go as well.
func (s *shingleStore) release(r *record) {
	for i := r.exact; i != 0; {
		c := s.cells.at(i - 1)
		next := c.next
		c.next, s.free = s.free, i
		s.spare++
		i = next
	}
	r.exact = 0
}

// forget drops the entries of the queue whose set was released.
func (s *shingleStore) forget(f *forest) {
	kept := s.queue[:0]
	for _, h := range s.queue[s.first:] {
		if f.records.at(h.cluster).exact == h.cell {
			kept = append(kept, h)
		}
	}
	s.queue, s.first = kept, 0
}

// each calls f with the parts of a cluster's set, which has n shingles.
func (s *shingleStore) each(r *record, f func(part []uint32)) {
	n := int(r.shingles)
	for i := r.exact; i != 0; i = s.cells.at(i - 1).next {
		k := min(n, cellWords)
		f(s.cells.at(i - 1).words[:k])
		n -= k
	}
}

func (s *shingleStore) bytes() int64 {
	return s.cells.bytes(cellBytes) + int64(cap(s.queue))*8
}

// encode writes the sets in the order of the queue. Which cells they are in is of
// no consequence.
func (s *shingleStore) encode(e *encoder, f *forest) {
	e.u64(uint64(len(s.queue) - s.first))
	for _, h := range s.queue[s.first:] {
		e.u64(uint64(h.cluster))
		s.each(f.records.at(h.cluster), func(part []uint32) {
			e.u32s(len(part), func(i int) uint32 { return part[i] })
		})
	}
}

func (s *shingleStore) decode(d *decoder, f *forest) {
	var set []uint32
	for range d.number("sets of shingles", maxSnapshotAds) {
		c := uint32(d.number("cluster of shingles", maxSnapshotAds))
		if d.err != nil {
			return
		}
		if int(c) >= f.records.len() || !f.records.at(c).used || f.records.at(c).exact != 0 {
			d.fail("shingles of cluster %d, which is unknown or has some", c)
			return
		}
		r := f.records.at(c)
		if need := cellsFor(int(r.shingles)); need == 0 || need > s.limit/8 || need > s.spare {
			d.fail("%d shingles of cluster %d do not fit", r.shingles, c)
			return
		}
		set = set[:0]
		for n := int(r.shingles); n > 0 && d.err == nil; n -= cellWords {
			want := min(n, cellWords)
			got := 0
			d.u32s("shingles", uint64(want), func(v uint32) { set = append(set, v); got++ })
			if got != want {
				d.fail("%d shingles, want %d", got, want)
			}
		}
		if d.err != nil {
			return
		}
		s.keep(f, c, set)
	}
}
