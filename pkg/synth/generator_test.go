package synth

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad"
)

// goldenFeed is the SHA-256 of the first thousand adverts of the default feed
// and their truth. A change of the grammar or of the generator changes it;
// anything else that does breaks feeds that others measured with.
const goldenFeed = "3a40239c7ce08160b0224d4aab7dce4a2d606bea9fa9b4a82c616c5f8967fea4"

func feedHash(t *testing.T, o Options) string {
	t.Helper()
	g, err := New(o)
	require.NoError(t, err)
	h := sha256.New()
	for range 1000 {
		item, ok := g.Next()
		require.True(t, ok)
		h.Write(item.JSON)
		h.Write(item.Truth.AppendJSON(nil))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestSameOptionsGiveTheSameFeed(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	first := feedHash(t, o)
	require.Equal(t, goldenFeed, first)
	require.Equal(t, first, feedHash(t, o))
	o.Start = o.Start.In(time.FixedZone("elsewhere", 7*3600))
	require.Equal(t, first, feedHash(t, o), "the zone of Start is no part of the feed")
	o.Seed = 2
	require.NotEqual(t, first, feedHash(t, o))
}

// drawOptions draws options that are right.
func drawOptions(t *rapid.T) Options {
	o := DefaultOptions()
	share := rapid.Float64Range(0, 0.5)
	o.Ads = rapid.IntRange(0, 400).Draw(t, "ads")
	o.Seed = rapid.Uint64().Draw(t, "seed")
	o.Days = rapid.IntRange(1, 400).Draw(t, "days")
	o.CampaignShare = share.Draw(t, "campaigns")
	o.HardNegativeShare = share.Draw(t, "hard negatives")
	o.RepostShare = rapid.Float64Range(0, 1).Draw(t, "re-posts")
	o.ObfuscationShare = rapid.Float64Range(0, 1).Draw(t, "obfuscation")
	o.EditMin = rapid.Float64Range(0, 0.5).Draw(t, "edit min")
	o.EditRate = rapid.Float64Range(o.EditMin, 1).Draw(t, "edit rate")
	o.MeanCopies = rapid.IntRange(1, 100).Draw(t, "copies")
	o.ActiveCampaigns = rapid.IntRange(0, 20).Draw(t, "active")
	o.EditsOnly = rapid.Bool().Draw(t, "edits only")
	return o
}

// Whatever the options, the feed has the right length, every line is an advert
// that Decode takes without complaint, ids are unique, times do not run back,
// and the truth agrees with the advert and with itself.
func TestEveryAdvertIsValid(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := drawOptions(t)
		g, err := New(o)
		require.NoError(t, err)
		ids := map[string]bool{}
		last := o.Start
		n := 0
		for item := range g.All() {
			n++
			a, err := ad.Decode(item.JSON)
			require.NoError(t, err)
			require.Zero(t, a.Ignored)
			require.False(t, a.Truncated)
			require.False(t, strings.ContainsFunc(a.Title+a.Text, func(r rune) bool { return r < ' ' && r != '\n' }))
			require.Equal(t, "true", a.Attributes["synthetic"])
			require.False(t, ids[a.ID])
			ids[a.ID] = true
			require.False(t, a.PostedAt.Before(last.Truncate(time.Second)))
			require.True(t, a.CollectedAt.After(a.PostedAt))
			require.True(t, a.PostedAt.Before(o.Start.AddDate(0, 0, o.Days)))
			last = a.PostedAt
			requireTruth(t, a, &item.Truth)
		}
		require.Equal(t, o.Ads, n)
		_, more := g.Next()
		require.False(t, more)
	})
}

func requireTruth(t require.TestingT, a *ad.Ad, truth *Truth) {
	require.Equal(t, a.ID, truth.ID)
	require.Equal(t, a.Platform, truth.Platform)
	require.Contains(t, Topics(), truth.Topic)
	require.NotEmpty(t, truth.Group)
	if a.Language != "" {
		require.True(t, strings.HasSuffix(truth.Topic, "."+a.Language))
	}
	if truth.Kind == KindCampaign {
		require.Equal(t, LabelLead, truth.Label)
		require.Equal(t, truth.Campaign, truth.Group)
		require.True(t, strings.HasPrefix(truth.Topic, truth.Typology+"."))
		return
	}
	require.Equal(t, LabelOrdinary, truth.Label)
	require.Empty(t, truth.Campaign)
	require.Empty(t, truth.Typology)
	require.False(t, truth.Obfuscated)
	require.Zero(t, truth.Variant)
}

func TestTruthAsJSON(t *testing.T) {
	t.Parallel()
	items, err := Collect(DefaultOptions())
	require.NoError(t, err)
	for i := range items {
		var back Truth
		require.NoError(t, json.Unmarshal(items[i].Truth.AppendJSON(nil), &back))
		require.Equal(t, items[i].Truth, back)
	}
}

func TestSharesAreAsAsked(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	o.Ads, o.CampaignShare, o.HardNegativeShare, o.RepostShare = 40_000, 0.2, 0.1, 0.15
	g, err := New(o)
	require.NoError(t, err)
	kinds, topics, copies := map[Kind]int{}, map[string]int{}, map[string]int{}
	reposts, obfuscated := 0, 0
	for item := range g.All() {
		truth := &item.Truth
		kinds[truth.Kind]++
		topics[truth.Topic]++
		if truth.Kind == KindCampaign {
			copies[truth.Campaign]++
		} else if truth.Group != truth.ID {
			reposts++
		}
		if truth.Obfuscated {
			obfuscated++
		}
	}
	require.InEpsilon(t, 8000, kinds[KindCampaign], 0.05)
	require.InEpsilon(t, 4000, kinds[KindHardNegative], 0.07)
	require.InEpsilon(t, 0.15*32_000, reposts, 0.07)
	require.Len(t, topics, len(Topics()), "every topic occurs")
	require.InEpsilon(t, 0.45, float64(obfuscated)/float64(kinds[KindCampaign]), 0.4)
	require.InEpsilon(t, float64(o.MeanCopies), float64(kinds[KindCampaign])/float64(len(copies)), 0.25)
	single := 0
	for _, n := range copies {
		if n == 1 {
			single++
		}
	}
	require.Less(t, single, len(copies)/20, "campaigns have copies")
}

// A campaign spreads over accounts, places and platforms, shares its contacts
// and changes over time.
func TestCampaignsSpread(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	o.Ads, o.CampaignShare, o.HardNegativeShare, o.ActiveCampaigns = 3000, 1, 0, 8
	items, err := Collect(o)
	require.NoError(t, err)
	type spread struct{ accounts, places, platforms, variants map[string]bool }
	campaigns := map[string]*spread{}
	for i := range items {
		a, err := ad.Decode(items[i].JSON)
		require.NoError(t, err)
		c := campaigns[items[i].Truth.Campaign]
		if c == nil {
			c = &spread{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
			campaigns[items[i].Truth.Campaign] = c
		}
		c.accounts[a.Seller.ID] = true
		c.places[a.Location.City] = true
		c.platforms[a.Platform] = true
		c.variants[fmt.Sprint(items[i].Truth.Variant)] = true
	}
	var accounts, places, platforms, drifted int
	for _, c := range campaigns {
		require.LessOrEqual(t, len(c.accounts), maxAccounts)
		accounts += len(c.accounts)
		places += len(c.places)
		platforms += len(c.platforms)
		if len(c.variants) > 1 {
			drifted++
		}
	}
	n := len(campaigns)
	require.Greater(t, accounts, 3*n)
	require.Greater(t, places, 3*n/2)
	require.Greater(t, platforms, 3*n/2)
	require.Greater(t, drifted, n/4)
}

// Not parallel: it looks at the whole heap.
func TestMemoryDoesNotGrow(t *testing.T) {
	o := DefaultOptions()
	o.Ads, o.CampaignShare = 5_000_000, 0.2
	g, err := New(o)
	require.NoError(t, err)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	run := func(n int) {
		for range n {
			_, ok := g.Next()
			require.True(t, ok)
		}
	}
	run(20_000)
	before := heap()
	run(200_000)
	after := heap()
	require.Less(t, after, before+1<<20)
	require.Len(t, g.active, maxActive)
}
