package clusterer

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

// BenchmarkHandle is the stage without Kafka, from record to message: batches of
// 1000 adverts, one in three a near copy.
func BenchmarkHandle(b *testing.B) {
	const n, batch = 20_000, 1000
	records := make([]stream.Record, n)
	for i := range records {
		records[i] = record(b, int64(i), advert(fmt.Sprint(i), body(i-i%3, 10, i%3, i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		h := newHandler(b, DefaultConfig())
		for at := 0; at < n; at += batch {
			_, err := h.Handle(context.Background(), records[at:at+batch])
			require.NoError(b, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/ad")
}
