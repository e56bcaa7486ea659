package minhash

import "math/bits"

// Set drops repetitions from lists of shingle hashes. The zero value is ready;
// its table is kept from one list to the next. It is not safe for concurrent use.
type Set struct {
	slots []uint64 // round<<32 | hash; a slot of another round is empty
	round uint32
}

// Distinct keeps the first occurrence of every hash and returns the shortened
// slice, which shares its array with the argument.
func (s *Set) Distinct(hashes []uint32) []uint32 {
	if len(hashes) < 2 {
		return hashes
	}
	size := 1 << bits.Len(uint(2*len(hashes)-1))
	if len(s.slots) < size {
		s.slots = make([]uint64, size)
		s.round = 0
	}
	s.round++
	if s.round == 0 {
		clear(s.slots)
		s.round = 1
	}
	slots := s.slots[:size]
	mask := uint32(size - 1)
	round := uint64(s.round) << 32
	kept := hashes[:0]
next:
	for _, h := range hashes {
		want := round | uint64(h)
		i := h & mask
		for slots[i]>>32 == round>>32 {
			if slots[i] == want {
				continue next
			}
			i = (i + 1) & mask
		}
		slots[i] = want
		kept = append(kept, h)
	}
	return kept
}
