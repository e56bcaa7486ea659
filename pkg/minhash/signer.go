package minhash

import (
	"fmt"
	"math"
	"math/bits"
)

// MaxSlots is the largest number of slots that a signature may have.
const MaxSlots = 1024

// Empty is the value of every slot in the signature of a set without shingles.
const Empty uint32 = math.MaxUint32

// Signer makes MinHash signatures by one-permutation hashing with optimal
// densification: the range of the hash is cut into k bins, a slot is the least
// hash that falls into its bin, and a bin that stays empty borrows from a bin
// that is drawn by a hash of the empty bin's number alone, so that two similar
// sets borrow from the same place.
//
// Its methods may be called from several goroutines.
type Signer struct {
	k    uint64
	seed uint32
}

// NewSigner returns a Signer of signatures with k slots, 8 to MaxSlots. The seed
// decides where empty slots borrow; the shingles carry a seed of their own.
func NewSigner(k int, seed uint32) (*Signer, error) {
	if k < 8 || k > MaxSlots {
		return nil, fmt.Errorf("make a signer: k is %d, want 8 to %d", k, MaxSlots)
	}
	return &Signer{k: uint64(k), seed: seed}, nil
}

// Slots returns the number of slots of a signature.
func (s *Signer) Slots() int { return int(s.k) }

// AppendSignature appends the signature of a set of shingle hashes to dst and
// returns the extended slice. Repetitions among the shingles change nothing, and
// neither does their order. The signature of no shingles is all Empty.
func (s *Signer) AppendSignature(dst, shingles []uint32) []uint32 {
	k := s.k
	start := len(dst)
	dst = append(dst, blank[:k]...)
	sig := dst[start:]
	if k&(k-1) == 0 {
		// The bin is the hash's first bits: the same as below, without a product.
		shift := uint(32 - bits.TrailingZeros64(k))
		for _, h := range shingles {
			if bin := uint(h >> (shift & 31)); bin < uint(len(sig)) {
				sig[bin] = min(sig[bin], h)
			}
		}
	} else {
		for _, h := range shingles {
			if bin := uint64(h) * k >> 32; bin < uint64(len(sig)) {
				sig[bin] = min(sig[bin], h)
			}
		}
	}
	if len(shingles) > 0 {
		s.densify(sig)
	}
	return dst
}

// blank is the signature of no shingles.
var blank = func() (b [MaxSlots]uint32) {
	for i := range b {
		b[i] = Empty
	}
	return b
}()

// densify fills the empty bins. Bins that were filled here do not lend, which is
// why the bins that had a shingle are noted first.
func (s *Signer) densify(sig []uint32) {
	var full [MaxSlots / 64]uint64
	empty := 0
	for i, h := range sig {
		if h == Empty {
			empty++
			continue
		}
		full[i>>6] |= 1 << (i & 63)
	}
	if empty == 0 || empty == len(sig) {
		return
	}
	for i, h := range sig {
		if h == Empty {
			sig[i] = sig[s.lender(uint64(i), &full)]
		}
	}
}

// maxDraws bounds the search for a lender; after it the next full bin lends. It
// is reached by sets of a handful of shingles alone.
const maxDraws = 256

func (s *Signer) lender(bin uint64, full *[MaxSlots / 64]uint64) uint64 {
	x := bin<<32 | uint64(s.seed)
	var j uint64
	for range maxDraws {
		// SplitMix64: a full-period sequence that starts from the bin.
		x += 0x9e3779b97f4a7c15
		z := (x ^ x>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		j, _ = bits.Mul64(z, s.k)
		if full[j>>6]&(1<<(j&63)) != 0 {
			return j
		}
	}
	for full[j>>6]&(1<<(j&63)) == 0 {
		j = (j + 1) % s.k
	}
	return j
}
