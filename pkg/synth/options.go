package synth

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options describe a feed. The same options give the same bytes.
type Options struct {
	// Ads is the length of the feed.
	Ads int
	// Seed picks one of the possible feeds.
	Seed uint64
	// Start is when the first advert is posted; the others follow in order of
	// time over Days days.
	Start time.Time
	Days  int
	// CampaignShare and HardNegativeShare are parts of the feed, 0 to 1; the
	// rest is background.
	CampaignShare, HardNegativeShare float64
	// RepostShare is the part of the background and of the hard negatives that
	// is posted again: by the same seller, or, for texts that people share,
	// such as warnings, by others.
	RepostShare float64
	// MeanCopies is the mean number of adverts of a campaign. Sizes run from a
	// quarter of it to five times it.
	MeanCopies int
	// ActiveCampaigns is how many campaigns run at a time; 0 picks a number
	// that suits the length of the feed. It bounds the memory.
	ActiveCampaigns int
	// EditMin and EditRate bound the part of a copy's words that is dropped,
	// moved or inserted. Each copy draws its own rate between them. Words with
	// a digit stay as they are.
	EditMin, EditRate float64
	// ObfuscationShare is the part of the campaigns that disguise words and
	// numbers, 0 to 1. They do so in most copies.
	ObfuscationShare float64
	// EditsOnly makes campaigns whose copies differ by their edits alone: the
	// slots are filled once, nothing drifts, nothing is disguised. With
	// EditMin = EditRate it gives near-duplicates at a known distance.
	EditsOnly bool
	// Topics restricts the feed to these topics; empty means all. See Topics.
	Topics []string
}

// DefaultOptions returns a feed of 10,000 adverts over 60 days, in which one
// advert in twenty belongs to a campaign.
func DefaultOptions() Options {
	return Options{
		Ads: 10_000, Seed: 1,
		Start: time.Date(2026, time.September, 1, 0, 0, 0, 0, time.UTC), Days: 60,
		CampaignShare: 0.05, HardNegativeShare: 0.05, RepostShare: 0.1,
		MeanCopies: 24, EditRate: 0.06, ObfuscationShare: 0.4,
	}
}

const (
	maxAds    = 1_000_000_000
	maxDays   = 3650
	maxCopies = 1_000_000
	maxActive = 2048
)

// Validate returns every problem of the options, joined.
func (o *Options) Validate() error {
	var errs []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	check(o.Ads >= 0 && o.Ads <= maxAds, "ads: %d is not between 0 and %d", o.Ads, maxAds)
	check(o.Days >= 1 && o.Days <= maxDays, "days: %d is not between 1 and %d", o.Days, maxDays)
	check(o.Start.Year() >= 1990 && o.Start.Year() <= 2100, "start: the year %d is not between 1990 and 2100", o.Start.Year())
	for _, s := range []struct {
		name  string
		value float64
	}{
		{"campaign_share", o.CampaignShare},
		{"hard_negative_share", o.HardNegativeShare},
		{"repost_share", o.RepostShare},
		{"edit_min", o.EditMin},
		{"edit_rate", o.EditRate},
		{"obfuscation_share", o.ObfuscationShare},
	} {
		check(s.value >= 0 && s.value <= 1, "%s: %v is not between 0 and 1", s.name, s.value)
	}
	check(o.CampaignShare+o.HardNegativeShare <= 1, "campaign_share, hard_negative_share: they add up to more than 1")
	check(o.EditMin <= o.EditRate, "edit_min: %v is more than edit_rate %v", o.EditMin, o.EditRate)
	check(o.MeanCopies >= 1 && o.MeanCopies <= maxCopies, "mean_copies: %d is not between 1 and %d", o.MeanCopies, maxCopies)
	check(o.ActiveCampaigns >= 0 && o.ActiveCampaigns <= maxActive, "active_campaigns: %d is not between 0 and %d", o.ActiveCampaigns, maxActive)
	for _, name := range o.Topics {
		check(slices.Contains(Topics(), name), "topics: there is no topic %q", name)
	}
	for _, k := range []struct {
		kind  Kind
		share float64
	}{
		{KindCampaign, o.CampaignShare},
		{KindHardNegative, o.HardNegativeShare},
		{KindBackground, 1 - o.CampaignShare - o.HardNegativeShare},
	} {
		wanted := k.share > 1e-9
		check(!wanted || o.hasTopic(k.kind), "topics: none is of kind %s, which has a share of the feed", k.kind)
	}
	return errors.Join(errs...)
}

func (o *Options) hasTopic(k Kind) bool {
	return slices.ContainsFunc(topics, func(t topic) bool { return t.kind == k && o.wants(t.name) })
}

func (o *Options) wants(topic string) bool {
	return len(o.Topics) == 0 || slices.Contains(o.Topics, topic)
}

// active returns how many campaigns run at a time: about a fifth of all of
// them, so that each lasts about a fifth of the feed.
func (o *Options) active() int {
	if o.ActiveCampaigns > 0 {
		return o.ActiveCampaigns
	}
	all := int(float64(o.Ads) * o.CampaignShare / float64(o.MeanCopies))
	return min(max(all/5, 4), maxActive)
}
