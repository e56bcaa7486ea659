package lsh

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
)

// A snapshot is the magic, bands, shard, shards, then for each table its length
// and count and, for each 64 slots, a word that says which are used and those
// slots. All numbers are little-endian.
const magic uint32 = 0x504c5358 // "PLSX"

// ErrSnapshot is wrapped by every error about a snapshot that cannot be read:
// made with other parameters, cut short or damaged.
var ErrSnapshot = errors.New("bad index snapshot")

// WriteTo writes a snapshot of the index. It implements io.WriterTo.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	b := bufio.NewWriterSize(w, 1<<16)
	var n int64
	var buf [8]byte
	put := func(v uint64) error {
		binary.LittleEndian.PutUint64(buf[:], v)
		m, err := b.Write(buf[:])
		n += int64(m)
		return err
	}
	for _, v := range []uint64{uint64(magic), uint64(x.bands), uint64(x.shard), uint64(x.shards)} {
		if err := put(v); err != nil {
			return n, fmt.Errorf("write index: %w", err)
		}
	}
	for i := range x.tables {
		if err := x.tables[i].write(put); err != nil {
			return n, fmt.Errorf("write index table %d: %w", i, err)
		}
	}
	if err := b.Flush(); err != nil {
		return n, fmt.Errorf("write index: %w", err)
	}
	return n, nil
}

func (t *table) write(put func(uint64) error) error {
	err := errors.Join(put(uint64(len(t.slots))), put(uint64(t.count)))
	for at := 0; at < len(t.slots) && err == nil; at += 64 {
		block := t.slots[at:min(at+64, len(t.slots))]
		var used uint64
		for i, s := range block {
			if uint32(s) != 0 {
				used |= 1 << i
			}
		}
		err = put(used)
		for ; used != 0 && err == nil; used &= used - 1 {
			err = put(block[bits.TrailingZeros64(used)])
		}
	}
	return err
}

// Read reads a snapshot that WriteTo wrote and returns an index that behaves as
// the one it was taken of, to the byte. c is what the index was made with
// (Capacity does not count). No id may be above maxID. The reader is left behind
// the snapshot if it is a bufio.Reader; otherwise some bytes more may be read.
//
// Memory grows with what is read, never with what a damaged length claims.
func Read(r io.Reader, c Config, maxID uint32) (*Index, error) {
	c.Capacity = 0
	x, err := New(c)
	if err != nil {
		return nil, err
	}
	b, ok := r.(*bufio.Reader)
	if !ok {
		b = bufio.NewReaderSize(r, 1<<16)
	}
	var buf [8]byte
	get := func() (uint64, error) {
		if _, err := io.ReadFull(b, buf[:]); err != nil {
			return 0, fmt.Errorf("%w: %w", ErrSnapshot, err)
		}
		return binary.LittleEndian.Uint64(buf[:]), nil
	}
	for _, want := range []struct {
		what  string
		value int
	}{{"magic", int(magic)}, {"bands", x.bands}, {"shard", x.shard}, {"shards", x.shards}} {
		v, err := get()
		if err != nil {
			return nil, fmt.Errorf("read index %s: %w", want.what, err)
		}
		if v != uint64(want.value) {
			return nil, fmt.Errorf("%w: its %s is %d, want %d", ErrSnapshot, want.what, v, want.value)
		}
	}
	for i := range x.tables {
		if err := x.tables[i].read(get, maxID); err != nil {
			return nil, fmt.Errorf("read index table %d: %w", i, err)
		}
	}
	return x, nil
}

func (t *table) read(get func() (uint64, error), maxID uint32) error {
	length, err := get()
	if err != nil {
		return err
	}
	count, err := get()
	if err != nil {
		return err
	}
	if length < minSlots || length > 1<<33 || length%lineSlots != 0 || count > length/loadOver*loadUnder {
		return fmt.Errorf("%w: %d entries in %d slots", ErrSnapshot, count, length)
	}
	t.slots = make([]uint64, 0, min(length, 1<<12))
	t.count = 0
	for uint64(len(t.slots)) < length {
		used, err := get()
		if err != nil {
			return err
		}
		n := min(64, int(length-uint64(len(t.slots))))
		if n < 64 && used>>n != 0 {
			return fmt.Errorf("%w: an entry behind the end", ErrSnapshot)
		}
		for i := range n {
			var s uint64
			if used&(1<<i) != 0 {
				if s, err = get(); err != nil {
					return err
				}
				if uint32(s) == 0 || uint32(s) > maxID {
					return fmt.Errorf("%w: id %d, want 1 to %d", ErrSnapshot, uint32(s), maxID)
				}
				t.count++
			}
			t.slots = append(t.slots, s)
		}
	}
	t.limit = len(t.slots)/loadOver*loadUnder + 1
	if uint64(t.count) != count {
		return fmt.Errorf("%w: %d entries, want %d", ErrSnapshot, t.count, count)
	}
	return t.reachable()
}

// reachable checks that a probe finds every entry.
func (t *table) reachable() error {
	for i, s := range t.slots {
		if uint32(s) != 0 && t.find(uint32(s>>32)) != uint(i) {
			return fmt.Errorf("%w: an entry stands where no probe looks", ErrSnapshot)
		}
	}
	return nil
}
