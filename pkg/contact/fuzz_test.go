package contact

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/textnorm"
)

var seeds = []string{
	"", "WA 0812-3456-7890", "zero8one2 three456 7890", "budi (at) gmail (dot) com", "https://wa.me/6281234567890?text=x", "line id: rani88 @x.y", "+62 (0)812 3456 7890 / 0813 9876 5432",
	"a.b.c.d", "....@@@", "://", "www.", "#URL_0123456789abcdef0123#", "0️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣", "<a href='tel:0812345678'>x</a>",
}

// FuzzFind: finding never panics; contacts are in bounds, in order, do not
// overlap, lie on runes, and have a value; their originals are in bounds.
func FuzzFind(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	folder := textnorm.New()
	f.Fuzz(func(t *testing.T, s string) {
		var text textnorm.Text
		folder.Fold(&text, "", s)
		var fd Finder
		got := fd.Find(nil, &text, Options{Regions: []string{"ID", "US"}})
		last := 0
		for _, c := range got {
			require.GreaterOrEqual(t, c.Start, last)
			require.Less(t, c.Start, c.End)
			require.LessOrEqual(t, c.End, len(text.Folded))
			require.NotEmpty(t, c.Value)
			require.NotEmpty(t, c.Domain)
			require.NotEmpty(t, c.Type.Placeholder())
			require.True(t, utf8.Valid(text.Folded[c.Start:c.End]))
			from, to := text.Original(c.Start, c.End)
			require.Less(t, from, to)
			require.LessOrEqual(t, to, len(s)+1)
			last = c.End
		}
		for typ := range declaredTypes {
			fd.Declared(typ, &text, []string{"ID"})
		}
	})
}

// FuzzMask: masking never panics, keeps the length and what is outside, and
// leaves nothing inside.
func FuzzMask(f *testing.F) {
	f.Add("abc", 1, 2)
	f.Add("", -1, 5)
	f.Fuzz(func(t *testing.T, s string, start, end int) {
		b := []byte(s)
		Mask(b, start, end)
		require.Len(t, b, len(s))
		for i := range b {
			if i >= start && i < end {
				require.Equal(t, byte(MaskChar), b[i])
			} else {
				require.Equal(t, s[i], b[i])
			}
		}
	})
}

// TestFindIsBounded: the work on hostile texts of the longest length does not
// grow faster than the text. The phonenumbers library is called at most
// maxParses times, whatever the text.
func TestFindIsBounded(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"0812 3456 7890 ", "1", "0 ", "satu", "satu ", "a.", "@", "a@b.", "://", "at ", "(at)", " dot ", "wa ", "line id ", "#url_0123456789abcdef", "+", "O0", "()-. 0", "62 ", "x@y dot "} {
		var text textnorm.Text
		textnorm.New().Fold(&text, "", strings.Repeat(piece, 64<<10/len(piece)))
		var f Finder
		got := f.Find(nil, &text, Options{Regions: []string{"ID", "US", "MY"}})
		require.LessOrEqual(t, len(got), MaxFound)
		require.LessOrEqual(t, f.parses, maxParses)
	}
}
