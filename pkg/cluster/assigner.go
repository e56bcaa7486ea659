package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"palermo.internal/pkg/lsh"
	"palermo.internal/pkg/minhash"
)

// ErrOrder is returned for an advert whose sequence number is not above that of
// the advert before it.
var ErrOrder = errors.New("sequence number does not rise")

// Assigner puts adverts into clusters. See the package comment for how, and for
// what may run side by side.
type Assigner struct {
	params Params
	signer *minhash.Signer
	lazy   *Signer // completes adverts inside Assign

	seq     uint64       // of the last advert
	latest  int64        // the latest time of an advert, in milliseconds
	periods []generation // oldest first; the last one is being filled

	index    *lsh.Index
	entries  vector[uint32] // index id - 1 -> cluster
	clusters forest
	sketches arenas
	shingles shingleStore
	contents memory // hash of a text -> content
	docs     memory // start of a document id -> document
	names    memory // start of a cluster id -> its number

	stats Stats

	// Scratch.
	found    []uint32
	edges    []edge
	gathered []uint32
	member   minhash.Set
	loaded   bool // member holds the shingles of the advert in hand
}

// edge is a cluster that an advert is similar to.
type edge struct {
	root       uint32
	similarity float64
}

// New returns an Assigner that has seen nothing.
func New(p Params) (*Assigner, error) {
	if err := p.Validate(); err != nil {
		return nil, fmt.Errorf("make an assigner: %w", err)
	}
	signer, err := minhash.NewSigner(p.Slots, p.shingleSeed())
	if err != nil {
		return nil, fmt.Errorf("make an assigner: %w", err)
	}
	index, err := lsh.New(lsh.Config{Bands: p.Bands})
	if err != nil {
		return nil, fmt.Errorf("make an assigner: %w", err)
	}
	a := &Assigner{
		params:   p,
		signer:   signer,
		index:    index,
		shingles: newShingleStore(p.ExactBytes),
		periods:  []generation{{number: 1}},
		contents: newMemory(),
		docs:     newMemory(),
		names:    newMemory(),
	}
	a.lazy = a.NewSigner()
	return a, nil
}

// Params returns the parameters that the assigner was made with.
func (a *Assigner) Params() Params { return a.params }

// Seq returns the sequence number of the last advert that was assigned, 0 before
// the first.
func (a *Assigner) Seq() uint64 { return a.seq }

// Assign puts the advert with the given sequence number into a cluster. Sequence
// numbers rise from call to call (ErrOrder otherwise, and nothing is changed);
// gaps are allowed. s must come from a Signer of this Assigner.
func (a *Assigner) Assign(seq uint64, s *Signed) (Outcome, error) {
	if seq <= a.seq {
		return Outcome{}, fmt.Errorf("assign advert %d after %d: %w", seq, a.seq, ErrOrder)
	}
	a.seq = seq
	a.advance(s.time)
	a.makeRoom()
	now := a.generation()
	a.loaded = false
	out := Outcome{Seq: seq}

	key := a.params.key(s.doc[:8])
	doc, seen := document{}, false
	if v, ok := a.docs.get(key); ok {
		doc, seen = documentOf(v), true
		out.Repeated = doc.revision == s.revision
		out.Updated = !out.Repeated
	}
	c, known := content{}, false
	if v, ok := a.contents.get(s.content); ok {
		c, known = contentOf(v), true
	}
	if !seen || doc.generation != now || !known || c.generation != now {
		a.periods[len(a.periods)-1].ads++
	}

	var root uint32
	if known {
		root, out.Similarity = a.copyOf(c, s, now)
	} else {
		root, out.Similarity = a.place(s, seq, &out)
	}
	a.contents.set(s.content, content{cluster: root, generation: now, similarity: out.Similarity}.pack())
	a.docs.set(key, document{revision: s.revision, generation: now}.pack())

	r := a.clusters.records.at(root)
	r.last = now
	if !out.Repeated && r.size < 1<<32-1 {
		r.size++
	}
	out.Cluster = r.id()
	a.stats.note(&out, known)
	return out, nil
}

// copyOf assigns a text that was seen before: it stays where it went. Once a
// generation it is entered into the index again, so that the cluster is still
// found when the generation of its first adverts is dropped.
func (a *Assigner) copyOf(c content, s *Signed, now uint32) (root uint32, similarity float64) {
	root = a.clusters.root(c.cluster)
	similarity = c.similarity
	if root == c.cluster && c.generation == now {
		return root, similarity
	}
	a.complete(s)
	if len(s.keys) == 0 {
		return root, similarity
	}
	if root != c.cluster { // merged since: another representative
		similarity = a.similarity(s, root)
	}
	if c.generation != now {
		a.found = a.index.Insert(a.entries.push(root)+1, s.keys, a.found[:0])
	}
	return root, similarity
}

// place finds the clusters of a new text through the index, or opens one.
func (a *Assigner) place(s *Signed, seq uint64, out *Outcome) (root uint32, similarity float64) {
	a.complete(s)
	if len(s.keys) == 0 {
		out.Founded = true
		return a.open(s, seq), 1
	}
	entry := a.entries.push(0)
	a.found = a.index.Insert(entry+1, s.keys, a.found[:0])
	a.verify(s)
	if len(a.edges) == 0 {
		out.Founded = true
		root = a.open(s, seq)
		*a.entries.at(entry) = root
		return root, 1
	}
	best := a.edges[0]
	for _, e := range a.edges[1:] {
		if e.similarity > best.similarity {
			best = e
		}
	}
	for _, e := range a.edges {
		if a.clusters.root(e.root) != best.root && a.alike(e.root, best.root) {
			best = a.merge(best, e, out)
		}
	}
	*a.entries.at(entry) = best.root
	return best.root, best.similarity
}

// verify turns the candidates into edges, oldest cluster first.
func (a *Assigner) verify(s *Signed) {
	a.edges = a.edges[:0]
	for i, id := range a.found {
		a.found[i] = a.clusters.root(*a.entries.at(id - 1))
	}
next:
	for i, root := range a.found {
		for _, earlier := range a.found[:i] {
			if earlier == root {
				continue next
			}
		}
		a.stats.Compared++
		similarity := a.similarity(s, root)
		if similarity < a.params.Threshold {
			continue
		}
		a.edges = append(a.edges, edge{root, similarity})
		for j := len(a.edges) - 1; j > 0 && a.clusters.older(a.edges[j].root, a.edges[j-1].root); j-- {
			a.edges[j], a.edges[j-1] = a.edges[j-1], a.edges[j]
		}
	}
}

// exactMargin is how far an estimate may be from the threshold for it to be made
// sure of: more than four standard errors of a sketch.
const exactMargin = 0.06

// similarity compares an advert with a cluster's representative: by their
// sketches and, where those leave it open and the representative's shingles are
// still kept, exactly.
func (a *Assigner) similarity(s *Signed, root uint32) float64 {
	r := a.clusters.records.at(root)
	if r.class == noSketch {
		return 0
	}
	similarity := minhash.SketchSimilarity(s.sketch, s.count, a.sketches.get(r.class, r.place), int(r.shingles))
	if r.exact == 0 || math.Abs(similarity-a.params.Threshold) > exactMargin {
		return similarity
	}
	if !a.loaded {
		a.member.Load(s.distinct)
		a.loaded = true
	}
	return a.exactly(s.count, r)
}

// alike tells whether the representatives of two clusters are similar enough for
// the clusters to be merged.
func (a *Assigner) alike(x, y uint32) bool {
	r, q := a.clusters.records.at(x), a.clusters.records.at(y)
	limit := a.params.Threshold - a.params.MergeMargin
	similarity := minhash.SketchSimilarity(
		a.sketches.get(r.class, r.place), int(r.shingles),
		a.sketches.get(q.class, q.place), int(q.shingles))
	if r.exact != 0 && q.exact != 0 && math.Abs(similarity-limit) <= exactMargin {
		a.gathered = a.gathered[:0]
		a.shingles.each(r, func(part []uint32) { a.gathered = append(a.gathered, part...) })
		a.member.Load(a.gathered)
		a.loaded = false
		similarity = a.exactly(len(a.gathered), q)
	}
	return similarity >= limit
}

// exactly compares the set of n shingles that member holds with a
// representative's.
func (a *Assigner) exactly(n int, r *record) float64 {
	a.stats.Exact++
	r.touched = true
	both := 0
	a.shingles.each(r, func(part []uint32) { both += a.member.Count(part) })
	return float64(both) / float64(n+int(r.shingles)-both)
}

func (a *Assigner) merge(x, y edge, out *Outcome) edge {
	root, lost, merged := a.clusters.union(x.root, y.root)
	if !merged {
		return x
	}
	r, l := a.clusters.records.at(root), a.clusters.records.at(lost)
	r.last = max(r.last, l.last)
	r.size += min(l.size, 1<<32-1-r.size)
	a.sketches.release(l.class, l.place)
	l.class = noSketch
	out.Merges = append(out.Merges, Merge{From: l.id(), Into: r.id()})
	if root == x.root {
		return x
	}
	return y
}

// open makes the cluster of an advert that is like no other.
func (a *Assigner) open(s *Signed, seq uint64) uint32 {
	r := record{founded: seq, shingles: uint32(s.count), class: noSketch}
	copy(r.founder[:], s.doc[:])
	// An advert that opened a cluster and then changed its text may open another
	// one while the first lives on with its other members.
	for n := uint64(0); ; n++ {
		if _, taken := a.names.get(r.name(&a.params)); !taken {
			break
		}
		b := append([]byte("palermo cluster\x00"), s.doc[:]...)
		b = binary.LittleEndian.AppendUint64(b, seq)
		b = binary.LittleEndian.AppendUint64(b, n)
		sum := sha256.Sum256(b)
		copy(r.founder[:], sum[:])
	}
	if len(s.sketch) > 0 {
		r.class, r.place = a.sketches.put(s.sketch)
	}
	c := a.clusters.add(r)
	a.names.set(r.name(&a.params), uint64(c))
	if r.class != noSketch {
		a.shingles.keep(&a.clusters, c, s.distinct)
	}
	return c
}

func (a *Assigner) complete(s *Signed) {
	if !s.complete {
		a.lazy.complete(s)
	}
}

// Resolve returns the cluster that the given one is part of now: the id itself,
// unless it was merged into an older cluster. It also returns the id itself if it
// is not known, or no longer.
func (a *Assigner) Resolve(clusterID string) string {
	var founder [12]byte
	if len(clusterID) != 25 || clusterID[0] != 'c' {
		return clusterID
	}
	if _, err := hex.Decode(founder[:], []byte(clusterID[1:])); err != nil {
		return clusterID
	}
	r := record{founder: founder}
	c, ok := a.names.get(r.name(&a.params))
	if !ok || a.clusters.records.at(uint32(c)).founder != founder {
		return clusterID
	}
	return a.clusters.records.at(a.clusters.root(uint32(c))).id()
}
