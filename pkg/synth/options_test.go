package synth

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	require.NoError(t, o.Validate())
	for want, spoil := range map[string]func(*Options){
		"ads: ":               func(o *Options) { o.Ads = -1 },
		"days: ":              func(o *Options) { o.Days = 0 },
		"start: ":             func(o *Options) { o.Start = time.Time{} },
		"campaign_share: ":    func(o *Options) { o.CampaignShare = 1.5 },
		"more than 1":         func(o *Options) { o.CampaignShare, o.HardNegativeShare = 0.6, 0.6 },
		"repost_share: ":      func(o *Options) { o.RepostShare = -1 },
		"edit_min: ":          func(o *Options) { o.EditMin = 0.5 },
		"mean_copies: ":       func(o *Options) { o.MeanCopies = 0 },
		"active_campaigns: ":  func(o *Options) { o.ActiveCampaigns = 1 << 20 },
		`no topic "weather"`:  func(o *Options) { o.Topics = []string{"weather"} },
		"of kind background,": func(o *Options) { o.Topics = []string{"p3mi.id", "organ_removal.id"} },
	} {
		o := DefaultOptions()
		spoil(&o)
		require.ErrorContains(t, o.Validate(), want)
		_, err := New(o)
		require.ErrorContains(t, err, want)
	}
	o.Ads, o.Days = -1, 0
	require.ErrorContains(t, o.Validate(), "ads: ")
	require.ErrorContains(t, o.Validate(), "days: ", "every problem is named")
}

func TestTopicsRestrict(t *testing.T) {
	t.Parallel()
	o := DefaultOptions()
	o.Ads, o.Topics = 500, []string{"goods.en", "child_trade.id", "donor_drive.en"}
	items, err := Collect(o)
	require.NoError(t, err)
	for i := range items {
		require.Contains(t, o.Topics, items[i].Truth.Topic)
	}
}
