package textnorm

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnleet(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"g4ji b3sar": "gaji besar", "w4nit4": "wanita", "g4j1": "gaji", "p3nt1n9": "penting", "k3rj4 di lu4r": "kerja di luar", "l0w0ng4n": "lowongan",
		"s1 atau d3": "s1 atau d3", "15jt": "15jt", "5hari": "5hari", "covid19": "covid19", "24jam": "24jam", "w4": "w4", "b2b": "b2b", "2nd": "2nd", "k3": "k3", "i18n": "i18n",
	} {
		f := fold("", in)
		n := f.Unleet()
		require.Equal(t, "\n"+want, string(f.Folded))
		require.Equal(t, n, f.Counts.Leet)
		require.Equal(t, in != want, n > 0)
	}
}

func TestSpacedWords(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"g a j i besar": "gaji besar", "kerja k e r j a": "kerja kerja", "x g a j i": "xgaji", "a b c": "a b c", "gol a b ab o": "gol a b ab o",
		"0 8 1 2 3": "0 8 1 2 3", "a b\nc d": "a b\nc d", "": "",
	} {
		f := fold("", in)
		var got Text
		f.Rewrite(&got, f.SpacedWords(nil))
		require.Equal(t, "\n"+want, string(got.Folded))
		checkMap(t, &got, "\n"+in)
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	b := []byte("a é🔥ก็1")
	require.True(t, WordAt(b, 0))
	require.False(t, WordAt(b, 1))
	require.True(t, WordBefore(b, 1))
	require.False(t, WordBefore(b, 0))
	require.False(t, WordAt(b, len(b)))
	require.Equal(t, 4, WordEnd(b, 2))
	require.Equal(t, len(b), WordEnd(b, 8))
}
