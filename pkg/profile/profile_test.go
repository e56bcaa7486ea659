package profile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad/adpb"
)

const start = int64(1_760_000_000_000)

// single draws the profile of advert seq.
func single(t *rapid.T, seq uint64) *adpb.ClusterProfile {
	n := &adpb.NormalizedAd{
		DocId: fmt.Sprintf("doc-%d", seq), Platform: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "platform"),
		PostedAt:    start + rapid.Int64Range(0, 400*24*3600*1000).Draw(t, "posted"),
		SellerToken: fmt.Sprintf("k:%d", rapid.IntRange(0, 200).Draw(t, "seller")), Language: "id", Category: "jobs",
		Places:      []*adpb.Place{{Country: "ID", City: fmt.Sprintf("kota %d", rapid.IntRange(0, 90).Draw(t, "city"))}},
		Contacts:    []*adpb.Contact{{Token: fmt.Sprintf("k:%d", rapid.IntRange(0, 5).Draw(t, "contact"))}},
		Amounts:     []*adpb.Amount{{Min: 1, Max: float64(rapid.IntRange(1, 60).Draw(t, "amount")), Currency: "IDR"}},
		Obfuscation: &adpb.Obfuscation{Leet: rapid.Uint32Range(0, 2).Draw(t, "leet"), HiddenContacts: rapid.Uint32Range(0, 1).Draw(t, "hidden")},
	}
	s := &adpb.Assessment{Score: rapid.Float64Range(0, 1).Draw(t, "score"), Typologies: rapid.SampledFrom([][]string{nil, {"x"}, {"y"}, {"x", "y"}}).Draw(t, "typologies")}
	if rapid.Bool().Draw(t, "hit") {
		s.Indicators = []*adpb.IndicatorHit{{Id: fmt.Sprintf("L%02d", seq%5), Title: "not kept", Evidence: []*adpb.Evidence{{Note: fmt.Sprint(seq)}}}}
	}
	return Of(&adpb.Assignment{Seq: seq, ClusterId: fmt.Sprintf("c%d", seq), Ad: n}, s)
}

func fold(parts []*adpb.ClusterProfile) *adpb.ClusterProfile {
	out := proto.CloneOf(parts[0])
	for _, p := range parts[1:] {
		out = Merge(out, proto.CloneOf(p))
	}
	return out
}

// TestMergeOrder: any order and any grouping of merges give one profile.
func TestMergeOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 60).Draw(t, "n")
		parts := make([]*adpb.ClusterProfile, n)
		for i := range parts {
			parts[i] = single(t, uint64(i+1))
		}
		want := fold(parts)
		require.Equal(t, "c1", want.GetClusterId())
		require.Equal(t, uint64(n), want.GetSize())

		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for len(parts) > 1 {
			i := r.IntN(len(parts))
			a := parts[i]
			parts = append(parts[:i], parts[i+1:]...)
			j := r.IntN(len(parts))
			parts[j] = Merge(a, parts[j])
		}
		require.True(t, proto.Equal(want, parts[0]), "want %v\ngot %v", want, parts[0])
	})
}

// TestBounds: lists stay within their limits, counts of kept values are exact,
// and the number of different values is near the truth.
func TestBounds(t *testing.T) {
	t.Parallel()
	const ads, accounts = 5000, 1000
	var p *adpb.ClusterProfile
	for i := range ads {
		one := Of(&adpb.Assignment{Seq: uint64(i + 1), ClusterId: "c", Ad: &adpb.NormalizedAd{
			DocId: fmt.Sprint(i), Platform: "p", SellerToken: fmt.Sprintf("k:%d", i%accounts), PostedAt: start + int64(i)*600_000,
			Places:   []*adpb.Place{{Country: "ID", City: fmt.Sprint(i % 30)}},
			Contacts: []*adpb.Contact{{Token: fmt.Sprintf("k:%d", i%2)}, {Token: fmt.Sprintf("k:%d", i%2)}},
		}}, &adpb.Assessment{})
		if p == nil {
			p = one
			continue
		}
		p = Merge(p, one)
	}
	require.Equal(t, uint64(ads), p.GetSize())
	require.Len(t, p.GetAccounts(), MaxAccounts)
	for _, a := range p.GetAccounts() {
		require.Equal(t, uint32(ads/accounts), a.GetAds())
	}
	require.InEpsilon(t, accounts, float64(p.GetAccountsTotal()), 0.4)
	require.Equal(t, uint32(30), p.GetPlacesTotal())
	require.Equal(t, uint32(2), p.GetContactsTotal())
	require.Equal(t, uint32(ads/2), p.GetContacts()[0].GetAds(), "a contact counts once an advert")
	require.Len(t, p.GetRecent(), MaxRecent)
	require.Equal(t, fmt.Sprint(ads-1), p.GetRecent()[0])
	require.Len(t, p.GetHours(), MaxHours)
	require.Equal(t, uint32(6), p.GetBurstAds())
	require.LessOrEqual(t, proto.Size(p), 60_000)
}

func TestAbsorbOnce(t *testing.T) {
	t.Parallel()
	profileOf := func(seq uint64, id string) *adpb.ClusterProfile {
		return Of(&adpb.Assignment{Seq: seq, ClusterId: id, Ad: &adpb.NormalizedAd{DocId: id, Platform: "p", PostedAt: start}}, &adpb.Assessment{})
	}
	p := profileOf(2, "c2")
	require.True(t, Absorb(p, "c3", profileOf(3, "c3")))
	require.False(t, Absorb(p, "c3", profileOf(3, "c3")))
	require.Equal(t, uint64(2), p.GetSize())
	// What c3 had absorbed is absorbed too.
	top := profileOf(1, "c1")
	require.True(t, Absorb(top, "c2", p))
	require.False(t, Absorb(top, "c3", profileOf(3, "c3")))
	require.Equal(t, uint64(3), top.GetSize())
	require.Equal(t, "c1", top.GetClusterId())
	require.ElementsMatch(t, []string{"c2", "c3"}, top.GetAbsorbed())
}

func TestOf(t *testing.T) {
	t.Parallel()
	n := &adpb.NormalizedAd{
		DocId: "d", Platform: "p", PostedAt: start, Folded: "x", RunFolded: []uint32{0}, RunOrigin: []uint32{0},
		Contacts: []*adpb.Contact{{Token: "k:1"}}, Obfuscation: &adpb.Obfuscation{HiddenContacts: 1},
	}
	Strip(n)
	require.Empty(t, n.GetFolded())
	require.Empty(t, n.GetRunFolded())
	p := Of(&adpb.Assignment{Seq: 7, ClusterId: "c", Ad: n}, &adpb.Assessment{
		Score: 0.5, Typologies: []string{"a", "b"},
		Indicators: []*adpb.IndicatorHit{{Id: "L01", Title: "t", Evidence: []*adpb.Evidence{{Note: "1"}, {Note: "2"}, {Note: "3"}}}},
	})
	require.Equal(t, []string{"k:1"}, p.GetCrossTypologyContacts())
	require.Equal(t, uint32(1), p.GetAdsHidden())
	require.Equal(t, uint32(1), p.GetAdsObfuscated())
	require.Equal(t, uint32(1), p.GetBurstAds())
	require.Equal(t, "2025-10-09", p.GetDays()[0].GetValue())
	require.Len(t, p.GetIndicators()[0].GetHit().GetEvidence(), MaxEvidence)
	require.Empty(t, p.GetIndicators()[0].GetHit().GetTitle())
}

func TestView(t *testing.T) {
	t.Parallel()
	p := &adpb.ClusterProfile{ClusterId: "c", Accounts: []*adpb.Counted{{Value: "a", Ads: 1}, {Value: "b", Ads: 9}}, Days: []*adpb.Counted{{Value: "2026-01-02"}, {Value: "2026-01-01"}}}
	v := View(p)
	require.Equal(t, "b", v.GetAccounts()[0].GetValue())
	require.Equal(t, "2026-01-01", v.GetDays()[0].GetValue())
	require.Equal(t, "a", p.GetAccounts()[0].GetValue(), "the state keeps its order")
}

func BenchmarkMergeOne(b *testing.B) {
	make := func(i int) *adpb.ClusterProfile {
		return Of(&adpb.Assignment{Seq: uint64(i + 1), ClusterId: "c", Ad: &adpb.NormalizedAd{
			DocId: fmt.Sprint(i), Platform: "p", SellerToken: fmt.Sprintf("k:%d", i%300), PostedAt: start + int64(i)*600_000,
		}}, &adpb.Assessment{})
	}
	p := make(0)
	for i := 1; i < 2000; i++ {
		p = Merge(p, make(i))
	}
	b.ReportAllocs()
	i := 2000
	for b.Loop() {
		p = Merge(p, make(i))
		i++
	}
}
