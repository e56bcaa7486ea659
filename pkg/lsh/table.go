package lsh

import "math/bits"

// A table grows by half when it is more than 4/5 full: probes stay short, and it
// takes 10 to 15 bytes an entry.
const (
	minSlots    = 64
	loadOver    = 5
	loadUnder   = 4
	growthOver  = 2
	growthUnder = 3
)

// table maps the keys of one band to ids. A slot is tag<<32 | id; id 0 means that
// it is empty. Its home is the tag scaled to the length of the table, so homes
// rise with the tags and a rebuilt table is written from front to back.
type table struct {
	slots []uint64
	count int
}

// slotsFor returns the least length that holds n entries without growing.
func slotsFor(n int) int { return max(minSlots, n/loadUnder*loadOver+loadOver) }

func (t *table) home(tag uint32) int {
	hi, _ := bits.Mul64(uint64(tag)<<32, uint64(len(t.slots)))
	return int(hi)
}

// find returns where tag stands, or the empty slot where it would stand.
func (t *table) find(tag uint32, i int) int {
	slots := t.slots
	for uint(i) < uint(len(slots)) {
		s := slots[i]
		if uint32(s) == 0 || uint32(s>>32) == tag {
			return i
		}
		i++
		if i == len(slots) {
			i = 0
		}
	}
	return 0
}

// put stores id under tag and returns the id that stood there, or 0.
func (t *table) put(tag, id uint32, home int) uint32 {
	i := t.find(tag, home)
	old := uint32(t.slots[i])
	t.slots[i] = uint64(tag)<<32 | uint64(id)
	if old != 0 {
		return old
	}
	t.count++
	if t.count*loadOver > len(t.slots)*loadUnder {
		t.rebuild(len(t.slots)*growthUnder/growthOver, 0)
	}
	return 0
}

// rebuild moves the entries with ids above drop into a new table of the given
// length, and lowers their ids by drop.
func (t *table) rebuild(length int, drop uint32) {
	old := t.slots
	t.slots = make([]uint64, length)
	t.count = 0
	// Start behind an empty slot, so that no run of entries is cut: the order in
	// which a table is filled must not depend on how it wraps.
	start := 0
	for start < len(old) && uint32(old[start]) != 0 {
		start++
	}
	for n := range old {
		i := start + n
		if i >= len(old) {
			i -= len(old)
		}
		s := old[i]
		id := uint32(s)
		if id == 0 || id <= drop {
			continue
		}
		tag := uint32(s >> 32)
		t.slots[t.find(tag, t.home(tag))] = uint64(tag)<<32 | uint64(id-drop)
		t.count++
	}
}

// expire drops the ids up to drop, and gives back memory that is no longer used.
func (t *table) expire(drop uint32) {
	left := 0
	for _, s := range t.slots {
		if id := uint32(s); id > drop {
			left++
		}
	}
	length := len(t.slots)
	if fit := slotsFor(left); fit < length/2 {
		// Leave room for as much again, or it grows straight away.
		length = max(minSlots, fit*growthUnder/growthOver)
	}
	t.rebuild(length, drop)
}
