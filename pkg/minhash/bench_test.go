package minhash

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var sink any

func prepared(tb testing.TB) []byte {
	tb.Helper()
	p := Prepare(nil, []byte(advert))
	require.Len(tb, strings.Fields(string(p)), 100)
	return p
}

func BenchmarkPrepare(b *testing.B) {
	text := []byte(advert)
	var dst []byte
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		dst = Prepare(dst[:0], text)
	}
	sink = dst
}

// BenchmarkShingleHash is the floor: what cannot be saved by a better signature.
func BenchmarkShingleHash(b *testing.B) {
	text := prepared(b)
	var shingles []uint32
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		shingles = AppendShingles(shingles[:0], text, 1)
	}
	sink = shingles
}

// BenchmarkSignature makes a signature from a prepared text.
func BenchmarkSignature(b *testing.B) {
	for _, k := range []struct {
		name  string
		slots int
	}{{"k=128", 128}, {"k=256", 256}} {
		b.Run(k.name, func(b *testing.B) {
			text := prepared(b)
			s, err := NewSigner(k.slots, 1)
			require.NoError(b, err)
			var shingles, sig []uint32
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				shingles = AppendShingles(shingles[:0], text, 1)
				sig = s.AppendSignature(sig[:0], shingles)
			}
			sink = sig
		})
	}
}

// BenchmarkSignatureOverFloor measures both side by side and reports how many
// times the floor a signature costs, and both as ns an advert.
func BenchmarkSignatureOverFloor(b *testing.B) {
	text := prepared(b)
	s, err := NewSigner(128, 1)
	require.NoError(b, err)
	var shingles, sig []uint32
	var floor, all time.Duration
	const run = 100
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		for range run {
			shingles = AppendShingles(shingles[:0], text, 1)
		}
		middle := time.Now()
		for range run {
			shingles = AppendShingles(shingles[:0], text, 1)
			sig = s.AppendSignature(sig[:0], shingles)
		}
		floor += middle.Sub(start)
		all += time.Since(middle)
		n += run
	}
	sink = sig
	b.ReportMetric(float64(floor.Nanoseconds())/float64(n), "floor-ns/ad")
	b.ReportMetric(float64(all.Nanoseconds())/float64(n), "signature-ns/ad")
	b.ReportMetric(float64(all)/float64(floor), "x-floor")
}

// BenchmarkSigning is all that an advert costs before it is looked up: text to
// distinct shingles, odd sketch and signature.
func BenchmarkSigning(b *testing.B) {
	text := []byte(advert)
	s, err := NewSigner(128, 1)
	require.NoError(b, err)
	var set Set
	var p []byte
	var shingles, sig []uint32
	var sketch []uint64
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p = Prepare(p[:0], text)
		shingles = AppendShingles(shingles[:0], p, 1)
		distinct := set.Distinct(shingles)
		sig = s.AppendSignature(sig[:0], distinct)
		sketch = AppendSketch(sketch[:0], distinct)
	}
	sink = sketch
}

func BenchmarkSketchSimilarity(b *testing.B) {
	x, y := pair(800, .75, 1)
	a, c := AppendSketch(nil, x), AppendSketch(nil, y)
	b.ReportAllocs()
	var j float64
	for b.Loop() {
		j += SketchSimilarity(a, len(x), c, len(y))
	}
	sink = j
}
