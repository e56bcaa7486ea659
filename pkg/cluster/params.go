package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"palermo.internal/pkg/lsh"
	"palermo.internal/pkg/minhash"
)

// Params decide which adverts are joined. Two assigners with equal parameters
// that are given the same log reach the same state.
type Params struct {
	// Slots is the number k of slots of a signature, 8 to minhash.MaxSlots.
	Slots int `yaml:"slots"`
	// Bands and Rows cut the signature; Bands*Rows is at most Slots.
	Bands int `yaml:"bands"`
	Rows  int `yaml:"rows"`
	// Threshold is the Jaccard similarity, in (0,1], from which an advert belongs
	// to a cluster.
	Threshold float64 `yaml:"threshold"`
	// MergeMargin is how far below the threshold the similarity of two
	// representatives may be for their clusters to be merged, in [0,Threshold).
	MergeMargin float64 `yaml:"merge_margin"`
	// MinShingles is the number of distinct shingles, 1 or more, below which a
	// text is joined with texts of exactly the same words only: in a few words
	// too much is alike by chance.
	MinShingles int `yaml:"min_shingles"`
	// Window is how long an advert is remembered, at least an hour a generation.
	Window time.Duration `yaml:"window"`
	// Generations is the number of parts that the window is dropped in, 1 to 64.
	// An advert is remembered for the window and at most one part more.
	Generations int `yaml:"generations"`
	// MaxAds bounds the memory: the number of adverts that are remembered, above
	// which the oldest part of the window is dropped early. At least 1000 a
	// generation. An advert takes about 500 bytes.
	MaxAds int `yaml:"max_ads"`
	// ExactBytes is the memory for the shingles of representatives, 0 to 2^40. With
	// them a comparison that the sketches leave within exactMargin of the threshold
	// is made exactly. Those of the latest clusters and of clusters in use are kept.
	ExactBytes int64 `yaml:"exact_bytes"`
	// Seed keys the hashing, so that nobody who does not know it can aim an advert
	// at a bucket. A change of seed is a change of parameters.
	Seed uint64 `yaml:"seed"`
}

// DefaultParams returns the parameters that Palermo ships. The package comment has
// what they were chosen by. Set a Seed of your own.
func DefaultParams() Params {
	return Params{
		Slots:       128,
		Bands:       16,
		Rows:        7,
		Threshold:   0.75,
		MergeMargin: 0.10,
		MinShingles: 16,
		Window:      90 * 24 * time.Hour,
		Generations: 3,
		MaxAds:      10_000_000,
		ExactBytes:  64 << 20,
		Seed:        0x70616c65726d6f31,
	}
}

// Validate checks all values and returns all problems, joined.
func (p Params) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Slots < 8 || p.Slots > minhash.MaxSlots {
		bad("slots: is %d, want 8 to %d", p.Slots, minhash.MaxSlots)
	}
	if err := p.layout().Validate(p.Slots); err != nil {
		bad("bands, rows: %w", err)
	}
	if !(p.Threshold > 0 && p.Threshold <= 1) {
		bad("threshold: is %v, want above 0 and at most 1", p.Threshold)
	}
	if !(p.MergeMargin >= 0 && p.MergeMargin < p.Threshold) {
		bad("merge_margin: is %v, want 0 to less than the threshold", p.MergeMargin)
	}
	if p.MinShingles < 1 {
		bad("min_shingles: is %d, want 1 or more", p.MinShingles)
	}
	if p.ExactBytes < 0 || p.ExactBytes > 1<<40 {
		bad("exact_bytes: is %d, want 0 to 2^40", p.ExactBytes)
	}
	if p.Generations < 1 || p.Generations > 64 {
		bad("generations: is %d, want 1 to 64", p.Generations)
	} else {
		if p.Window < time.Duration(p.Generations)*time.Hour {
			bad("window: is %v, want at least an hour for each of %d generations", p.Window, p.Generations)
		}
		if p.MaxAds < 1000*p.Generations || int64(p.MaxAds) > math.MaxInt32 {
			bad("max_ads: is %d, want 1000 for each of %d generations to %d", p.MaxAds, p.Generations, math.MaxInt32)
		}
	}
	return errors.Join(errs...)
}

// Fingerprint returns a hash of the parameters. The seed cannot be told from it.
func (p Params) Fingerprint() [32]byte {
	b := []byte("palermo cluster parameters 1\x00")
	for _, v := range []uint64{
		uint64(p.Slots), uint64(p.Bands), uint64(p.Rows),
		math.Float64bits(p.Threshold), math.Float64bits(p.MergeMargin),
		uint64(p.MinShingles), uint64(p.Window), uint64(p.Generations), uint64(p.MaxAds), uint64(p.ExactBytes), p.Seed,
		minhash.ShingleWeight,
	} {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return sha256.Sum256(b)
}

func (p Params) layout() lsh.Layout { return lsh.Layout{Bands: p.Bands, Rows: p.Rows} }

// The two halves of the seed are used apart: one for shingles and slots, one for
// buckets.
func (p Params) shingleSeed() uint32 { return uint32(p.Seed) }
func (p Params) bandSeed() uint32    { return uint32(p.Seed >> 32) }

// key makes a key of the first 8 bytes of an id, one to one. Whoever chooses ids
// must not be able to choose where they stand in a table.
func (p *Params) key(id []byte) uint64 {
	x := binary.BigEndian.Uint64(id) ^ p.Seed
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
