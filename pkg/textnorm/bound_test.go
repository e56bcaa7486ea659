package textnorm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostileTexts are texts that make careless code slow. Each is repeated to the
// length asked for.
var hostileTexts = map[string]string{
	"confusables":  "раураl",
	"zalgo":        "a\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308",
	"open tags":    "<a ",
	"angles":       "<",
	"ampersands":   "&",
	"references":   "&amp;",
	"long names":   "&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"scripts":      "<script>",
	"script ends":  "<script></style>",
	"styles":       "<style></",
	"comments":     "<!--",
	"comment ends": "<!-- -->",
	"titles":       "<title>",
	"plaintext":    "<plaintext>",
	"quotes":       "<b title=\"",
	"blanks":       " \n\t",
	"expansion":    "ﷺ",
	"jamo":         "\u1112\u1161",
	"zero width":   "\u200b",
	"tags":         "\U000E0041",
	"emoji":        "0️⃣",
	"mixed":        "aа",
}

// TestFoldHostile folds each text at the greatest length that an advert can
// have: quadratic work would take minutes.
func TestFoldHostile(t *testing.T) {
	t.Parallel()
	for name, piece := range hostileTexts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out Text
			f := New()
			short, long := strings.Repeat(piece, 4<<10/len(piece)), strings.Repeat(piece, 64<<10/len(piece))
			f.Fold(&out, short, long)
			require.LessOrEqual(t, len(f.units), 4*len(long))
			require.LessOrEqual(t, len(out.Folded), 4*(len(short)+len(long)))
			f.Fold(&out, "", short)
			checkFold(t, &out, "", short)
		})
	}
}

// BenchmarkFoldHostile shows the cost of a byte at two lengths, which must be
// about the same.
func BenchmarkFoldHostile(b *testing.B) {
	for name, piece := range hostileTexts {
		for _, n := range []int{16 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("%s/%d", strings.ReplaceAll(name, " ", "-"), n), func(b *testing.B) {
				text := strings.Repeat(piece, n/len(piece))
				f := New()
				var out Text
				b.ReportAllocs()
				b.SetBytes(int64(len(text)))
				for b.Loop() {
					f.Fold(&out, "", text)
				}
			})
		}
	}
}
