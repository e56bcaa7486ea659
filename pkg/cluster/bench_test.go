package cluster

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// feedOf makes n adverts of 100 words (some 600 bytes). Of three, one is an edited
// re-post of an earlier one; of the others copies say how many are exact copies, in
// hundredths.
func feedOf(n, copies int) []Ad {
	r := rand.New(rand.NewPCG(3, 4))
	vocabulary := words(12345, 5000)
	out := make([]Ad, n)
	bodies := make([][]string, n)
	for i := range out {
		var w []string
		switch {
		case i > 0 && r.IntN(100) < copies:
			w = bodies[r.IntN(i)]
		case i > 0 && r.IntN(3) == 0:
			w = append(w, bodies[r.IntN(i)]...)
			for range r.IntN(8) {
				w[r.IntN(len(w))] = vocabulary[r.IntN(len(vocabulary))]
			}
		default:
			for range 100 {
				w = append(w, vocabulary[r.IntN(len(vocabulary))])
			}
		}
		bodies[i] = w
		out[i] = Ad{DocID: ad.DocID("bench", fmt.Sprint(i)), Folded: []byte(strings.Join(w, " "))}
	}
	return out
}

// BenchmarkCore is the whole way from folded text to cluster, in memory, on one
// core: time and memory an advert.
func BenchmarkCore(b *testing.B) {
	for _, tt := range []struct {
		name   string
		copies int
	}{{"a third re-posted", 0}, {"half exact copies", 50}} {
		ads := feedOf(200_000, tt.copies)
		b.Run(tt.name, func(b *testing.B) {
			b.ReportAllocs()
			var signing, assigning time.Duration
			var stats Stats
			for b.Loop() {
				a := newAssigner(b, DefaultParams())
				s := a.NewSigner()
				signed := make([]Signed, 1000)
				for at := 0; at < len(ads); at += len(signed) {
					start := time.Now()
					for i := range signed {
						require.NoError(b, s.Sign(ads[at+i], &signed[i]))
					}
					middle := time.Now()
					for i := range signed {
						_, err := a.Assign(uint64(at+i)+1, &signed[i])
						require.NoError(b, err)
					}
					signing += middle.Sub(start)
					assigning += time.Since(middle)
				}
				stats = a.Stats()
			}
			n := float64(b.N * len(ads))
			b.ReportMetric(float64(signing.Nanoseconds())/n, "sign-ns/ad")
			b.ReportMetric(float64(assigning.Nanoseconds())/n, "assign-ns/ad")
			b.ReportMetric(float64((signing+assigning).Nanoseconds())/n, "ns/ad")
			b.ReportMetric(float64(stats.Bytes)/float64(len(ads)), "bytes/ad")
			b.ReportMetric(float64(stats.Compared)/float64(len(ads)), "compared/ad")
			b.ReportMetric(float64(stats.Exact)/float64(len(ads)), "exact/ad")
		})
	}
}

// BenchmarkMemory is the memory of a million adverts without a copy among them,
// each a cluster of its own: the worst case.
func BenchmarkMemory(b *testing.B) {
	const n = 1_000_000
	r := rand.New(rand.NewPCG(5, 6))
	vocabulary := words(12345, 5000)
	for b.Loop() {
		a := newAssigner(b, DefaultParams())
		s := a.NewSigner()
		var signed Signed
		var body []byte
		for i := range n {
			body = body[:0]
			for range 100 {
				body = append(append(body, vocabulary[r.IntN(len(vocabulary))]...), ' ')
			}
			require.NoError(b, s.Sign(Ad{DocID: ad.DocID("bench", fmt.Sprint(i)), Folded: body}, &signed))
			_, err := a.Assign(uint64(i)+1, &signed)
			require.NoError(b, err)
		}
		require.Equal(b, n, a.Stats().Clusters)
		b.ReportMetric(float64(a.Stats().Bytes)/n, "bytes/ad")
		b.ReportMetric(float64(a.index.Bytes())/n, "index-bytes/ad")
	}
}

// BenchmarkHot is one text again and again, by ever new adverts.
func BenchmarkHot(b *testing.B) {
	a := newAssigner(b, DefaultParams())
	s := a.NewSigner()
	var signed Signed
	body := []byte(strings.Join(words(1, 100), " "))
	ids := make([]string, 100_000)
	for i := range ids {
		ids[i] = ad.DocID("bench", fmt.Sprint(i))
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		require.NoError(b, s.Sign(Ad{DocID: ids[i%len(ids)], Folded: body}, &signed))
		_, err := a.Assign(uint64(i)+1, &signed)
		require.NoError(b, err)
		i++
	}
}

func BenchmarkSnapshot(b *testing.B) {
	a := newAssigner(b, DefaultParams())
	s := a.NewSigner()
	var signed Signed
	for i, x := range feedOf(50_000, 0) {
		require.NoError(b, s.Sign(x, &signed))
		_, err := a.Assign(uint64(i)+1, &signed)
		require.NoError(b, err)
	}
	b.ReportAllocs()
	for b.Loop() {
		w := &counter{}
		require.NoError(b, a.Snapshot(w))
		b.SetBytes(w.n)
	}
}

type counter struct{ n int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

var _ io.Writer = (*counter)(nil)
