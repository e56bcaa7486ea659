package indicator

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/textnorm"
)

// foldedAd is an advert as the normaliser folds it, without contacts.
func foldedAd(title, text string) *adpb.NormalizedAd {
	var t textnorm.Text
	textnorm.New().Fold(&t, title, text)
	a := &adpb.NormalizedAd{Title: title, Text: text, Folded: string(t.Folded), Language: "id"}
	a.RunFolded, a.RunOrigin = t.AppendRuns(nil, nil)
	return a
}

func hitOf(a *adpb.Assessment, id string) *adpb.IndicatorHit {
	for _, h := range a.GetIndicators() {
		if h.GetId() == id {
			return h
		}
	}
	return nil
}

func TestEvidenceInTheOriginal(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	for _, c := range []struct {
		name, title, text, id string
		field                 adpb.Field
		quote                 string
	}{
		{"plain", "Loker", "Kerja ke Malaysia dengan VISA TURIS sekarang", "L01", adpb.Field_FIELD_TEXT, "VISA TURIS"},
		{"title", "Loker pakai visa turis ke Malaysia", "x", "L01", adpb.Field_FIELD_TITLE, "visa turis"},
		{"zero width", "Loker", "Kerja ke Malaysia pakai vi\u200bsa tur\u200bis", "L01", adpb.Field_FIELD_TEXT, "vi\u200bsa tur\u200bis"},
		{"full width", "Loker", "Kerja ke Malaysia pakai ｖｉｓａ turis", "L01", adpb.Field_FIELD_TEXT, "ｖｉｓａ turis"},
		{"markup", "Loker", "<p>Kerja ke <b>Malaysia</b> pakai visa <i>turis</i></p>", "L01", adpb.Field_FIELD_TEXT, "turis"},
		{"unicode before", "Loker ąęó 🎉", "Übermäßig 🎉🎉 kerja ke Malaysia pakai visa turis", "L01", adpb.Field_FIELD_TEXT, "visa turis"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			hit := hitOf(e.Assess(foldedAd(c.title, c.text)), c.id)
			require.NotNil(t, hit)
			ev := hit.GetEvidence()[0]
			require.Equal(t, c.field, ev.GetField())
			require.Contains(t, ev.GetQuote(), c.quote)
			source := c.text
			if ev.GetField() == adpb.Field_FIELD_TITLE {
				source = c.title
			}
			require.Equal(t, source[ev.GetStart():ev.GetEnd()], ev.GetQuote())
		})
	}
}

// TestPlaceholderStandsForItsContact: a contact is masked with as many bytes as
// it had, and evidence that ends in one holds all of it.
func TestPlaceholderStandsForItsContact(t *testing.T) {
	t.Parallel()
	const text = "transfer ke ************ sekarang"
	a := &adpb.NormalizedAd{
		Title: "x", Text: text, Folded: "x\ntransfer ke <phone> sekarang",
		RunFolded: []uint32{0, 14, 7}, RunOrigin: []uint32{0, 14, 26},
	}
	o := offsetsOf(a, a.GetFolded())
	ev, ok := o.evidence(2, 21)
	require.True(t, ok)
	require.Equal(t, "transfer ke ************", ev.GetQuote())
	ev, ok = o.evidence(22, 30)
	require.True(t, ok)
	require.Equal(t, "sekarang", ev.GetQuote())
}

// TestEvidenceIsAlwaysInside: whatever the offset map says, evidence lies in
// its field, on runes, and is short.
func TestEvidenceIsAlwaysInside(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := &adpb.NormalizedAd{
			Title: rapid.String().Draw(t, "title"), Text: strings.ToValidUTF8(rapid.StringN(0, 400, -1).Draw(t, "text"), "?"),
			RunFolded: rapid.SliceOfN(rapid.Uint32Range(0, 50), 0, 8).Draw(t, "folded"),
			RunOrigin: rapid.SliceOfN(rapid.Uint32(), 0, 8).Draw(t, "origin"),
		}
		a.Folded = strings.Repeat("<a", 60)
		o := offsetsOf(a, a.GetFolded())
		for range 4 {
			start := rapid.Uint32Range(0, 120).Draw(t, "start")
			ev, ok := o.evidence(start, start+rapid.Uint32Range(0, 30).Draw(t, "length"))
			if !ok {
				continue
			}
			source := a.GetText()
			if ev.GetField() == adpb.Field_FIELD_TITLE {
				source = a.GetTitle()
			}
			require.LessOrEqual(t, ev.GetEnd(), uint32(len(source)))
			require.Less(t, ev.GetStart(), ev.GetEnd())
			require.LessOrEqual(t, len(ev.GetQuote()), maxQuoteBytes)
			require.True(t, utf8.ValidString(ev.GetQuote()))
		}
	})
}
