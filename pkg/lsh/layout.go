package lsh

import (
	"fmt"
	"math"
)

// MaxBands is the largest number of bands of a Layout.
const MaxBands = 64

// Layout says how a signature is cut into bands.
type Layout struct {
	// Bands is the number of bands, 1 to MaxBands.
	Bands int
	// Rows is the number of slots in a band, 1 or more. The first Bands*Rows
	// slots of a signature are used.
	Rows int
}

// Validate checks the layout against a signature of k slots.
func (l Layout) Validate(k int) error {
	if l.Bands < 1 || l.Bands > MaxBands {
		return fmt.Errorf("bands is %d, want 1 to %d", l.Bands, MaxBands)
	}
	if l.Rows < 1 || l.Rows > k || l.Bands*l.Rows > k {
		return fmt.Errorf("%d bands of %d rows do not fit into a signature of %d slots", l.Bands, l.Rows, k)
	}
	return nil
}

// AppendKeys appends one bucket key a band, in the order of the bands, to dst and
// returns the extended slice. The seed decides which signatures collide. The
// signature must have at least Bands*Rows slots.
func (l Layout) AppendKeys(dst, signature []uint32, seed uint32) []uint32 {
	for band := range l.Bands {
		h := uint64(seed)<<32 | uint64(band)
		for _, slot := range signature[band*l.Rows : (band+1)*l.Rows] {
			h = (h ^ uint64(slot)) * 0x9e3779b97f4a7c15
			h ^= h >> 29
		}
		h *= 0xbf58476d1ce4e5b9
		dst = append(dst, uint32(h>>32))
	}
	return dst
}

// Probability returns the chance, in [0,1], that a pair of similarity j shares at
// least one band.
func (l Layout) Probability(j float64) float64 {
	return 1 - math.Pow(1-math.Pow(j, float64(l.Rows)), float64(l.Bands))
}
