package indicator

import (
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad/adpb"
)

// FuzzLoad: a pack of any bytes gives an engine or a *LoadError, never both,
// and never a panic.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(goodPack))
	f.Add([]byte("id: a\nindicators: [{}]"))
	f.Add([]byte("a: &a [*a, *a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := Load([]File{{"fuzz.yaml", data}})
		require.Equal(t, err == nil, e != nil)
		if err != nil {
			var bad *LoadError
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.Problems)
			return
		}
		e.Assess(&adpb.NormalizedAd{Title: "t", Text: string(data)})
	})
}

// FuzzAssess: any text and any offset map give an assessment with a score in
// [0,1), evidence inside its field, and the same one again.
func FuzzAssess(f *testing.F) {
	e, err := Default()
	if err != nil {
		f.Fatal(err)
	}
	f.Add("Loker", "Admin online Kamboja tanpa visa", "loker\nadmin online kamboja tanpa visa", uint32(0), uint32(0))
	f.Add("", "\xff\xfe visa turis \u200b", "\n?? visa turis ", uint32(3), uint32(1<<31))
	f.Fuzz(func(t *testing.T, title, text, folded string, run, origin uint32) {
		a := &adpb.NormalizedAd{Title: title, Text: text, Folded: folded, RunFolded: []uint32{0, run}, RunOrigin: []uint32{0, origin}}
		s := e.Assess(a)
		require.True(t, s.GetScore() >= 0 && s.GetScore() < 1)
		for _, h := range s.GetIndicators() {
			require.NotEmpty(t, h.GetEvidence())
			for _, ev := range h.GetEvidence() {
				require.LessOrEqual(t, len(ev.GetQuote()), maxQuoteBytes)
				source := text
				if ev.GetField() == adpb.Field_FIELD_TITLE {
					source = title
				}
				require.LessOrEqual(t, ev.GetEnd(), uint32(len(source)))
				if utf8.ValidString(title) && utf8.ValidString(text) {
					require.True(t, utf8.ValidString(ev.GetQuote()))
				}
			}
		}
		require.InDelta(t, s.GetScore(), e.Assess(a).GetScore(), 0)
	})
}

// FuzzTerm: a term is refused or stands for at least one phrase whose words
// the engine can meet.
func FuzzTerm(f *testing.F) {
	f.Add("free|paid (air) ticket ~2 now")
	f.Add("~1 ~1")
	f.Fuzz(func(t *testing.T, s string) {
		forms, err := parseTerm(s)
		if err != nil {
			return
		}
		for _, form := range forms {
			require.Len(t, form.gaps, len(form.segments)-1)
			for _, seg := range form.segments {
				require.NotEmpty(t, seg)
			}
		}
	})
}
