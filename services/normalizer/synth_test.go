package normalizer

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/synth"
)

// leftOver matches what the generator's contacts look like in any of its
// disguises: every number holds a block of zeros, every account a fixed name.
var leftOver = regexp.MustCompile(`8[1-9][0-9][^a-z]{0,3}0[^a-z]{0,2}0[^a-z]{0,2}0[^a-z]{0,2}0|(nol|zero|kosong)[^a-z]{0,2}(nol|zero)|palermo_demo|demo\.[a-z0-9]+@`)

// TestGeneratedCampaigns reads a feed in which every campaign hides its words
// and its number: each advert of a campaign has its Indonesian number found,
// and no contact is left in what goes out.
func TestGeneratedCampaigns(t *testing.T) {
	t.Parallel()
	o := synth.DefaultOptions()
	o.Ads, o.ObfuscationShare, o.CampaignShare = 4000, 1, 0.5
	g, err := synth.New(o)
	require.NoError(t, err)
	n := normalizer(t)
	hidden := 0
	for item := range g.All() {
		a, err := ad.Decode(item.JSON)
		require.NoError(t, err)
		got, err := n.Normalize(a)
		require.NoError(t, err)
		require.Empty(t, leftOver.FindString(got.GetTitle()+"\n"+got.GetText()+"\n"+got.GetFolded()), "%s", item.JSON)
		if item.Truth.Kind != synth.KindCampaign {
			continue
		}
		require.True(t, slices.ContainsFunc(got.GetContacts(), func(c *adpb.Contact) bool {
			return c.GetType() == adpb.ContactType_CONTACT_TYPE_PHONE && c.GetCountry() == "ID"
		}), "%s", item.JSON)
		hidden += int(got.GetObfuscation().GetHiddenContacts())
	}
	require.Positive(t, hidden)
}
