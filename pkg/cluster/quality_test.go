package cluster

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestArticles joins every pair of articles that is known to be a near-duplicate,
// and no other two that are not similar enough.
func TestArticles(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1000, 2500} {
		c, truth := articles(t, n)
		at := map[string]int{}
		for i, name := range c.names {
			at[name] = i
		}
		for _, seed := range seeds {
			p := DefaultParams()
			p.Seed = seed
			got := c.assign(t, p, inOrder(len(c.texts)))
			known := map[[2]int]bool{}
			for _, pair := range truth {
				i, j := at[pair[0]], at[pair[1]]
				require.Equal(t, got[i], got[j], "%s and %s, similarity %.3f", pair[0], pair[1], c.jaccard(i, j))
				known[[2]int{min(i, j), max(i, j)}] = true
			}
			for j := range got {
				for i := range j {
					if got[i] == got[j] && !known[[2]int{i, j}] {
						require.GreaterOrEqual(t, c.jaccard(i, j), p.Threshold, "%s and %s", c.names[i], c.names[j])
					}
				}
			}
		}
	}
}

// score counts pairs: those that are similar enough, those in one cluster, both.
type score struct{ similar, joined, both int }

func (s score) recall() float64    { return float64(s.both) / float64(max(s.similar, 1)) }
func (s score) precision() float64 { return float64(s.both) / float64(max(s.joined, 1)) }

// oracle holds which pairs of a corpus are similar at the threshold, and the
// connected components of those pairs.
type oracle struct {
	similar   [][]bool // [j][i], i < j
	component []int
}

func newOracle(c *corpus, threshold float64) *oracle {
	o := &oracle{similar: make([][]bool, len(c.texts)), component: inOrder(len(c.texts))}
	find := func(i int) int {
		for o.component[i] != i {
			i = o.component[i]
		}
		return i
	}
	for j := range c.texts {
		o.similar[j] = make([]bool, j)
		for i := range j {
			if c.jaccard(i, j) >= threshold {
				o.similar[j][i] = true
				a, b := find(i), find(j)
				o.component[max(a, b)] = min(a, b)
			}
		}
	}
	for i := range o.component {
		o.component[i] = find(i)
	}
	return o
}

func (o *oracle) score(got []string) (pairs, components score) {
	for j := range got {
		for i := range j {
			joined := got[i] == got[j]
			for _, x := range []struct {
				s    *score
				want bool
			}{{&pairs, o.similar[j][i]}, {&components, o.component[i] == o.component[j]}} {
				if x.want {
					x.s.similar++
				}
				if joined {
					x.s.joined++
				}
				if x.want && joined {
					x.s.both++
				}
			}
		}
	}
	return pairs, components
}

// TestAdverts measures recall and precision of the clusters on real adverts,
// against the exact similarity of every pair. The order in which the adverts come
// changes what represents a cluster, so orders are tried as well as seeds.
func TestAdverts(t *testing.T) {
	t.Parallel()
	c := adverts(t, "fake_jobs/fake_jobs.ndjson")
	o := newOracle(c, DefaultParams().Threshold)
	for n, seed := range seeds {
		for run := range 2 {
			p := DefaultParams()
			p.Seed = seed
			order := inOrder(len(c.texts))
			if run > 0 {
				r := rand.New(rand.NewPCG(seed, uint64(n)))
				r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			}
			pairs, components := o.score(c.assign(t, p, order))
			t.Logf("seed %d order %d: %d pairs: recall %.4f precision %.4f; with what follows from them: %d pairs, recall %.4f precision %.4f",
				n, run, pairs.similar, pairs.recall(), pairs.precision(),
				components.similar, components.recall(), components.precision())
			require.GreaterOrEqual(t, pairs.recall(), 0.97)
			require.GreaterOrEqual(t, pairs.precision(), 0.97)
			require.GreaterOrEqual(t, components.recall(), 0.97)
			require.GreaterOrEqual(t, components.precision(), 0.97)
		}
	}
}
