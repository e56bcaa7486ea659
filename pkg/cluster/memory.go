package cluster

import "math/bits"

// memory maps 64-bit hashes to 64-bit values, open-addressed, 16 bytes a slot.
// The hash 0 marks an empty slot; keys are moved off it.
type memory struct {
	slots []slot
	n     int
}

type slot struct{ key, value uint64 }

const memoryMin = 64

func newMemory() memory {
	return memory{slots: make([]slot, memoryMin)}
}

// find returns where key stands or would stand. Homes rise with the keys, so a
// rebuilt table is written from front to back.
func (m *memory) find(key uint64) int {
	h, _ := bits.Mul64(key, uint64(len(m.slots)))
	i := int(h)
	for m.slots[i].key != key && m.slots[i].key != 0 {
		i++
		if i == len(m.slots) {
			i = 0
		}
	}
	return i
}

func (m *memory) get(key uint64) (value uint64, ok bool) {
	s := &m.slots[m.find(max(key, 1))]
	return s.value, s.key != 0
}

func (m *memory) set(key, value uint64) {
	key = max(key, 1)
	s := &m.slots[m.find(key)]
	if s.key == 0 {
		s.key = key
		m.n++
		s.value = value
		if m.n*5 > len(m.slots)*4 {
			m.rebuild(len(m.slots)*3/2, func(uint64) bool { return true })
		}
		return
	}
	s.value = value
}

// retain drops the entries that keep refuses and gives back unused memory.
func (m *memory) retain(keep func(value uint64) bool) {
	left := 0
	for i := range m.slots {
		if m.slots[i].key != 0 && keep(m.slots[i].value) {
			left++
		}
	}
	length := len(m.slots)
	if fit := max(memoryMin, left/4*5+5); fit < length/2 {
		length = max(memoryMin, fit*3/2)
	}
	m.rebuild(length, keep)
}

func (m *memory) rebuild(length int, keep func(value uint64) bool) {
	old := m.slots
	m.slots = make([]slot, length)
	m.n = 0
	for i := range old {
		if old[i].key != 0 && keep(old[i].value) {
			m.slots[m.find(old[i].key)] = old[i]
			m.n++
		}
	}
}

func (m *memory) bytes() int64 { return int64(len(m.slots)) * 16 }
