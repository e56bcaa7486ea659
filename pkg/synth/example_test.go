package synth_test

import (
	"fmt"

	"palermo.internal/pkg/synth"
)

func ExampleGenerator() {
	o := synth.DefaultOptions()
	o.Ads = 2000
	g, err := synth.New(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	leads := 0
	for item := range g.All() {
		// item.JSON is one line for topic ads.raw.
		if item.Truth.Label == synth.LabelLead {
			leads++
		}
	}
	fmt.Println(leads > 50 && leads < 150)
	// Output: true
}

// Near-duplicates at a known distance: copies differ from their base text in
// five words of a hundred, and in nothing else.
func ExampleOptions_editsOnly() {
	o := synth.DefaultOptions()
	o.Ads, o.CampaignShare, o.HardNegativeShare = 3, 1, 0
	o.ActiveCampaigns, o.MeanCopies = 1, 40
	o.EditsOnly, o.EditMin, o.EditRate = true, 0.05, 0.05
	items, err := synth.Collect(o)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i := range items {
		fmt.Println(items[i].Truth.Campaign)
	}
	// Output:
	// campaign-000000
	// campaign-000000
	// campaign-000000
}
