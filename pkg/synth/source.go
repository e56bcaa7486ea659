package synth

import (
	"math/bits"
	"math/rand/v2"
)

// source is the randomness of one advert. PCG is part of math/rand/v2's
// compatibility promise, so that feeds stay the same across Go releases.
type source struct{ pcg rand.PCG }

// seed starts the stream number n of a family of streams. Streams of one
// family are independent, so that an advert can be made again without those
// before it.
func (s *source) seed(family, n uint64) {
	s.pcg.Seed(mix(family), mix(n^0x9e3779b97f4a7c15))
}

// intn returns a number in [0, n); n must be positive. The bias of the
// multiply is below n/2^64.
func (s *source) intn(n int) int {
	hi, _ := bits.Mul64(s.pcg.Uint64(), uint64(n))
	return int(hi)
}

// between returns a number in [low, high].
func (s *source) between(low, high int) int { return low + s.intn(high-low+1) }

// float returns a number in [0, 1).
func (s *source) float() float64 { return float64(s.pcg.Uint64()>>11) / (1 << 53) }

// chance reports true with probability p.
func (s *source) chance(p float64) bool { return s.float() < p }

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014): it spreads
// neighbouring numbers over the whole range.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
