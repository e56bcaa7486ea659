package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParamsValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultParams().Validate())
	for want, change := range map[string]func(p *Params){
		"slots":        func(p *Params) { p.Slots = 4096 },
		"bands, rows":  func(p *Params) { p.Bands = 40 },
		"threshold":    func(p *Params) { p.Threshold = 0 },
		"merge_margin": func(p *Params) { p.MergeMargin = p.Threshold },
		"min_shingles": func(p *Params) { p.MinShingles = 0 },
		"exact_bytes":  func(p *Params) { p.ExactBytes = -1 },
		"generations":  func(p *Params) { p.Generations = 65 },
		"window":       func(p *Params) { p.Window = time.Hour },
		"max_ads":      func(p *Params) { p.MaxAds = 10 },
	} {
		p := DefaultParams()
		change(&p)
		require.ErrorContains(t, p.Validate(), want+":")
		_, err := New(p)
		require.Error(t, err)
	}
}
