package lsh

import "math/bits"

// A table grows by half when it is more than 3/5 full: probes stay short, and it
// takes 13 to 20 bytes an entry. At 4/5 an insert took 8% longer.
const (
	minSlots    = 64
	loadOver    = 5
	loadUnder   = 3
	growthOver  = 2
	growthUnder = 3
)

// table maps the keys of one band to ids. A slot is tag<<32 | id; id 0 means that
// it is empty. Its home is the tag scaled to the length of the table, so homes
// rise with the tags and a rebuilt table is written from front to back.
//
// From its home a probe goes round the line of 8 slots (64 bytes, what memory
// hands out at once), and only then to the next line. A probe that just went on
// to the next slot would wait for a second line in one case of five, and that
// cost a quarter of an insert.
type table struct {
	slots []uint64
	count int
	limit int // the count at which it grows
}

const lineSlots = 8

// slotsFor returns the least length that holds n entries without growing.
// It is a whole number of lines.
func slotsFor(n int) int { return lines(max(minSlots, n/loadUnder*loadOver+loadOver)) }

func lines(slots int) int { return (slots + lineSlots - 1) / lineSlots * lineSlots }

func (t *table) home(tag uint32) uint {
	hi, _ := bits.Mul64(uint64(tag)<<32, uint64(len(t.slots)))
	return uint(hi)
}

// find returns where tag stands, or the empty slot where it would stand.
func (t *table) find(tag uint32) uint {
	i := t.home(tag)
	if s := t.slots[i]; uint32(s) == 0 || uint32(s>>32) == tag {
		return i
	}
	return t.probe(tag, i)
}

func (t *table) probe(tag uint32, home uint) uint {
	slots := t.slots
	line := home &^ (lineSlots - 1)
	for {
		for j := range uint(lineSlots) {
			i := line | (home+j)&(lineSlots-1)
			if s := slots[i]; uint32(s) == 0 || uint32(s>>32) == tag {
				return i
			}
		}
		if line += lineSlots; line >= uint(len(slots)) {
			line = 0
		}
	}
}

// reset makes the table empty, with so many slots.
func (t *table) reset(length int) {
	t.slots = make([]uint64, length)
	adviseHuge(t.slots)
	t.count = 0
	t.limit = length/loadOver*loadUnder + 1
}

// added counts an entry and grows the table if it is too full.
func (t *table) added() {
	t.count++
	if t.count >= t.limit {
		t.rebuild(lines(len(t.slots)*growthUnder/growthOver), 0)
	}
}

// rebuild moves the entries with ids above drop into a new table of the given
// length, and lowers their ids by drop.
func (t *table) rebuild(length int, drop uint32) {
	old := t.slots
	t.reset(length)
	for _, s := range old {
		id := uint32(s)
		if id == 0 || id <= drop {
			continue
		}
		tag := uint32(s >> 32)
		t.slots[t.find(tag)] = uint64(tag)<<32 | uint64(id-drop)
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
		length = lines(fit * growthUnder / growthOver)
	}
	t.rebuild(length, drop)
}
