package normalizer

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/datatest"
)

// sample is an advert of some 600 bytes with what adverts have: pay, places and
// two contacts.
const sample = `DIBUTUHKAN SEGERA! Customer service online untuk penempatan Sihanoukville, Kamboja.
Syarat: pria/wanita usia 18-35 tahun, bisa mengetik, jujur dan disiplin, pendidikan minimal SMA.
Tanpa pengalaman, akan dilatih sampai bisa. Jam kerja 08.00 - 20.00, libur 2 hari sebulan.
Gaji Rp 12.000.000 - 15.000.000 per bulan ditambah bonus dan komisi. Tiket pesawat, visa, makan dan
tempat tinggal ditanggung perusahaan. Proses cepat, berangkat minggu depan, paspor dibantu.
Kirim foto dan KTP ke WhatsApp 0812-0000-12345 atau email hrd.loker@example.com sekarang juga,
tempat terbatas!`

var sink *adpb.NormalizedAd

func BenchmarkNormalize(b *testing.B) {
	for name, text := range map[string]string{
		"ascii":   sample,
		"unicode": strings.ReplaceAll(strings.ReplaceAll(sample, ".", " •"), "a", "а"),
		"html":    "<p>" + strings.ReplaceAll(sample, "\n", "</p>\n<p>") + "</p>",
	} {
		b.Run(name, func(b *testing.B) {
			n := normalizer(b)
			a := advert("LOWONGAN KERJA LUAR NEGERI", text)
			a.Seller = &ad.Seller{ID: "s1", Name: "Agen Kerja"}
			a.Category = "jobs"
			a.Location = &ad.Location{Country: "ID", City: "Jakarta Raya"}
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				sink = n.normalize(a)
			}
		})
	}
}

func realAdverts(tb testing.TB, name string) []*ad.Ad {
	tb.Helper()
	f, err := os.Open(datatest.File(tb, name))
	require.NoError(tb, err)
	defer func() { require.NoError(tb, f.Close()) }()
	s := bufio.NewScanner(f)
	s.Buffer(nil, ad.MaxMessageBytes)
	var out []*ad.Ad
	for s.Scan() {
		a, err := ad.Decode(s.Bytes())
		require.NoError(tb, err)
		out = append(out, a)
	}
	require.NoError(tb, s.Err())
	return out
}

func BenchmarkNormalizeReal(b *testing.B) {
	for _, name := range []string{"jobs_id/jobs_id.ndjson", "fake_jobs/fake_jobs.ndjson"} {
		b.Run(name, func(b *testing.B) {
			n, ads := normalizer(b), realAdverts(b, name)
			size := 0
			for _, a := range ads {
				size += len(a.Title) + len(a.Text)
			}
			b.ReportAllocs()
			b.SetBytes(int64(size / len(ads)))
			i := 0
			for b.Loop() {
				sink = n.normalize(ads[i%len(ads)])
				i++
			}
		})
	}
}
