package indicator

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
)

func TestAssessLevels(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	for _, c := range []struct {
		name, text string
		ad         *ExampleAd
		level      adpb.Level
		typology   string
	}{
		{name: "ordinary vacancy", text: "Dibutuhkan admin gudang di Bandung, lulusan SMA, pengalaman minimal 1 tahun. PT Contoh.", level: adpb.Level_LEVEL_NONE},
		{
			name: "compound", level: adpb.Level_LEVEL_HIGH, typology: "scam-compound",
			text: "Loker admin online penempatan Kamboja, tiket pesawat gratis, tanpa visa, mess gratis",
		},
		{
			name: "compound, quoted by a warning", level: adpb.Level_LEVEL_LOW,
			text: "Waspada perdagangan orang! Loker admin online penempatan Kamboja, tiket pesawat gratis, tanpa visa, mess gratis",
		},
		{
			name: "debt and papers", level: adpb.Level_LEVEL_HIGH, typology: "forced-labour",
			text: "Kerja ke Taiwan, biaya dipotong gaji 9 bulan. Paspor ditahan agen selama kontrak.",
		},
		{
			name: "licensed placement with a loan", level: adpb.Level_LEVEL_LOW,
			text: "Kerja ke Taiwan melalui PT Contoh, SIP3MI No. 12/2023, biaya penempatan dipotong gaji",
		},
		{name: "one medium sign", text: "Lowongan kerja ke Malaysia, biaya pendaftaran 2 juta. Kirim lamaran.", ad: &ExampleAd{Email: true}, level: adpb.Level_LEVEL_LOW},
		{name: "independent adult", text: "Independent escort, incall only, screening required, 34 years old", level: adpb.Level_LEVEL_NONE},
		{
			name: "third party and hidden number", ad: &ExampleAd{HiddenContacts: 1}, level: adpb.Level_LEVEL_HIGH, typology: "sexual-exploitation",
			text: "Open BO, banyak pilihan cewek, zero8one2",
		},
		{name: "goods with a hidden number", text: "Dijual motor, zero8one2", ad: &ExampleAd{HiddenContacts: 1}, level: adpb.Level_LEVEL_NONE},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := e.Assess(Example{Text: c.text, Ad: c.ad}.ad())
			require.Equal(t, c.level.String(), a.GetLevel().String(), a.GetReason())
			if c.typology != "" {
				require.Equal(t, c.typology, a.GetTypologies()[0])
			}
			for _, h := range a.GetIndicators() {
				require.NotEmpty(t, h.GetEvidence(), h.GetId())
				require.LessOrEqual(t, len(h.GetEvidence()), MaxEvidence)
				require.NotEmpty(t, h.GetSource())
			}
			require.True(t, strings.HasSuffix(a.GetReason(), "."))
		})
	}
}

// TestZeroWeight: what research found invalid, and protected traits, change no
// score.
func TestZeroWeight(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	plain := e.Assess(Example{Text: "Independent escort, incall only"}.ad())
	tagged := e.Assess(Example{Text: "Independent asian escort, new in town, 21 years old, tattooed, screening required"}.ad())
	require.InDelta(t, plain.GetScore(), tagged.GetScore(), 0)
	require.NotNil(t, hitOf(tagged, "XT1"))
	require.NotNil(t, hitOf(tagged, "XT2"))
	require.Nil(t, hitOf(tagged, "X04"), "ethnicity is off by default")
}

func TestAssessIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	ads := []*adpb.NormalizedAd{
		Example{Text: "Loker admin online penempatan Kamboja, tiket pesawat gratis, tanpa visa"}.ad(),
		Example{Text: "Dibutuhkan guru"}.ad(),
		Example{Text: strings.Repeat("Kerja ke Malaysia pakai visa turis. ", 50)}.ad(),
	}
	want := make([]*adpb.Assessment, len(ads))
	for i, a := range ads {
		want[i] = e.Assess(a)
	}
	require.Len(t, hitOf(want[2], "L01").GetEvidence(), MaxEvidence)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				for i, a := range ads {
					if !proto.Equal(want[i], e.Assess(a)) {
						t.Errorf("advert %d is assessed otherwise", i)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestAssessCluster(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	cluster := func(x ExampleCluster) *adpb.Assessment { return e.AssessCluster(x.profile()) }
	one := cluster(ExampleCluster{Size: 1, Seen: []string{"L17"}})
	require.Equal(t, adpb.Level_LEVEL_MEDIUM, one.GetLevel())
	// What only a cluster shows adds to it: one text under five accounts.
	many := cluster(ExampleCluster{Size: 40, Accounts: 5, Contacts: 1, OneContact: true, Cities: 6, Seen: []string{"L03", "L04"}})
	few := cluster(ExampleCluster{Size: 40, Accounts: 1, Contacts: 1, Seen: []string{"L03", "L04"}})
	require.Greater(t, many.GetScore(), few.GetScore())
	require.Equal(t, adpb.Level_LEVEL_HIGH, many.GetLevel())
	// A cluster of goods reaches low at most.
	goods := cluster(ExampleCluster{Size: 500, Accounts: 60, Contacts: 1, OneContact: true, Cities: 30, BurstAds: 400})
	require.LessOrEqual(t, goods.GetLevel(), adpb.Level_LEVEL_LOW)
	require.Empty(t, goods.GetTypologies())
	// One advert of a hundred does not speak for its cluster.
	stray := ExampleCluster{Size: 100, Seen: []string{"L17"}}.profileWith(1)
	require.Equal(t, adpb.Level_LEVEL_NONE, e.AssessCluster(stray).GetLevel())
	// Indicators that no pack has any more are left out.
	require.Empty(t, cluster(ExampleCluster{Size: 3, Seen: []string{"GONE"}}).GetIndicators())
}

// profileWith is profile with every sign seen in ads adverts.
func (x ExampleCluster) profileWith(ads uint32) *adpb.ClusterProfile {
	p := x.profile()
	for _, i := range p.GetIndicators() {
		i.Ads = ads
	}
	return p
}
