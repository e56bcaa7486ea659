package contact

import (
	"strings"
	"testing"

	"palermo.internal/pkg/textnorm"
)

func BenchmarkFind(b *testing.B) {
	plain := strings.Repeat("Dibutuhkan segera karyawan pabrik, pengalaman minimal 2 tahun. ", 10)[:560]
	for name, text := range map[string]string{
		"none":           plain,
		"phone":          plain + " WA 0812-3456-7890",
		"hidden":         plain + " nol delapan satu dua 3 4 5 6 7 8 9 0",
		"abroad":         plain + " call +855 12 345 678",
		"hostile digits": strings.Repeat("0812 3456 7890 ", 40),
	} {
		b.Run(name, func(b *testing.B) {
			var t textnorm.Text
			textnorm.New().Fold(&t, "", text)
			var f Finder
			var out []Found
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				out = f.Find(out[:0], &t, Options{})
			}
		})
	}
}

func BenchmarkToken(b *testing.B) {
	ks, err := NewKeys(Key{"k1", secret("a")})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		ks.Token(DomainPhone, "+6281234567890")
	}
}
