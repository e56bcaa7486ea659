package lsh

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var sink any

// ads are band keys like those of a stream in which one advert in three is a near
// copy of an earlier one and shares half of its bands.
func ads(n, bands int) [][]uint32 {
	r := rand.New(rand.NewPCG(1, 2))
	flat := make([]uint32, n*bands)
	out := make([][]uint32, n)
	for i := range out {
		out[i] = flat[i*bands : (i+1)*bands]
		var of []uint32
		if i > 0 && r.IntN(3) == 0 {
			of = out[r.IntN(i)]
		}
		for b := range out[i] {
			if of != nil && r.IntN(2) == 0 {
				out[i][b] = of[b]
			} else {
				out[i][b] = r.Uint32()
			}
		}
	}
	return out
}

// BenchmarkInsert fills an index with a million adverts and reports what one
// costs, in time and memory: with room made and touched at the start, and grown
// from nothing.
func BenchmarkInsert(b *testing.B) {
	const n = 1_000_000
	for _, bands := range []int{16, 21} {
		keys := ads(n, bands)
		for _, prepared := range []bool{true, false} {
			name := "bands=" + strconv.Itoa(bands) + "/grown"
			if prepared {
				name = "bands=" + strconv.Itoa(bands) + "/prefaulted"
			}
			b.Run(name, func(b *testing.B) {
				b.ReportAllocs()
				var spent time.Duration
				var bytes, found int
				var ids []uint32
				for b.Loop() {
					c := Config{Bands: bands}
					if prepared {
						c.Capacity = n
					}
					x, err := New(c)
					require.NoError(b, err)
					x.Prefault()
					start := time.Now()
					for i, k := range keys {
						ids = x.Insert(uint32(i+1), k, ids[:0])
						found += len(ids)
					}
					spent += time.Since(start)
					bytes += int(x.Bytes())
				}
				sink = found
				b.ReportMetric(float64(spent.Nanoseconds())/float64(b.N)/n, "ns/ad")
				b.ReportMetric(float64(bytes)/float64(b.N)/n, "bytes/ad")
			})
		}
	}
}

// BenchmarkExpire drops half of a million adverts at once.
func BenchmarkExpire(b *testing.B) {
	const n, bands = 1_000_000, 21
	keys := ads(n, bands)
	b.ReportAllocs()
	var spent time.Duration
	for b.Loop() {
		x, err := New(Config{Bands: bands, Capacity: n})
		require.NoError(b, err)
		for i, k := range keys {
			x.Insert(uint32(i+1), k, nil)
		}
		start := time.Now()
		x.Expire(n / 2)
		spent += time.Since(start)
	}
	b.ReportMetric(float64(spent.Milliseconds())/float64(b.N), "ms/drop")
}
