package synth

// givenNames are common given names; an advert never carries a family name.
var givenNames = [...]string{
	"Adi", "Agus", "Aldi", "Alya", "Amir", "Andi", "Anggi", "Anisa", "Arif", "Asri",
	"Ayu", "Bagas", "Bambang", "Bayu", "Beni", "Budi", "Cahya", "Citra", "Dani", "Deni",
	"Desi", "Dewi", "Dian", "Dimas", "Dina", "Dodi", "Doni", "Eka", "Eko", "Elsa",
	"Endah", "Erna", "Fajar", "Farah", "Fitri", "Galih", "Gita", "Hadi", "Hana", "Hani",
	"Hendra", "Ika", "Indah", "Irfan", "Ita", "Jaya", "Joko", "Kiki", "Lia", "Lina",
	"Lusi", "Maya", "Mega", "Mira", "Nanda", "Nia", "Nina", "Novi", "Nur", "Oki",
	"Putra", "Putri", "Rahma", "Rani", "Ratna", "Reza", "Rina", "Rini", "Rizki", "Robi",
	"Sari", "Sinta", "Siti", "Sri", "Surya", "Susi", "Tari", "Tia", "Tika", "Tini",
	"Toni", "Tri", "Uci", "Udin", "Vera", "Vina", "Wahyu", "Wati", "Wawan", "Widi",
	"Winda", "Yani", "Yanti", "Yoga", "Yuli", "Yusuf", "Zahra", "Zaki", "Anna", "Ben",
	"Carla", "Daniel", "Ella", "Frank", "Grace", "Henry", "Ivy", "Jack", "Kate", "Leo",
	"Mark", "Nora", "Oscar", "Paula", "Quinn", "Ruth", "Sam", "Tess", "Victor", "Wendy",
}

var syllables = [...]string{
	"ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du", "fa", "fe", "ga", "go",
	"gu", "ha", "he", "ja", "je", "jo", "ka", "ke", "ki", "ko", "ku", "la", "le", "li",
	"lo", "lu", "ma", "me", "mi", "mo", "mu", "na", "ne", "ni", "no", "nu", "pa", "pe",
	"pi", "po", "pu", "ra", "re", "ri", "ro", "ru", "sa", "se", "si", "so", "su", "ta",
	"te", "ti", "to", "tu", "va", "ve", "vi", "wa", "we", "ya", "yo", "yu", "za", "zo",
}

// onsets begin every made-up word. None of them begins a name that exists, so
// that no word turns out to be a brand or a town.
var onsets = [...]string{
	"zavu", "zelu", "zory", "vaxo", "vory", "queny", "quivo", "xani", "xelo", "yevu",
	"yoru", "wexi", "wulo", "fyra", "fezu", "gyla", "huxo", "jyna", "kevy", "lyxo",
	"myru", "nyxa", "oxula", "pexo", "rydu", "syvo", "tovy", "ubiqo", "vynu", "zyki",
	"drevo", "blyxa", "grywo", "plova", "trezy", "skiva", "snyro", "clevu", "fryno", "glyvo",
}

var codas = [...]string{"", "", "n", "r", "s", "l", "ng", "k", "m", "t"}

// appendWord appends a made-up word with a capital: a brand, a street, a firm.
// There are some two million.
func appendWord(dst []byte, s *source) []byte {
	at := len(dst)
	bits := s.pcg.Uint64()
	dst = append(dst, onsets[bits%uint64(len(onsets))]...)
	for range 1 + int(bits>>32&1) {
		bits = mix(bits)
		dst = append(dst, syllables[bits%uint64(len(syllables))]...)
	}
	dst = append(dst, codas[bits>>32%uint64(len(codas))]...)
	dst[at] -= 'a' - 'A'
	return dst
}
