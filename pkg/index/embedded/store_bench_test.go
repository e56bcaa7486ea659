package embedded_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/indextest"
)

// benchDocs makes adverts of about 600 bytes of text over a wide vocabulary.
func benchDocs(b *testing.B, n int) []index.Document {
	b.Helper()
	vocabulary := strings.Fields(strings.Repeat("gaji tinggi customer service bavet visa tanpa pengalaman kerja luar negeri gratis mess makan paspor admin online operator call center bonus bulan dolar usia minimal lulusan segera hubungi ", 3))
	state := uint64(1)
	next := func(m int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int(state>>33) % m
	}
	docs := make([]index.Document, n)
	for i := range docs {
		var t strings.Builder
		for t.Len() < 600 {
			t.WriteString(vocabulary[next(len(vocabulary))])
			if next(6) == 0 {
				t.WriteString(ad.DocID("w", string(rune('a'+next(2000))))[:6])
			}
			t.WriteByte(' ')
		}
		docs[i] = indextest.AdWith(b, i, uint64(i)+1, "Lowongan kerja operator", t.String())
	}
	return docs
}

func BenchmarkWrite(b *testing.B) {
	for _, c := range []struct {
		name    string
		batch   int
		writers int
	}{{"batch=500", 500, 1}, {"batch=1000", 1000, 1}, {"batch=1000,writers=2", 1000, 2}, {"batch=1000,writers=4", 1000, 4}} {
		b.Run(c.name, func(b *testing.B) {
			docs := benchDocs(b, b.N)
			s := open(b, b.TempDir())
			var bytes int64
			for i := range docs {
				bytes += int64(len(docs[i].Body))
			}
			b.SetBytes(bytes / int64(len(docs)))
			b.ReportAllocs()
			b.ResetTimer()
			next := make(chan []index.Document)
			var wg sync.WaitGroup
			for range c.writers {
				wg.Go(func() {
					for batch := range next {
						if _, err := s.Write(b.Context(), batch); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for i := 0; i < len(docs); i += c.batch {
				next <- docs[i:min(i+c.batch, len(docs))]
			}
			close(next)
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "docs/s")
			n, err := s.Count(b.Context(), index.KindAds)
			require.NoError(b, err)
			require.EqualValues(b, len(docs), n)
		})
	}
}
