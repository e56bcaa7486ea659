package textnorm

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestWordFilterHoldsWhatWasAdded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.String()).Draw(t, "words")
		var f WordFilter
		for _, w := range words {
			f.Add(w)
		}
		for _, w := range words {
			if w == "" {
				continue
			}
			require.True(t, f.MayString(w), "%q", w)
			require.True(t, f.May([]byte(w)), "%q", w)
		}
	})
}

func TestWordFilterRefusesMostOtherWords(t *testing.T) {
	t.Parallel()
	var f WordFilter
	require.False(t, f.MayString("gaji"), "the zero value is the empty set")
	for _, w := range []string{"telegram", "whatsapp", "line"} {
		f.Add(w)
	}
	for _, w := range []string{"gaji", "telegrams", "lina", "kerja", "o"} {
		require.False(t, f.MayString(w), w)
	}
}
