package textnorm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFold: folding never panics; the offset map covers the folded text, rises,
// stays in bounds and on runes of the original; the folded text is valid UTF-8,
// bounded by four times the original and holds no '<'; folding it again
// changes only what the first pass brought together, and then nothing.
func FuzzFold(f *testing.F) {
	for _, s := range []string{
		"", "Gаji 0️⃣8️⃣", "<p>a&nbsp;b</p><script>x</script>", "<!-- x", "<a href='wa.me/62'>b", "e\u0301\u0336\u20e3", "ﷺ½…", "\xff\xe2\x80", "a\u0327\u0301b",
		"<b title=\"x", "&#x110000;&lt;&amp;lt;", "\u1112\u1161\u11ab", "İIıi", "𝟎𝟖①❷",
	} {
		f.Add(s, s)
	}
	folder := New()
	f.Fuzz(func(t *testing.T, title, text string) {
		var got, again Text
		folder.Fold(&got, title, text)
		checkFold(t, &got, title, text)

		var edits []Edit
		for i := 0; i+3 < len(got.Folded) && len(edits) < 8; i += 5 {
			if WordAt(got.Folded, i) && got.Folded[i] < 0x80 {
				edits = append(edits, Edit{Start: i, End: i + 1, With: "<phone>"})
			}
		}
		var edited Text
		got.Rewrite(&edited, edits)
		checkMap(t, &edited, title+"\n"+text)

		once := string(got.Folded)
		folder.FoldPlain(&again, once)
		twice := string(again.Folded)
		folder.FoldPlain(&again, twice[1:])
		require.LessOrEqual(t, len(again.Folded), len(twice)+1)
		edited.Unleet()
		checkMap(t, &edited, title+"\n"+text)
	})
}
