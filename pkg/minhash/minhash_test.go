package minhash

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/murmur3"
	"pgregory.net/rapid"
)

func TestPrepare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"nothing but separators", " \t\n*** … 🙂 \x00", ""},
		{"words", "  waiter,  wanted!!\n(night) ", "waiter wanted night"},
		{"digits stay", "pay: 1,500 usd", "pay 1 500 usd"},
		{"case stays", "Dubai", "Dubai"},
		{"placeholder between words", "call <phone> now", "call \x01 now"},
		{"placeholder without spaces", "call<phone>now", "call \x01 now"},
		{"placeholders in a row", "<phone><email>,<handle> <link>-<chat>", "\x01 \x02 \x03 \x04 \x05"},
		{"placeholder at the end", "x <link>", "x \x04"},
		{"no placeholder", "<phones> <b>", "phones b"},
		{"cut placeholder", "<phone", "phone"},
		{"scripts", "Работа — в Дубае; 招聘。コーヒー・店", "Работа в Дубае 招聘 コーヒー 店"},
		{"marks stay", "नौकरी है", "नौकरी है"},
		{"invalid bytes", "a\xffb\xc3", "a b"},
	} {
		require.Equal(t, tt.want, string(Prepare(nil, []byte(tt.in))), tt.name)
	}
	require.Equal(t, "kept one", string(Prepare([]byte("kept "), []byte("...one"))), "what dst holds is no word of the text")
}

func TestAppendShingles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"short", "abcd", []string{"abcd"}},
		{"one", "abcde", []string{"abcde"}},
		{"ascii", "abcdefg", []string{"abcde", "bcdef", "cdefg"}},
		{"cyrillic", "привет", []string{"приве", "ривет"}},
		{"chinese", "招聘服务员", []string{"招聘服", "聘服务", "服务员"}},
		{"short chinese", "招聘", []string{"招聘"}},
		{"korean and ascii", "a구인b", []string{"a구인", "구인b"}},
		{"ascii, then more", "abcdé", []string{"abcdé"}},
		{"invalid", "\xff\xfe", []string{"\xff\xfe"}},
	} {
		var want []uint32
		for _, s := range tt.want {
			want = append(want, murmur3.SeedSum32(9, []byte(s)))
		}
		require.Equal(t, want, AppendShingles(nil, []byte(tt.in), 9), tt.name)
	}
}

// TestShinglesOfOneAlphabet checks the quick way for ASCII against the general one.
func TestShinglesOfOneAlphabet(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(rapid.StringMatching(`[ -~]{0,60}`).Draw(t, "text"))
		require.Equal(t, appendWide(nil, text, 3), AppendShingles(nil, text, 3))
	})
}

func TestSet(t *testing.T) {
	t.Parallel()
	var s Set
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.Uint32Range(0, 99)).Draw(t, "hashes")
		seen := map[uint32]bool{}
		var want []uint32
		for _, h := range in {
			if !seen[h] {
				seen[h] = true
				want = append(want, h)
			}
		}
		got := s.Distinct(slices.Clone(in))
		require.True(t, slices.Equal(want, got))
		other := rapid.SliceOf(rapid.Uint32Range(0, 99)).Draw(t, "other")
		both := 0
		for _, h := range other {
			if seen[h] {
				both++
			}
		}
		s.Load(got)
		require.Equal(t, both, s.Count(other))
	})
	var empty Set
	require.Zero(t, empty.Count([]uint32{0}))
	s.round = math.MaxUint32
	require.Equal(t, []uint32{0, 1}, s.Distinct([]uint32{0, 1, 0}), "the rounds begin again")
}

func TestNewSigner(t *testing.T) {
	t.Parallel()
	for _, k := range []int{-1, 0, 7, MaxSlots + 1} {
		_, err := NewSigner(k, 1)
		require.Error(t, err)
	}
	s, err := NewSigner(MaxSlots, 1)
	require.NoError(t, err)
	require.Equal(t, MaxSlots, s.Slots())
}

func TestSignatureInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := rapid.IntRange(8, 300).Draw(t, "k")
		s, err := NewSigner(k, rapid.Uint32().Draw(t, "seed"))
		require.NoError(t, err)
		set := rapid.SliceOf(rapid.Uint32Max(Empty-1)).Draw(t, "shingles")
		sig := s.AppendSignature(nil, set)
		require.Len(t, sig, k)
		for _, h := range sig {
			if len(set) == 0 {
				require.Equal(t, Empty, h)
			} else {
				require.Contains(t, set, h, "every slot holds a shingle")
			}
		}
		again := append(slices.Clone(set), set...)
		slices.Reverse(again)
		require.Equal(t, sig, s.AppendSignature(nil, again), "order and repetition change nothing")
		if len(set) > 0 {
			require.InDelta(t, 1, Estimate(sig, sig), 0)
		}
	})
}

// pair makes two sets of n hashes in all with the similarity j.
func pair(n int, j float64, salt uint32) (a, b []uint32) {
	both := int(math.Round(float64(n) * j))
	for i := range n {
		h := murmur3.SeedSum32(salt, []byte{byte(i), byte(i >> 8), byte(i >> 16)})
		switch {
		case i < both:
			a, b = append(a, h), append(b, h)
		case i%2 == 0:
			a = append(a, h)
		default:
			b = append(b, h)
		}
	}
	return a, b
}

// TestErrors measures how far the estimates are from the truth.
func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		n             int
		j             float64
		signature     float64 // the mean error allowed, of k=128
		sketch        float64
		unions, tries int
	}{
		{n: 30, j: .7, signature: .10, sketch: .012},
		{n: 150, j: .7, signature: .045, sketch: .012},
		{n: 680, j: .7, signature: .035, sketch: .012},
		{n: 680, j: .3, signature: .035, sketch: .03},
		{n: 680, j: .95, signature: .02, sketch: .004},
		{n: 3000, j: .7, signature: .035, sketch: .012},
		{n: 40000, j: .7, signature: .035, sketch: .012},
	} {
		const tries = 200
		s, err := NewSigner(128, 5)
		require.NoError(t, err)
		var signature, sketch, bias float64
		for salt := range uint32(tries) {
			a, b := pair(tt.n, tt.j, salt)
			e := Estimate(s.AppendSignature(nil, a), s.AppendSignature(nil, b))
			signature += math.Abs(e - tt.j)
			e = SketchSimilarity(AppendSketch(nil, a), len(a), AppendSketch(nil, b), len(b))
			sketch += math.Abs(e - tt.j)
			bias += e - tt.j
		}
		t.Logf("%d shingles, similarity %.2f: mean error of a signature %.4f, of a sketch of %d words %.4f",
			tt.n, tt.j, signature/tries, SketchWords(tt.n), sketch/tries)
		require.Less(t, signature/tries, tt.signature)
		require.Less(t, sketch/tries, tt.sketch)
		require.Less(t, math.Abs(bias/tries), 0.005)
	}
}

func TestSketchSizes(t *testing.T) {
	t.Parallel()
	require.Equal(t, 16, SketchWords(0))
	require.Equal(t, 16, SketchWords(1024))
	require.Equal(t, 32, SketchWords(1025))
	require.Equal(t, MaxSketchWords, SketchWords(1<<20))
	a, _ := pair(1000, 1, 1)
	big, _ := pair(1500, 1, 1)
	x, y := AppendSketch(nil, a), AppendSketch(nil, big)
	require.NotEqual(t, len(x), len(y))
	got := SketchSimilarity(x, len(a), y, len(big))
	require.InDelta(t, 2.0/3, got, .04)
	require.InDelta(t, got, SketchSimilarity(y, len(big), x, len(a)), 0, "order does not count")
	require.Zero(t, SketchSimilarity(nil, 0, nil, 0))
}

func TestSketchInvariants(t *testing.T) {
	t.Parallel()
	var s Set
	rapid.Check(t, func(t *rapid.T) {
		a := s.Distinct(rapid.SliceOf(rapid.Uint32()).Draw(t, "a"))
		b := s.Distinct(rapid.SliceOf(rapid.Uint32()).Draw(t, "b"))
		x, y := AppendSketch(nil, a), AppendSketch(nil, b)
		j := SketchSimilarity(x, len(a), y, len(b))
		require.True(t, j >= 0 && j <= 1)
		require.InDelta(t, j, SketchSimilarity(y, len(b), x, len(a)), 0)
		if len(a) > 0 {
			require.InDelta(t, 1, SketchSimilarity(x, len(a), x, len(a)), 0)
		}
	})
}

func TestJaccard(t *testing.T) {
	t.Parallel()
	require.Zero(t, Jaccard(nil, nil))
	require.Zero(t, Jaccard([]uint32{1}, nil))
	require.InDelta(t, 1, Jaccard([]uint32{1, 2}, []uint32{1, 2}), 0)
	require.InDelta(t, .5, Jaccard([]uint32{1, 2, 3}, []uint32{2, 3, 4}), 0)
	require.Zero(t, Estimate([]uint32{1}, []uint32{1, 2}))
	require.Zero(t, Estimate(nil, nil))
	require.InDelta(t, .5, Estimate([]uint32{1, 2}, []uint32{1, 3}), 0)
}

// TestNothingAllocates holds the promise that a warm pipeline makes no garbage.
func TestNothingAllocates(t *testing.T) {
	text := []byte(advert)
	s, err := NewSigner(128, 1)
	require.NoError(t, err)
	var set Set
	var prepared []byte
	var shingles, sig []uint32
	var sketch []uint64
	require.Zero(t, testing.AllocsPerRun(100, func() {
		prepared = Prepare(prepared[:0], text)
		shingles = AppendShingles(shingles[:0], prepared, 1)
		distinct := set.Distinct(shingles)
		sig = s.AppendSignature(sig[:0], distinct)
		sketch = AppendSketch(sketch[:0], distinct)
	}))
}

// advert has 100 words.
var advert = strings.TrimSpace(`
urgent hiring for hotel staff abroad no experience needed we take care of visa
ticket and accommodation salary paid in dollars every month with free food and
transport from the airport to the company house girls and boys from eighteen to
thirty years can apply now interview is online and takes ten minutes only bring
your passport to our office and sign the contract on the same day the number of
places is limited and departure is next week contact our agent on <phone> or
write to <email> for more information about this offer please share it with
friends who`)
