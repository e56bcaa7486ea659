package synth

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEditWords(t *testing.T) {
	t.Parallel()
	var s source
	s.seed(3, 3)
	text := []byte("satu dua tiga\nempat " + string(byte(slotPhone)) + " lima enam")
	same, n := editWords(nil, text, 0, fillers["id"], &s)
	require.Equal(t, text, same)
	require.Zero(t, n)
	for range 200 {
		out, n := editWords(nil, text, 1, []string{"X"}, &s)
		require.Positive(t, n)
		require.LessOrEqual(t, n, 7)
		require.Equal(t, 1, strings.Count(string(out), string(byte(slotPhone))), "slots stay")
	}
}

// An edit never breaks a number, in whatever groups it is written.
func TestEditsKeepNumbers(t *testing.T) {
	t.Parallel()
	var s source
	s.seed(6, 6)
	for range 500 {
		out, _ := editWords(nil, []byte("WA ke 0812 0000 01234 saja ya"), 1, fillers["id"], &s)
		require.Contains(t, string(out), "0812 0000 01234")
	}
}

// At a low rate the number of edits follows the rate, whatever the text.
func TestEditRate(t *testing.T) {
	t.Parallel()
	var s source
	s.seed(4, 4)
	text := []byte(strings.Repeat("kata ", 20_000))
	_, n := editWords(nil, text, 0.05, fillers["id"], &s)
	require.InEpsilon(t, 1000, n, 0.15)
}

// Disguised words are valid UTF-8, and taking the disguise off gives the word.
func TestDisguiseWords(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		how := textDisguise(rapid.IntRange(1, int(textDisguises)-1).Draw(t, "how"))
		word := rapid.StringMatching(`[a-zA-Z]{4,12}`).Draw(t, "word")
		var s source
		s.seed(1, rapid.Uint64().Draw(t, "seed"))
		out, n := disguiseWords(nil, []byte(word+" 12 0812000001234\n"), &disguise{text: how, words: 1000}, &s)
		require.Equal(t, 1, n)
		require.True(t, utf8.Valid(out))
		require.True(t, strings.HasSuffix(string(out), " 12 0812000001234\n"))
		require.Equal(t, word, undisguise(strings.TrimSuffix(string(out), " 12 0812000001234\n"), word))
	})
}

// undisguise folds text back letter by letter, with the word as the guide to
// what a digit stands for.
func undisguise(text, word string) string {
	var b strings.Builder
	i := 0
	for _, r := range text {
		switch {
		case r == '\u200b' || r == ' ':
			continue
		case i < len(word) && (r == rune(word[i]) || r == homoglyphs[word[i]] || r == rune(leet[word[i]]) || r == rune(word[i])+0xFEE0),
			i < len(word) && word[i] >= 'a' && r == '𝗮'+rune(word[i]-'a'),
			i < len(word) && word[i] < 'a' && r == '𝗔'+rune(word[i]-'A'):
			b.WriteByte(word[i])
		default:
			b.WriteRune(r)
		}
		i++
	}
	return b.String()
}

func TestDisguisedPhones(t *testing.T) {
	t.Parallel()
	var s source
	s.seed(5, 5)
	words := digitWords["id"]
	for how, want := range map[phoneDisguise]string{
		phoneSpaced:    "0 8 1 2 0 0 0 0 0 1 2 3 5",
		phoneDotted:    "0.8.1.2.0.0.0.0.0.1.2.3.5",
		phoneSpelled:   "nol delapan satu dua nol nol nol nol nol satu dua tiga lima",
		phoneFullWidth: "０８１２０００００１２３５",
		phoneLetters:   "O8l2OOOOOl23S",
		phoneStarred:   "08*12*00*00*01*23*5",
	} {
		require.Equal(t, want, string(appendDisguisedPhone(nil, []byte("0812000001235"), how, &words, &s)))
	}
	for how := range phoneDisguises {
		require.True(t, utf8.Valid(appendDisguisedPhone(nil, []byte("0812000001235"), how, &words, &s)))
	}
}

func TestThousands(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1.000", 4_500_000: "4.500.000"} {
		require.Equal(t, want, string(appendThousands(nil, n, '.')))
	}
}
