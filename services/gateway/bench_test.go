package gateway

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

type noProducer struct{}

func (noProducer) Write(context.Context, []stream.Message) error { return nil }

func BenchmarkPostAds(b *testing.B) {
	full, err := os.ReadFile("../../pkg/ad/testdata/full.json")
	require.NoError(b, err)
	const ads = 1000
	var lines strings.Builder
	for i := range ads {
		lines.WriteString(strings.Replace(string(full), "4711", fmt.Sprint(i), 1))
	}
	for _, bb := range []struct {
		name, contentType, body string
		header                  []string
		ads                     int
	}{
		{"one", typeJSON, strings.TrimSpace(string(full)), nil, 1},
		{"feed", typeNDJSON, lines.String(), nil, ads},
		{"feed packed", typeNDJSON, pack(b, lines.String()), []string{"Content-Encoding", "gzip"}, ads},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := newFixture(b, func(c *Config, d *Deps) {
				d.Producer = noProducer{}
				c.Rate = RateConfig{AdsPerSecond: 1e12, Burst: 1 << 40}
			})
			b.ReportAllocs()
			b.SetBytes(int64(len(full) * bb.ads))
			for b.Loop() {
				w := httptest.NewRecorder()
				f.Handler().ServeHTTP(w, newPost(bb.contentType, bb.body, bb.header...))
				if w.Code != http.StatusAccepted {
					b.Fatal(w.Body.String())
				}
			}
			b.ReportMetric(float64(b.N*bb.ads)/b.Elapsed().Seconds(), "ads/s")
		})
	}
}
