package minhash

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzShingles: no text makes the way from text to sketches panic; the prepared
// text is never longer than the text, is valid UTF-8 and is its own preparation
// where it holds no placeholder; there are never more shingles than bytes; and a
// text is always wholly like itself.
func FuzzShingles(f *testing.F) {
	for _, s := range []string{"", "a", advert, "<phone><phone>", "招聘服务员 waiter", "\xff\xfe\x80", "\x00\x01\x02", "éééééé"} {
		f.Add([]byte(s), uint32(1))
	}
	s, err := NewSigner(128, 1)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text []byte, seed uint32) {
		p := Prepare(nil, text)
		require.LessOrEqual(t, len(p), len(text))
		require.True(t, utf8.Valid(p))
		hasUnit := false
		for _, c := range p {
			hasUnit = hasUnit || c < ' '
		}
		if !hasUnit {
			require.Equal(t, string(p), string(Prepare(nil, p)))
		}
		AppendShingles(nil, text, seed) // a text that was not prepared does no harm
		shingles := AppendShingles(nil, p, seed)
		require.LessOrEqual(t, len(shingles), len(p))
		require.Equal(t, len(p) == 0, len(shingles) == 0)
		var set Set
		distinct := set.Distinct(shingles)
		sig := s.AppendSignature(nil, distinct)
		sketch := AppendSketch(nil, distinct)
		if len(distinct) > 0 {
			require.InDelta(t, 1, SketchSimilarity(sketch, len(distinct), sketch, len(distinct)), 0)
			require.Len(t, sig, 128)
		}
	})
}
