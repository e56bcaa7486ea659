package minhash

import "math/bits"

// Set drops repetitions from lists of shingle hashes, and counts what two lists
// have in common. The zero value is ready;
// its table is kept from one list to the next. It is not safe for concurrent use.
type Set struct {
	slots []uint64 // round<<32 | hash; a slot of another round is empty
	round uint32
	mask  uint32
}

// Distinct keeps the first occurrence of every hash and returns the shortened
// slice, which shares its array with the argument.
func (s *Set) Distinct(hashes []uint32) []uint32 {
	if len(hashes) < 2 {
		return hashes
	}
	s.grow(len(hashes))
	slots := s.slots[:s.mask+1]
	mask := s.mask
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

// Load makes the set hold the given hashes, which must be distinct, and nothing
// else, for Count.
func (s *Set) Load(distinct []uint32) {
	s.grow(len(distinct))
	for _, h := range distinct {
		i := h & s.mask
		for s.slots[i]>>32 == uint64(s.round) {
			i = (i + 1) & s.mask
		}
		s.slots[i] = uint64(s.round)<<32 | uint64(h)
	}
}

// Count returns how many of the hashes are among those of the last Load.
func (s *Set) Count(hashes []uint32) int {
	if len(s.slots) == 0 {
		return 0
	}
	n := 0
	for _, h := range hashes {
		want := uint64(s.round)<<32 | uint64(h)
		i := h & s.mask
		for s.slots[i]>>32 == uint64(s.round) {
			if s.slots[i] == want {
				n++
				break
			}
			i = (i + 1) & s.mask
		}
	}
	return n
}

// grow starts a new round with room for n hashes.
func (s *Set) grow(n int) {
	size := 1 << bits.Len(uint(2*max(n, 1)-1))
	if len(s.slots) < size {
		s.slots = make([]uint64, size)
		s.round = 0
	}
	s.round++
	if s.round == 0 {
		clear(s.slots)
		s.round = 1
	}
	s.mask = uint32(size - 1)
}
