package indicator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/indicator"
)

// benchAd has about 150 words.
func benchAd(text string) *adpb.NormalizedAd {
	a := &adpb.NormalizedAd{
		Title: "Lowongan admin online", Category: "jobs", Language: "id", SellerToken: "k:1",
		Text: text, Platform: "lowongan.example", PostedAt: 1_700_000_000_000,
		Amounts: []*adpb.Amount{{Min: 4e6, Max: 6e6, Currency: "IDR", Period: "month", Field: adpb.Field_FIELD_TEXT, Start: 3, End: 10}},
		Places:  []*adpb.Place{{Country: "ID", City: "jakarta", Field: adpb.Field_FIELD_DECLARED}},
		Contacts: []*adpb.Contact{
			{Type: adpb.ContactType_CONTACT_TYPE_PHONE, Country: "ID", Token: "k:2"},
		},
	}
	a.Folded = strings.ToLower(a.Title + "\n" + a.Text)
	return a
}

const ordinaryText = "Perusahaan kami bergerak di bidang distribusi alat kesehatan dan sedang mencari kandidat untuk posisi admin penjualan di Jakarta. " +
	"Tugas utama adalah membuat laporan penjualan mingguan, menyiapkan faktur, memeriksa stok barang, dan membantu tim pemasaran. " +
	"Kualifikasi: pendidikan minimal SMA atau SMK, pengalaman minimal satu tahun di bidang yang sama, dapat menggunakan komputer, teliti, jujur dan bertanggung jawab. " +
	"Kami menawarkan gaji pokok, tunjangan makan, BPJS kesehatan dan ketenagakerjaan, serta jenjang karir yang jelas. " +
	"Jam kerja Senin sampai Jumat pukul delapan sampai lima sore. Kirim surat lamaran dan CV lengkap ke alamat kantor kami atau melalui situs perusahaan. " +
	"Hanya kandidat yang memenuhi syarat akan dipanggil untuk wawancara. Lokasi kerja dekat stasiun dan mudah dijangkau dengan angkutan umum dari berbagai arah kota."

const flaggedText = "Loker admin online penempatan Kamboja, gaji 12 juta, tanpa pengalaman, tiket pesawat gratis, mess gratis, tanpa visa, " +
	"berangkat lewat Bangkok pakai visa turis, proses cepat langsung berangkat. Kuota terbatas, buruan. " + ordinaryText

func BenchmarkAssess(b *testing.B) {
	e, err := indicator.Default()
	require.NoError(b, err)
	for _, c := range []struct{ name, text string }{{"ordinary", ordinaryText}, {"flagged", flaggedText}} {
		b.Run(c.name, func(b *testing.B) {
			a := benchAd(c.text)
			b.ReportAllocs()
			for b.Loop() {
				e.Assess(a)
			}
		})
	}
	b.Run("ordinary-10x-terms", func(b *testing.B) {
		e := tenfold(b)
		a := benchAd(ordinaryText)
		b.ReportAllocs()
		for b.Loop() {
			e.Assess(a)
		}
	})
}

// tenfold loads the shipped packs and nine times as many phrases.
func tenfold(tb testing.TB) *indicator.Engine {
	tb.Helper()
	files, err := indicator.DefaultFiles()
	require.NoError(tb, err)
	var y strings.Builder
	y.WriteString("id: ballast\nversion: 1\ntitle: Ballast\ndescription: Phrases that only make the automaton large.\nindicators:\n")
	for i := range 150 {
		fmt.Fprintf(&y, "  - {id: Z%d, title: Ballast, dimension: deceptive-recruitment, strength: tag, mode: live, scope: ad, why: because it is, false_positives: none at all, source: {citation: nobody, class: advice}, examples: {positive: [{text: kata%dx0 kerja y0}], negative: [{text: none}]}, terms: {id: [", i, i)
		for j := range 150 {
			fmt.Fprintf(&y, "kata%dx%d kerja y%d, ", i, j, j)
		}
		y.WriteString("]}}\n")
	}
	e, err := indicator.Load(append(files, indicator.File{Name: "ballast.yaml", Data: []byte(y.String())}))
	require.NoError(tb, err)
	return e
}
