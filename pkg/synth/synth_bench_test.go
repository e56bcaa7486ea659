package synth

import "testing"

func BenchmarkNext(b *testing.B) {
	o := DefaultOptions()
	o.Ads = b.N + 1
	g, err := New(o)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	bytes := 0
	b.ResetTimer()
	for range b.N {
		item, _ := g.Next()
		bytes += len(item.JSON)
	}
	b.SetBytes(int64(bytes / b.N))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ads/s")
}
