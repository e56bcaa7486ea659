package textnorm

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func fold(title, text string) *Text {
	var t Text
	New().Fold(&t, title, text)
	return &t
}

func TestFold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, want string }{
		"plain":              {"Dicari  Karyawati\tSegera ", "dicari karyawati segera"},
		"line breaks":        {"satu \r\n\r\n dua\n", "satu\ndua"},
		"full width":         {"ＷＡ ０８１２", "wa 0812"},
		"bold":               {"𝗚𝗮𝗷𝗶 𝟖 juta", "gaji 8 juta"},
		"keycaps":            {"0️⃣8️⃣1️⃣", "081"},
		"circled":            {"⓪⑧①❷", "0812"},
		"arabic digits":      {"٠٨١٢", "0812"},
		"thai digits":        {"โทร ๐๘๑", "โทร 081"},
		"cyrillic in latin":  {"gаji bеsаr", "gaji besar"},
		"whole word":         {"kerja di luar negeri сосо besar", "kerja di luar negeri coco besar"},
		"russian stays":      {"Требуются рабочие в Москве, оклад высокий", "требуются рабочие в москве, оклад высокий"},
		"russian with brand": {"Работа в Google сервис", "работа в google сервис"},
		"greek in english":   {"we hire. Το προσωπικό να είναι και καλό. Apply today, the best job for you", "we hire. το προσωπικό να είναι και καλό. apply today, the best job for you"},
		"greek stays":        {"Ζητείται προσωπικό", "ζητείται προσωπικό"},
		"weak next to latin": {"gаjі тіnggі", "gaji tinggi"},
		"small capitals":     {"ɢᴀᴊɪ ᴛɪɴɢɢɪ", "gaji tinggi"},
		"zero width":         {"ga\u200bji\u2060", "gaji"},
		"bidi":               {"\u202egaji\u202c", "gaji"},
		"tags":               {"gaji\U000E0041\U000E0042", "gaji"},
		"soft hyphen":        {"ga\u00adji", "gaji"},
		"composed":           {"cafe\u0301 Việt", "café việt"},
		"decomposed":         {"Vie\u0323\u0302t", "việt"},
		"struck through":     {"g\u0336a\u0336j\u0336i\u0336", "gaji"},
		"control":            {"ga\x00ji\x07", "gaji"},
		"typography":         {"“kerja” – mudah… 5–10", "\"kerja\" - mudah... 5-10"},
		"angle":              {"usia <25 tahun", "usia (25 tahun"},
		"literal tag":        {"<phone> dan <email>", "(phone> dan (email>"},
		"full-width angle":   {"＜phone＞", "(phone>"},
		"html":               {"<p>Gaji <b>besar</b></p><br>Hubungi&nbsp;kami &amp; daftar", "gaji besar\nhubungi kami & daftar"},
		"script":             {"a<script>var x='<b>'</script>b", "ab"},
		"script left open":   {"a<script>hubungi kami", "ahubungi kami"},
		"comment":            {"a<!-- x -->b", "ab"},
		"comment left open":  {"<b>a</b> <!-- x b", "a (!-- x b"},
		"tag left open":      {"<b>a</b> <a href=\"x", "a (a href=\"x"},
		"href":               {`<a href="https://wa.me/62812">chat</a>`, "https://wa.me/62812 chat"},
		"numeric reference":  {"&#48;&#x38;12", "0812"},
		"double escaped":     {"&lt;phone&gt;", "(phone>"},
		"not a reference":    {"R&D dan AT&T; x", "r&d dan at&t; x"},
		"japanese":           {"東京で働く", "東京で働く"},
		"korean jamo":        {"\u1112\u1161\u11ab", "한"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, "\n"+c.want, string(fold("", c.in).Folded))
		})
	}
}

func TestFoldCounts(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   string
		want Counts
	}{
		"zero width":  {"ga\u200bji", Counts{ZeroWidth: 1}},
		"bidi":        {"\u202egaji\u202c", Counts{Bidi: 2}},
		"confusables": {"gаjі", Counts{Confusables: 2}},
		"keycaps":     {"0️⃣8️⃣", Counts{EmojiDigits: 2}},
		"circled":     {"①❷", Counts{EmojiDigits: 2}},
		"full width":  {"ＷＡ", Counts{Compatibility: 2}},
		"typography":  {"“kerja” – … ™ ½ • \u00a0 ❤️", Counts{}},
		"control":     {"a\x01b\x7f", Counts{Control: 2}},
		"family":      {"👨‍👩‍👧 ❤️", Counts{}},
		"native":      {"Việt Nam ñ ü", Counts{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, fold("", c.in).Counts)
		})
	}
}

func TestOriginal(t *testing.T) {
	t.Parallel()
	title, text := "Ｋerja", "<p>Hubungi 0️⃣8️⃣12</p>  segera"
	f := fold(title, text)
	all := title + "\n" + text
	i := strings.Index(string(f.Folded), "0812")
	from, to := f.Original(i, i+4)
	require.Equal(t, "0️⃣8️⃣12", all[from:to])
	from, to = f.Original(0, 5)
	require.Equal(t, title, all[from:to])
	i = strings.Index(string(f.Folded), "segera")
	from, to = f.Original(i, i+6)
	require.Equal(t, "segera", all[from:to])
}

func TestRewrite(t *testing.T) {
	t.Parallel()
	f := fold("Judul", "WA 0８12 ya ok")
	var g Text
	f.Rewrite(&g, []Edit{{Start: 9, End: 13, With: "<phone>"}, {Start: 16, End: 18, With: "OK"}})
	require.Equal(t, "judul\nwa <phone> ya OK"[:len("judul\nwa <phone> ya")], string(g.Folded)[:len("judul\nwa <phone> ya")])
	i := strings.Index(string(g.Folded), "<phone>")
	from, to := g.Original(i, i+7)
	require.Equal(t, "0８12", "Judul\nWA 0８12 ya ok"[from:to])
	checkMap(t, &g, "Judul\nWA 0８12 ya ok")
}

// hostile draws text from what adverts and their authors' tricks are made of.
func hostile() *rapid.Generator[string] {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{
			"<b>", "</p>", "<br/>", "<script>", "</script>", "<!--", "-->", "&amp;", "&#48;", "&lt;", "<a href='wa.me/628'>", "<", "&", "\u200b", "\u202e",
			"0️⃣", "①", "ａ", "а", "е", "т", "𝗮", "e\u0301", "\u0336", "\u20e3", "ﷺ", "½", "…", "\x00", "\xff", "\xe2\x80", "0812", "kosong", " ", "\n", "\t", "İ", "ß", "ﬁ", "한", "\u1112\u1161", "ก็",
			"\U000E0041", "🇮🇩", "👨‍👩‍👧",
		}),
		rapid.String(),
		rapid.StringMatching(`[a-zA-Z0-9 .,@-]{0,12}`),
	)
	return rapid.Map(rapid.SliceOfN(piece, 0, 30), func(p []string) string { return strings.Join(p, "") })
}

// checkMap checks the invariants of the offset map: the runs cover the folded
// text, starts rise, origins never fall, and everything is in bounds and on
// runes of the original.
func checkMap(t require.TestingT, f *Text, original string) {
	require.True(t, utf8.Valid(f.Folded))
	last := Run{}
	for i, r := range f.Runs {
		if i == 0 {
			require.Zero(t, r.Folded)
		} else {
			require.Greater(t, r.Folded, last.Folded)
			require.GreaterOrEqual(t, r.Origin, last.Origin)
			require.GreaterOrEqual(t, r.End, last.End)
		}
		require.Less(t, int(r.Folded), len(f.Folded))
		require.Less(t, r.Origin, r.End)
		require.LessOrEqual(t, int(r.End), len(original))
		last = r
	}
	for i := range f.Folded {
		if !utf8.RuneStart(f.Folded[i]) {
			continue
		}
		_, n := utf8.DecodeRune(f.Folded[i:])
		from, to := f.Original(i, i+n)
		require.Less(t, from, to)
		require.True(t, onRune(original, from) && onRune(original, to), "range %d-%d of %q", from, to, original)
	}
}

// onRune reports whether i is not inside a rune. Bytes of invalid UTF-8 are
// runes of their own.
func onRune(s string, i int) bool {
	if i >= len(s) || utf8.RuneStart(s[i]) {
		return true
	}
	for j := i - 1; j >= 0 && j > i-utf8.UTFMax; j-- {
		if utf8.RuneStart(s[j]) {
			_, n := utf8.DecodeRuneInString(s[j:])
			return j+n <= i
		}
	}
	return true
}

func TestFoldInvariants(t *testing.T) {
	t.Parallel()
	f := New()
	var got Text
	rapid.Check(t, func(t *rapid.T) {
		title, text := hostile().Draw(t, "title"), hostile().Draw(t, "text")
		f.Fold(&got, title, text)
		checkFold(t, &got, title, text)
	})
}

func checkFold(t require.TestingT, f *Text, title, text string) {
	checkMap(t, f, title+"\n"+text)
	require.LessOrEqual(t, len(f.Folded), 4*(len(title)+1+len(text)))
	require.NotContains(t, string(f.Folded), "<")
	for _, h := range f.Hidden {
		require.Less(t, h.Start, h.End)
		require.LessOrEqual(t, h.End, len(title)+1+len(text))
	}
	runs, origins := f.AppendRuns(nil, nil)
	require.Len(t, origins, len(runs))
}

func TestPlainEqualsUnits(t *testing.T) {
	t.Parallel()
	f := New()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([ -;=-~\n\r\t]|\x01){0,60}`).Draw(t, "s")
		if survey(s).markup {
			t.Skip("markup")
		}
		var a, b Text
		f.Fold(&a, "", s)
		f.field(&b, "", 0, true)
		b.mark(1, 0, 1)
		b.Folded = append(b.Folded, '\n')
		f.units = f.units[:0]
		f.decode(&b, s, 1, 0)
		for i := range f.units {
			f.emit(&b, &f.units[i], 1, false)
		}
		require.Equal(t, string(a.Folded), string(b.Folded))
		require.Equal(t, a.Runs, b.Runs)
		require.Equal(t, a.Counts, b.Counts)
	})
}
