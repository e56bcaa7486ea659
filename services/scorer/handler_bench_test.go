package scorer

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

const benchText = "Perusahaan kami bergerak di bidang distribusi alat kesehatan dan sedang mencari kandidat untuk posisi admin penjualan. " +
	"Tugas utama adalah membuat laporan penjualan mingguan, menyiapkan faktur, memeriksa stok barang, dan membantu tim pemasaran. " +
	"Kualifikasi: pendidikan minimal SMA, pengalaman minimal satu tahun di bidang yang sama, dapat menggunakan komputer, teliti dan jujur. " +
	"Kami menawarkan gaji pokok, tunjangan makan, BPJS kesehatan dan ketenagakerjaan, serta jenjang karir yang jelas. Kirim surat lamaran dan CV."

func benchRecords(tb testing.TB, n, clusters int) []stream.Record {
	tb.Helper()
	l := &topicLog{tb: tb}
	for i := range n {
		l.add(assignment(i+1, fmt.Sprintf("c%023d", i%clusters), testAd(i, benchText)))
	}
	return l.records
}

func BenchmarkHandle(b *testing.B) {
	const n = 1000
	for _, c := range []struct {
		name     string
		clusters int
	}{{"singletons", n}, {"clusters-of-10", n / 10}, {"one-cluster", 1}} {
		b.Run(c.name, func(b *testing.B) {
			records := benchRecords(b, n, c.clusters)
			b.ReportAllocs()
			for b.Loop() {
				h := newTestHandler(b, nil)
				if _, err := h.Handle(context.Background(), records); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/ad")
		})
	}
}

// TestSingletonMemory holds the state of a cluster of one ordinary advert to
// 1.5 KB: there are millions of them.
func TestSingletonMemory(t *testing.T) {
	const n = 6000
	h := newTestHandler(t, nil)
	text := benchText
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for from := 0; from < n; from += 500 {
		l := &topicLog{tb: t}
		for i := from; i < from+500; i++ {
			l.add(assignment(i+1, fmt.Sprintf("c%023d", i), testAd(i, text)))
		}
		for i := range l.records {
			l.records[i].Offset = int64(from + i)
		}
		_, err := h.Handle(context.Background(), l.records)
		require.NoError(t, err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	each := float64(after.HeapAlloc-before.HeapAlloc) / n
	t.Logf("%.0f bytes a cluster, advert of %d bytes", each, len(text))
	require.Len(t, h.state.entries, n)
	require.Less(t, each, 1536.0)
}
