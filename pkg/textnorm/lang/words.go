package lang

import "palermo.internal/pkg/textnorm"

// malayWords are words that tell Malay (negative) from Indonesian (positive),
// by how sure they are. They come from grammars and adverts, not from counts:
// what is common in one and rare or absent in the other.
var malayWords = map[string]int{
	"karena": 2, "bisa": 2, "lowongan": 3, "perusahaan": 3, "membutuhkan": 3, "dibutuhkan": 3, "dicari": 2, "pria": 2, "usia": 2, "kantor": 3, "minimal": 2,
	"maksimal": 2, "mobil": 2, "uang": 2, "penempatan": 1, "wawancara": 3, "lulusan": 1, "jurusan": 2, "karyawan": 3, "karyawati": 3, "ijazah": 1, "bpjs": 3, "sma": 2, "smk": 2,
	"saja": 2, "butuh": 3, "biaya": 2, "propinsi": 3, "provinsi": 2, "kabupaten": 3, "nomor": 3, "bahwa": 2, "libur": 2, "bisnis": 3, "juta": 1, "daftar": 1, "kirim": 2, "lamaran": 3,
	"pelamar": 3, "memiliki": 1, "merupakan": 1, "dapat": 1, "jujur": 1, "disiplin": 1, "mampu": 1, "berpenampilan": 2, "menarik": 1, "hubungi": 0, "gratis": 3, "tunjangan": 2, "segera": 1,
	"perempuan": 0, "wanita": 1, "laki": 2, "keluarga": 1, "indonesia": 1, "jakarta": 1, "jabatan": 1, "bertanggung": 1, "produk": 2, "penjualan": 3, "pelanggan": 0, "mencari": 1, "rupiah": 3, "gajian": 2, "makan": 0, "kost": 3, "kos": 1, "mess": 2, "tki": 3, "paspor": 2, "bekerja": 1,
	"kerana": -4, "boleh": -1, "jawatan": -4, "syarikat": -4, "kelayakan": -3, "umur": -1, "pejabat": -2, "kereta": -1, "wang": -4, "nak": -3, "tak": -1, "ialah": -3,
	"sahaja": -4, "temuduga": -4, "percuma": -3, "lelaki": -2, "sijil": -4, "bahawa": -4, "mahu": -3, "awak": -3, "encik": -3, "cik": -2, "puan": -2, "maklumat": -4, "permohonan": -2,
	"tawaran": -1, "elaun": -4, "cuti": -1, "kilang": -4, "pembantu": 0, "ringgit": -3, "pekerja": -1, "malaysia": -1, "selangor": -2, "johor": -1, "bujang": -1, "asrama": -1, "hantar": -3,
	"kekosongan": -4, "berminat": 0, "sesiapa": -4, "bagi": 0, "pengangkutan": -2, "pendapatan": 0, "spm": -4, "hospital": -2, "polis": -3, "jualan": -3, "peniaga": -2, "pasport": -3,
}

// malayFilter knows malayWords.
var malayFilter = func() (f textnorm.WordFilter) {
	for w := range malayWords {
		f.Add(w)
	}
	return f
}()
