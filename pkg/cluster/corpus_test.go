package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/datatest"
	"palermo.internal/pkg/minhash"
	"palermo.internal/pkg/textnorm"
)

// seeds are those that the measurements on real data are repeated with: a result
// that holds for one of them alone would be luck.
var seeds = []uint64{DefaultParams().Seed, 1, 0x9e3779b97f4a7c15, 0xdeadbeefcafef00d, 0x0123456789abcdef, 42 << 32}

// corpus is a list of texts and what is exactly true of them.
type corpus struct {
	names []string
	texts []string
	sets  [][]uint32 // distinct shingles, sorted
}

func (c *corpus) add(name, text string) {
	c.names = append(c.names, name)
	c.texts = append(c.texts, text)
}

// measure makes the exact sets, once for all seeds: which shingles are equal does
// not depend on the seed.
func (c *corpus) measure() {
	for _, t := range c.texts {
		h := minhash.AppendShingles(nil, minhash.Prepare(nil, []byte(t)), 7)
		slices.Sort(h)
		c.sets = append(c.sets, slices.Compact(h))
	}
}

func (c *corpus) jaccard(i, j int) float64 { return minhash.Jaccard(c.sets[i], c.sets[j]) }

func adverts(tb testing.TB, name string) *corpus {
	tb.Helper()
	b, err := os.ReadFile(datatest.File(tb, name))
	require.NoError(tb, err)
	c := &corpus{}
	folder, folded := textnorm.New(), &textnorm.Text{}
	for line := range bytes.Lines(b) {
		var a struct{ Platform, ID, Title, Text string }
		require.NoError(tb, json.Unmarshal(line, &a))
		folder.Fold(folded, a.Title, a.Text)
		c.add(ad.DocID(a.Platform, a.ID), string(folded.Folded))
	}
	c.measure()
	return c
}

func articles(tb testing.TB, n int) (c *corpus, truth [][2]string) {
	tb.Helper()
	b, err := os.ReadFile(datatest.File(tb, fmt.Sprintf("articles/articles_%d.train", n)))
	require.NoError(tb, err)
	c = &corpus{}
	for line := range bytes.Lines(b) {
		name, text, ok := strings.Cut(string(line), " ")
		require.True(tb, ok)
		c.add(name, strings.ToLower(text))
	}
	c.measure()
	b, err = os.ReadFile(datatest.File(tb, fmt.Sprintf("articles/articles_%d.truth", n)))
	require.NoError(tb, err)
	for line := range bytes.Lines(b) {
		pair := strings.Fields(string(line))
		require.Len(tb, pair, 2)
		truth = append(truth, [2]string{pair[0], pair[1]})
	}
	return c, truth
}

// assign clusters the corpus in the given order and returns each text's final
// cluster, by its position in the corpus.
func (c *corpus) assign(tb testing.TB, p Params, order []int) []string {
	tb.Helper()
	a, err := New(p)
	require.NoError(tb, err)
	s := a.NewSigner()
	out := make([]string, len(c.texts))
	var signed Signed
	for n, i := range order {
		require.NoError(tb, s.Sign(Ad{DocID: ad.DocID("corpus", c.names[i]), Folded: []byte(c.texts[i])}, &signed))
		o, err := a.Assign(uint64(n)+1, &signed)
		require.NoError(tb, err)
		out[i] = o.Cluster
	}
	for i := range out {
		out[i] = a.Resolve(out[i])
	}
	return out
}

func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}
