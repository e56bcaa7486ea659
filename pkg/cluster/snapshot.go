package cluster

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"

	"palermo.internal/pkg/lsh"
)

var (
	// ErrSnapshot is wrapped by the errors about a snapshot that is damaged.
	ErrSnapshot = errors.New("bad cluster snapshot")
	// ErrVersion is wrapped where a snapshot was written by another version of the
	// program.
	ErrVersion = errors.New("cluster snapshot of another version")
	// ErrParams is wrapped where a snapshot was made with other parameters: it
	// cannot be used, and the log must be read again from the start of the window.
	ErrParams = errors.New("cluster snapshot made with other parameters")
)

const (
	snapshotMagic   = 0x504c434c5354_0000 // "PLCLST"
	snapshotVersion = 1
	maxSnapshotAds  = math.MaxUint32 - 1
)

// Snapshot writes the whole state. What Restore makes of it goes on exactly as
// this assigner would.
func (a *Assigner) Snapshot(w io.Writer) error {
	e := &encoder{w: bufio.NewWriterSize(w, 1<<16)}
	e.u64(snapshotMagic | snapshotVersion)
	sum := a.params.Fingerprint()
	e.bytes(sum[:])
	e.u64(a.seq)
	e.u64(uint64(a.latest))
	e.u64(uint64(len(a.periods)))
	for _, p := range a.periods {
		e.u64(uint64(p.number))
		e.u64(uint64(p.part))
		e.u64(uint64(p.first))
		e.u64(uint64(p.ads))
	}
	e.u32s(a.clusters.records.len(), func(i int) uint32 { return a.clusters.root(uint32(i)) })
	for c := range uint32(a.clusters.records.len()) {
		a.clusters.records.at(c).encode(e)
	}
	e.u32s(len(a.clusters.free), func(i int) uint32 { return a.clusters.free[i] })
	a.sketches.encode(e)
	a.shingles.encode(e, &a.clusters)
	e.u32s(a.entries.len(), func(i int) uint32 { return *a.entries.at(uint32(i)) })
	e.memory(&a.contents)
	e.memory(&a.docs)
	if e.err == nil {
		_, e.err = a.index.WriteTo(e.w)
	}
	if e.err == nil {
		e.err = e.w.Flush()
	}
	if e.err != nil {
		return fmt.Errorf("write cluster snapshot: %w", e.err)
	}
	return nil
}

func (r *record) encode(e *encoder) {
	used, touched := uint64(0), uint64(0)
	if r.used {
		used = 1
	}
	if r.touched {
		touched = 1
	}
	e.u64(used | touched<<1 | uint64(r.class)<<8 | uint64(r.place)<<32)
	e.u64(r.founded)
	e.bytes(r.founder[:])
	e.u64(uint64(r.shingles) | uint64(r.last)<<32)
	e.u64(uint64(r.size))
}

func (r *record) decode(d *decoder) {
	v := d.u64()
	r.used = v&1 != 0
	r.touched = v&2 != 0
	r.class = uint8(v >> 8)
	r.place = uint32(v >> 32)
	r.founded = d.u64()
	d.bytes(r.founder[:])
	v = d.u64()
	r.shingles, r.last = uint32(v), uint32(v>>32)
	r.size = uint32(d.number("cluster size", math.MaxUint32))
}

func (a *arenas) encode(e *encoder) {
	for class := range a {
		r := &a[class]
		e.u64(uint64(r.n))
		e.u32s(len(r.free), func(i int) uint32 { return r.free[i] })
		for place := range r.n {
			for _, w := range a.get(uint8(class), place) {
				e.u64(w)
			}
		}
	}
}

func (a *arenas) decode(d *decoder) {
	var sketch []uint64
	for class := range a {
		r := &a[class]
		n := d.number("sketches", maxSnapshotAds)
		var free []uint32
		d.u32s("free sketches", n, func(v uint32) { free = append(free, v) })
		for range n {
			sketch = sketch[:0]
			for range wordsOf(uint8(class)) {
				sketch = append(sketch, d.u64())
			}
			if d.err != nil {
				return
			}
			a.put(sketch)
		}
		r.free = free
	}
}

// Restore reads what Snapshot wrote, by an assigner with the same parameters. It
// fails with ErrSnapshot, ErrVersion or ErrParams. Memory grows with what is
// read, never with what a damaged length claims.
func Restore(r io.Reader, p Params) (*Assigner, error) {
	a, err := New(p)
	if err != nil {
		return nil, err
	}
	d := &decoder{r: bufio.NewReaderSize(r, 1<<16)}
	if err := a.decode(d); err != nil {
		return nil, fmt.Errorf("restore clusters: %w", err)
	}
	if _, err := d.r.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("restore clusters: %w: more bytes than expected", ErrSnapshot)
	}
	return a, nil
}

func (a *Assigner) decode(d *decoder) error {
	switch v := d.u64(); {
	case d.err != nil:
		return d.err
	case v&^0xffff != snapshotMagic:
		return fmt.Errorf("%w: not a cluster snapshot", ErrSnapshot)
	case v&0xffff != snapshotVersion:
		return fmt.Errorf("%w: %d, want %d", ErrVersion, v&0xffff, snapshotVersion)
	}
	var sum [32]byte
	if d.bytes(sum[:]); d.err != nil {
		return d.err
	}
	if sum != a.params.Fingerprint() {
		return ErrParams
	}
	a.seq = d.u64()
	a.latest = int64(d.number("time", math.MaxInt64))
	a.decodePeriods(d)
	a.decodeClusters(d)
	a.shingles.decode(d, &a.clusters)
	if d.err != nil {
		return d.err
	}
	known := func(c uint32) bool { return int(c) < a.clusters.records.len() && a.clusters.records.at(c).used }
	d.u32s("index entries", maxSnapshotAds, func(c uint32) {
		if !known(c) {
			d.fail("an index entry names cluster %d", c)
		}
		a.entries.push(c)
	})
	if last := a.periods[len(a.periods)-1]; d.err == nil && int(last.first) > a.entries.len() {
		d.fail("a generation begins at entry %d of %d", last.first, a.entries.len())
	}
	oldest, newest := a.periods[0].number, a.generation()
	a.contents = d.memory("texts", func(v uint64) string {
		c := contentOf(v)
		if !known(c.cluster) {
			return "an unknown cluster"
		}
		if c.generation < oldest || c.generation > newest {
			return "an unknown generation"
		}
		return ""
	})
	a.docs = d.memory("adverts", func(v uint64) string {
		if g := documentOf(v).generation; g < oldest || g > newest {
			return "an unknown generation"
		}
		return ""
	})
	if d.err != nil {
		return d.err
	}
	index, err := lsh.Read(d.r, lsh.Config{Bands: a.params.Bands}, uint32(a.entries.len()))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrSnapshot, err)
	}
	a.index = index
	return nil
}

func (a *Assigner) decodePeriods(d *decoder) {
	n := d.number("generations", 1<<10)
	if n == 0 {
		d.fail("no generation")
		return
	}
	a.periods = a.periods[:0]
	for range n {
		p := generation{
			number: uint32(d.number("generation", 1<<generationBits-1)),
			part:   int64(d.number("part", math.MaxInt64)),
			first:  uint32(d.number("first entry", maxSnapshotAds)),
			ads:    uint32(d.number("generation's adverts", uint64(a.params.MaxAds))),
		}
		if len(a.periods) == 0 {
			if p.first != 0 || p.number == 0 {
				d.fail("first generation %d begins at entry %d", p.number, p.first)
			}
		} else if last := a.periods[len(a.periods)-1]; p.number != last.number+1 || p.first < last.first || p.part < last.part {
			d.fail("generation %d does not follow on generation %d", p.number, last.number)
		}
		if d.err != nil {
			return
		}
		a.periods = append(a.periods, p)
	}
	if part := a.part(a.latest); a.periods[n-1].part != part {
		d.fail("the last generation is of part %d, want %d", a.periods[n-1].part, part)
	}
}

func (a *Assigner) decodeClusters(d *decoder) {
	var parents []uint32
	d.u32s("clusters", maxSnapshotAds, func(c uint32) { parents = append(parents, c) })
	for range parents {
		var r record
		r.decode(d)
		if d.err != nil {
			return
		}
		c := a.clusters.records.push(r)
		a.clusters.records.at(c).parent = c // until all are read
	}
	d.u32s("free clusters", uint64(len(parents)), func(c uint32) { a.clusters.free = append(a.clusters.free, c) })
	a.sketches.decode(d)
	numbers := newClaims(len(parents))
	var places [len(a.sketches)]claims
	for class := range a.sketches {
		places[class] = newClaims(int(a.sketches[class].n))
		for _, place := range a.sketches[class].free {
			places[class].take(d, "sketch", place)
		}
	}
	for _, c := range a.clusters.free {
		numbers.take(d, "cluster number", c)
	}
	for c, parent := range parents {
		if d.err != nil {
			return
		}
		r := a.clusters.records.at(uint32(c))
		if !r.used {
			continue
		}
		numbers.take(d, "cluster number", uint32(c))
		a.checkCluster(d, uint32(c), parent, parents)
		if r.class != noSketch && d.err == nil {
			places[r.class].take(d, "sketch", r.place)
		}
		if _, taken := a.names.get(r.name(&a.params)); !taken {
			a.names.set(r.name(&a.params), uint64(c))
		}
	}
	numbers.check(d, "cluster number")
	for class := range places {
		places[class].check(d, "sketch")
	}
	for c, parent := range parents {
		if d.err == nil {
			a.clusters.records.at(uint32(c)).parent = parent
		}
	}
}

// checkCluster refuses references that lead nowhere, and parents that are no
// older roots, among which there might be a circle.
func (a *Assigner) checkCluster(d *decoder, c, parent uint32, parents []uint32) {
	r := a.clusters.records.at(c)
	if int(parent) >= len(parents) || !a.clusters.records.at(parent).used || parents[parent] != parent {
		d.fail("cluster %d is part of cluster %d, which is none", c, parent)
		return
	}
	if parent != c && (r.class != noSketch || !a.clusters.older(parent, c)) {
		d.fail("cluster %d is part of cluster %d, which is not older", c, parent)
	}
	if r.last > a.generation() {
		d.fail("cluster %d is of generation %d", c, r.last)
	}
	if r.class == noSketch {
		return
	}
	if int(r.class) >= len(a.sketches) || r.place >= a.sketches[r.class].n {
		d.fail("cluster %d has sketch %d of class %d, which is unknown", c, r.place, r.class)
	}
}

// claims check that each of a range of numbers is in use once: by a cluster or by
// the list of free ones.
type claims []bool

func newClaims(n int) claims { return make(claims, n) }

func (c claims) take(d *decoder, what string, i uint32) {
	switch {
	case int(i) >= len(c):
		d.fail("%s %d of %d", what, i, len(c))
	case c[i]:
		d.fail("%s %d is used twice", what, i)
	default:
		c[i] = true
	}
}

func (c claims) check(d *decoder, what string) {
	for i, used := range c {
		if !used {
			d.fail("%s %d is neither free nor in use", what, i)
			return
		}
	}
}
