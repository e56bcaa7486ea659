package minhash

import (
	"math"
	"math/bits"
)

// An odd sketch has at least minSketchWords and at most MaxSketchWords words of
// 64 bits. The least size makes the sketches of short texts all but exact; the
// greatest holds the shingles of 64 KiB of text.
const (
	minSketchWords = 16
	MaxSketchWords = 512
)

// SketchWords returns how many words the odd sketch of a set of n shingles
// takes: the power of two that gives each shingle at least one bit, within 16 to
// MaxSketchWords.
func SketchWords(n int) int {
	words := minSketchWords
	for words < MaxSketchWords && words*64 < n {
		words *= 2
	}
	return words
}

// AppendSketch appends the odd sketch of a set of distinct shingle hashes to dst
// and returns the extended slice: SketchWords(len(distinct)) words.
func AppendSketch(dst []uint64, distinct []uint32) []uint64 {
	start := len(dst)
	words := SketchWords(len(distinct))
	for range words {
		dst = append(dst, 0)
	}
	sketch := dst[start:]
	mask := uint32(words*64 - 1)
	for _, h := range distinct {
		b := h & mask
		sketch[b>>6] ^= 1 << (b & 63)
	}
	return dst
}

// SketchSimilarity estimates the Jaccard similarity of two sets from their odd
// sketches and their numbers of distinct shingles, in steps of 1/4096 within
// [0,1]. The steps keep the result the same on every processor. Both sketches
// must have a power of two of words; the longer one is folded onto the shorter.
//
// With m bits and d differing shingles, each bit of the exclusive or is set with
// probability (1-exp(-2d/m))/2, which is solved for d. The standard error at
// similarity .7 is near .013 for sets of 560 shingles and falls with the square
// root of their number.
func SketchSimilarity(a []uint64, na int, b []uint64, nb int) float64 {
	if len(a) > len(b) {
		a, b, na, nb = b, a, nb, na
	}
	if na <= 0 || nb <= 0 || len(a) == 0 {
		return 0
	}
	odd := 0
	if len(a) == len(b) {
		for i, w := range a {
			odd += bits.OnesCount64(w ^ b[i])
		}
	} else {
		for i, w := range a {
			for j := i; j < len(b); j += len(a) {
				w ^= b[j]
			}
			odd += bits.OnesCount64(w)
		}
	}
	m := float64(len(a) * 64)
	rest := 1 - 2*float64(odd)/m
	if rest <= 0 {
		return 0
	}
	total := float64(na + nb)
	differing := -m / 2 * math.Log(rest)
	// The difference is at least that of the sizes, and at most everything.
	differing = min(max(differing, math.Abs(float64(na-nb))), total)
	return math.Round((total-differing)/(total+differing)*4096) / 4096
}
