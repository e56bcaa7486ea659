package lsh

import (
	"errors"
	"fmt"
)

// Config is how an Index is made.
type Config struct {
	// Bands is the number of bands of the Layout, 1 to MaxBands.
	Bands int
	// Shard and Shards say which bands this index owns: those whose number is
	// Shard modulo Shards. Shards 0 stands for 1.
	Shard, Shards int
	// Capacity is the number of ids to make room for at once; 0 for little. The
	// index grows past it.
	Capacity int
}

// Validate checks the values.
func (c Config) Validate() error {
	var errs []error
	if c.Bands < 1 || c.Bands > MaxBands {
		errs = append(errs, fmt.Errorf("bands is %d, want 1 to %d", c.Bands, MaxBands))
	}
	shards := max(c.Shards, 1)
	if c.Shards < 0 || c.Shard < 0 || c.Shard >= shards || shards > max(c.Bands, 1) {
		errs = append(errs, fmt.Errorf("shard %d of %d does not own any of %d bands", c.Shard, c.Shards, c.Bands))
	}
	if c.Capacity < 0 || c.Capacity > 1<<31 {
		errs = append(errs, fmt.Errorf("capacity is %d, want 0 to 2^31", c.Capacity))
	}
	return errors.Join(errs...)
}

// Index is a streaming index of band keys: it keeps the latest id of every
// bucket.
type Index struct {
	bands  int
	shard  int
	shards int
	tables []table
}

// New returns an empty Index.
func New(c Config) (*Index, error) {
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("make an index: %w", err)
	}
	x := &Index{bands: c.Bands, shard: c.Shard, shards: max(c.Shards, 1)}
	x.tables = make([]table, (c.Bands-c.Shard+x.shards-1)/x.shards)
	for i := range x.tables {
		x.tables[i].reset(slotsFor(c.Capacity))
	}
	return x, nil
}

// Prefault touches every page of the index, so that the first inserts after a
// start do not wait for the operating system to find memory.
func (x *Index) Prefault() {
	const page = 4096 / 8
	for i := range x.tables {
		s := x.tables[i].slots
		for j := 0; j < len(s); j += page {
			if s[j] == 0 {
				s[j] = 0 // reading alone would map the shared page of zeros
			}
		}
	}
}

// Insert stores id under the keys and appends to dst the ids that stood there
// before, at most one a band, in the order of the bands and with repetitions. It
// returns the extended slice.
//
// Ids are positive and must not fall from one call to the next, for Expire to
// drop the oldest. keys holds the keys of all bands, as Layout.AppendKeys made
// them; an index with another number of bands panics.
func (x *Index) Insert(id uint32, keys []uint32, dst []uint32) []uint32 {
	if !x.reach(keys) {
		return dst
	}
	k := x.shard
	for i := range x.tables {
		t := &x.tables[i]
		tag := keys[k]
		k += x.shards
		at := t.home(tag)
		s := t.slots[at]
		if uint32(s) != 0 && uint32(s>>32) != tag {
			at = t.probe(tag, at)
			s = t.slots[at]
		}
		t.slots[at] = uint64(tag)<<32 | uint64(id)
		if old := uint32(s); old != 0 {
			dst = append(dst, old)
		} else {
			t.added()
		}
	}
	return dst
}

// Query appends to dst the ids that stand under the keys, as Insert does, and
// changes nothing.
func (x *Index) Query(keys []uint32, dst []uint32) []uint32 {
	if !x.reach(keys) {
		return dst
	}
	for i := range x.tables {
		t := &x.tables[i]
		if id := uint32(t.slots[t.find(keys[x.shard+i*x.shards])]); id != 0 {
			dst = append(dst, id)
		}
	}
	return dst
}

// reach loads the slots where the keys' probes begin, in a loop without a branch
// on their content: the memory's answers then come side by side, not one after
// another, which halves the cost of an advert. It returns whether there is
// anything to probe: always true, but the compiler must not know, or it would
// drop the loads.
func (x *Index) reach(keys []uint32) bool {
	if len(keys) != x.bands {
		panic(fmt.Sprintf("lsh: %d keys for an index of %d bands", len(keys), x.bands))
	}
	var seen uint64
	k := x.shard
	for i := range x.tables {
		t := &x.tables[i]
		seen |= t.slots[t.home(keys[k])]
		k += x.shards
	}
	return seen|uint64(len(x.tables)) != 0
}

// Expire drops the ids up to drop, and lowers those that stay by drop: id drop+1
// becomes 1. So ids never run out, whatever the age of the stream.
func (x *Index) Expire(drop uint32) {
	if drop == 0 {
		return
	}
	for i := range x.tables {
		x.tables[i].expire(drop)
	}
}

// Len returns the number of buckets in use.
func (x *Index) Len() int {
	n := 0
	for i := range x.tables {
		n += x.tables[i].count
	}
	return n
}

// Bytes returns the memory that the index takes, in bytes.
func (x *Index) Bytes() int64 {
	var n int64
	for i := range x.tables {
		n += int64(len(x.tables[i].slots)) * 8
	}
	return n
}
