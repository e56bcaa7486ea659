package cluster

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// encoder writes little-endian numbers and remembers the first error.
type encoder struct {
	w   *bufio.Writer
	err error
	buf [8]byte
}

func (e *encoder) bytes(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) u64(v uint64) {
	if e.err != nil {
		return
	}
	binary.LittleEndian.PutUint64(e.buf[:], v)
	_, e.err = e.w.Write(e.buf[:])
}

func (e *encoder) u32s(n int, at func(i int) uint32) {
	e.u64(uint64(n))
	for i := 0; i < n && e.err == nil; i++ {
		binary.LittleEndian.PutUint32(e.buf[:], at(i))
		_, e.err = e.w.Write(e.buf[:4])
	}
}

// memory writes, for each 64 slots, a word that says which are used, and those.
func (e *encoder) memory(m *memory) {
	e.u64(uint64(len(m.slots)))
	e.u64(uint64(m.n))
	for at := 0; at < len(m.slots) && e.err == nil; at += 64 {
		block := m.slots[at:min(at+64, len(m.slots))]
		var used uint64
		for i := range block {
			if block[i].key != 0 {
				used |= 1 << i
			}
		}
		e.u64(used)
		for ; used != 0; used &= used - 1 {
			s := &block[bits.TrailingZeros64(used)]
			e.u64(s.key)
			e.u64(s.value)
		}
	}
}

// decoder reads what encoder wrote. After an error it returns zeros. Memory
// grows with what was read, never with what a length claims.
type decoder struct {
	r   *bufio.Reader
	err error
	buf [8]byte
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %w", ErrSnapshot, fmt.Errorf(format, args...))
	}
}

func (d *decoder) bytes(b []byte) {
	if d.err != nil {
		clear(b)
		return
	}
	if _, err := io.ReadFull(d.r, b); err != nil {
		clear(b)
		d.fail("cut short: %w", err)
	}
}

func (d *decoder) u64() uint64 {
	d.bytes(d.buf[:])
	return binary.LittleEndian.Uint64(d.buf[:])
}

// number reads a number that is at most limit.
func (d *decoder) number(what string, limit uint64) uint64 {
	v := d.u64()
	if v > limit {
		d.fail("%s is %d, want at most %d", what, v, limit)
		return 0
	}
	return v
}

func (d *decoder) u32s(what string, limit uint64, each func(v uint32)) {
	n := d.number(what, limit)
	for range n {
		d.bytes(d.buf[:4])
		if d.err != nil {
			return
		}
		each(binary.LittleEndian.Uint32(d.buf[:]))
	}
}

// memory reads a table; check refuses a value by returning an error's text.
func (d *decoder) memory(what string, check func(value uint64) string) memory {
	const limit = 1 << 34
	length, count := d.number(what+" slots", limit), d.number(what+" entries", limit)
	if d.err == nil && (length < memoryMin || count*5 > length*4) {
		d.fail("%s has %d entries in %d slots", what, count, length)
	}
	var m memory
	for d.err == nil && uint64(len(m.slots)) < length {
		used := d.u64()
		n := min(64, int(length-uint64(len(m.slots))))
		if n < 64 && used>>n != 0 {
			d.fail("%s has an entry behind its end", what)
		}
		for i := range n {
			var s slot
			if used&(1<<i) != 0 {
				s = slot{d.u64(), d.u64()}
				if d.err != nil {
					return newMemory()
				}
				if s.key == 0 {
					d.fail("%s has an entry without a key", what)
				}
				if why := check(s.value); why != "" {
					d.fail("%s has an entry with %s", what, why)
				}
				m.n++
			}
			m.slots = append(m.slots, s)
		}
	}
	if d.err == nil && uint64(m.n) != count {
		d.fail("%s has %d entries, want %d", what, m.n, count)
	}
	if d.err == nil && !m.reachable() {
		d.fail("%s has an entry where no probe looks", what)
	}
	if d.err != nil {
		return newMemory()
	}
	return m
}

// reachable tells whether a probe finds every entry.
func (m *memory) reachable() bool {
	for i := range m.slots {
		if k := m.slots[i].key; k != 0 && m.find(k) != i {
			return false
		}
	}
	return true
}
