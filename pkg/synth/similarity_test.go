package synth

import (
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// shingles is the oracle of similarity: the exact set of 5-byte shingles.
func shingles(text string) map[string]struct{} {
	set := map[string]struct{}{}
	for i := 0; i+5 <= len(text); i++ {
		set[text[i:i+5]] = struct{}{}
	}
	return set
}

func jaccard(a, b map[string]struct{}) float64 {
	both := 0
	for s := range a {
		if _, ok := b[s]; ok {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// distribution is a sorted sample.
type distribution []float64

func (d distribution) at(q float64) float64 { return d[int(q*float64(len(d)-1))] }

func (d distribution) above(x float64) float64 {
	return float64(len(d)-sort.SearchFloat64s(d, x)) / float64(len(d))
}

type sample struct {
	truth Truth
	set   map[string]struct{}
}

func collectSamples(t *testing.T, o Options) []sample {
	t.Helper()
	items, err := Collect(o)
	require.NoError(t, err)
	out := make([]sample, 0, len(items))
	for i := range items {
		a, err := ad.Decode(items[i].JSON)
		require.NoError(t, err)
		out = append(out, sample{items[i].Truth, shingles(a.Title + "\n" + a.Text)})
	}
	return out
}

// pairs compares random pairs of samples for which keep holds.
func pairs(samples []sample, n int, keep func(a, b *Truth) bool) distribution {
	r := rand.New(rand.NewPCG(1, 2))
	var d distribution
	for tries := 0; len(d) < n && tries < 200*n; tries++ {
		a, b := &samples[r.IntN(len(samples))], &samples[r.IntN(len(samples))]
		if a != b && keep(&a.truth, &b.truth) {
			d = append(d, jaccard(a.set, b.set))
		}
	}
	sort.Float64s(d)
	return d
}

func logDistribution(t *testing.T, name string, d distribution) {
	t.Helper()
	t.Logf("%-28s n=%6d p01=%.3f p10=%.3f p50=%.3f p90=%.3f p99=%.3f max=%.3f; above 0.5: %.4f, above 0.75: %.4f",
		name, len(d), d.at(.01), d.at(.1), d.at(.5), d.at(.9), d.at(.99), d.at(1), d.above(.5), d.above(.75))
}

func TestCopiesOfACampaignAreAlike(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	o.Ads, o.CampaignShare, o.HardNegativeShare, o.ObfuscationShare = 4000, 1, 0, 0
	samples := collectSamples(t, o)
	inside := pairs(samples, 4000, func(a, b *Truth) bool {
		return a.Campaign == b.Campaign && !a.Obfuscated && !b.Obfuscated
	})
	logDistribution(t, "one campaign", inside)
	require.Greater(t, inside.above(0.75), 0.6)
	require.Greater(t, inside.at(0.01), 0.4)
	for _, typology := range Typologies() {
		between := pairs(samples, 3000, func(a, b *Truth) bool {
			return a.Campaign != b.Campaign && a.Typology == typology && a.Topic == b.Topic
		})
		logDistribution(t, "campaigns of "+typology, between)
		require.Less(t, between.above(0.5), 0.01, typology)
	}
}

func TestOrdinaryAdvertsAreDifferent(t *testing.T) {
	t.Parallel()
	for _, share := range []struct {
		kind Kind
		hard float64
	}{{KindBackground, 0}, {KindHardNegative, 1}} {
		o := DefaultOptions()
		o.Ads, o.CampaignShare, o.HardNegativeShare = 4000, 0, share.hard
		samples := collectSamples(t, o)
		byTopic := map[string]bool{}
		for i := range samples {
			byTopic[samples[i].truth.Topic] = true
		}
		for _, topic := range Topics() {
			if !byTopic[topic] {
				continue
			}
			d := pairs(samples, 3000, func(a, b *Truth) bool {
				return a.Topic == topic && b.Topic == topic && a.Group != b.Group
			})
			logDistribution(t, topic, d)
			require.Less(t, d.above(0.5), 0.002, topic)
		}
		first := map[string]*sample{}
		var same distribution
		for i := range samples {
			s := &samples[i]
			if f := first[s.truth.Group]; f != nil {
				same = append(same, jaccard(f.set, s.set))
			} else {
				first[s.truth.Group] = s
			}
		}
		sort.Float64s(same)
		logDistribution(t, "posted again", same)
		require.Greater(t, same.at(0.1), 0.75)
	}
}

func TestEditsOnlyIsAKnownDistance(t *testing.T) {
	t.Parallel()
	last := 1.1
	for _, rate := range []float64{0, 0.02, 0.05, 0.1, 0.2} {
		o := DefaultOptions()
		o.Ads, o.CampaignShare, o.HardNegativeShare = 1500, 1, 0
		o.EditsOnly, o.EditMin, o.EditRate = true, rate, rate
		d := pairs(collectSamples(t, o), 1500, func(a, b *Truth) bool { return a.Campaign == b.Campaign })
		logDistribution(t, "copies", d)
		if rate == 0 {
			require.InDelta(t, 1, d.at(0), 0)
		}
		require.Less(t, d.at(0.5), last, "more edits, less alike")
		last = d.at(0.5)
	}
}
