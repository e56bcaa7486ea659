package textnorm

import (
	"strings"
	"testing"
)

func BenchmarkFold(b *testing.B) {
	ascii := strings.Repeat("Dibutuhkan segera karyawan pabrik, gaji Rp 15.000.000 per bulan. ", 10)[:600]
	for name, text := range map[string]string{
		"ascii":       ascii,
		"confusables": strings.ReplaceAll(ascii, "a", "а"),
		"html":        "<p>" + strings.ReplaceAll(ascii, ". ", "</p><p>"),
		"emoji":       strings.ReplaceAll(ascii, ",", " ✅ •"),
		"thai":        strings.Repeat("รับสมัครพนักงาน ", 13),
	} {
		b.Run(name, func(b *testing.B) {
			f := New()
			var out Text
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				f.Fold(&out, "Lowongan Kerja", text)
			}
		})
	}
}
