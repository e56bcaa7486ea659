package indicator

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/textnorm"
)

func TestParseTerm(t *testing.T) {
	t.Parallel()
	join := func(forms []termForm) []string {
		var out []string
		for _, f := range forms {
			var parts []string
			for _, s := range f.segments {
				parts = append(parts, strings.Join(s, " "))
			}
			out = append(out, strings.Join(parts, " ~ "))
		}
		return out
	}
	for _, c := range []struct {
		term string
		want []string
		err  string
	}{
		{term: "visa turis", want: []string{"visa turis"}},
		{term: "free|paid (air) ticket", want: []string{"free air ticket", "paid air ticket", "free ticket", "paid ticket"}},
		{term: "no ~2 experience", want: []string{"no ~ experience"}},
		{term: "tempat-tinggal gratis", want: []string{"tempat tinggal gratis"}},
		{term: "hubungi <phone>", want: []string{"hubungi <phone>"}},
		{term: "Visa", err: "upper case"},
		{term: "~2 visa", err: "gap must stand between"},
		{term: "visa ~2", err: "gap must stand between"},
		{term: "a ~9 b", err: "~1 to ~8"},
		{term: "a ~x b", err: "~1 to ~8"},
		{term: "a & b", err: "no word"},
		{term: "a|b|c|d|e|f|g|h a|b|c|d|e|f|g|h a|b|c|d|e|f|g|h", err: "more than 256"},
		{term: "a ~1 b ~1 c ~1 d ~1 e", err: "4 gaps"},
		{term: strings.Repeat("a", maxTermBytes+1), err: "bytes"},
	} {
		t.Run(c.term[:min(len(c.term), 30)], func(t *testing.T) {
			t.Parallel()
			forms, err := parseTerm(c.term)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			require.ElementsMatch(t, c.want, join(forms))
		})
	}
}

func TestAppendWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want string // words, / between sentences
	}{
		{"kerja di rumah", "kerja di rumah"},
		{"gaji besar. hubungi kami!", "gaji besar / hubungi kami"},
		{"no. 12 jl. raya pt. contoh", "no 12 jl raya pt contoh"},
		{"gaji 3.000.000 per bulan", "gaji 3 000 000 per bulan"},
		{"wa <phone> atau <chat>", "wa <phone> atau <chat>"},
		{"a < b > c <unknown>", "a b c unknown"},
		{"satu\ndua | tiga • empat", "satu / dua / tiga / empat"},
		{"кто там。好", "кто там / 好"},
		{"\xff\xfe", ""},
	} {
		var got []string
		last := uint32(0)
		for _, w := range appendWords(nil, c.text) {
			for ; last < w.sentence; last++ {
				got = append(got, "/")
			}
			got = append(got, c.text[w.start:w.end])
		}
		require.Equal(t, c.want, strings.Join(got, " "), c.text)
	}
}

// TestAutomatonFindsEveryPhrase: the automaton finds what a search at every
// word finds.
func TestAutomatonFindsEveryPhrase(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		wordGen := rapid.SampledFrom([]string{"a", "b", "c"})
		phrases := rapid.SliceOfN(rapid.SliceOfN(wordGen, 1, 4), 1, 8).Draw(t, "phrases")
		text := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "x"}), 0, 30).Draw(t, "text")
		b := newAutomatonBuilder()
		numbers := map[uint32][]string{}
		for _, p := range phrases {
			numbers[b.add(p)] = p
		}
		a := b.build()
		type hit struct {
			end    int
			phrase uint32
		}
		got, want := map[hit]bool{}, map[hit]bool{}
		state := uint32(0)
		for i, w := range text {
			id, ok := a.vocabulary[w]
			if !ok {
				state = 0
				continue
			}
			state = a.step(state, id)
			for _, n := range a.out[state] {
				got[hit{i, n}] = true
			}
		}
		for i := range text {
			for n, p := range numbers {
				if from := i + 1 - len(p); from >= 0 && strings.Join(text[from:i+1], " ") == strings.Join(p, " ") {
					want[hit{i, n}] = true
				}
			}
		}
		require.Equal(t, want, got)
	})
}

// TestShippedTermsAreFolded: a term that folding would change can never match.
func TestShippedTermsAreFolded(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	folder, text := textnorm.New(), textnorm.Text{}
	vocabulary := slices.Collect(maps.Keys(e.automaton.vocabulary))
	checkTerms := func(where string, terms Terms) {
		for _, list := range terms {
			for _, term := range list {
				forms, err := parseTerm(term)
				require.NoError(t, err)
				for _, w := range slices.Concat(forms[0].segments...) {
					if strings.HasPrefix(w, "<") {
						continue
					}
					folder.Fold(&text, "", w)
					text.Unleet()
					require.Contains(t, vocabulary, strings.TrimSpace(string(text.Folded)), "%s: %s", where, term)
				}
			}
		}
	}
	for _, i := range e.Indicators() {
		checkTerms(i.ID, i.Terms)
		checkTerms(i.ID, i.Unless)
		for _, p := range i.Patterns {
			checkTerms(i.ID, Terms{"": {p.Literal}})
		}
	}
	for _, c := range e.concepts {
		checkTerms(c.ID, c.Terms)
	}
}
