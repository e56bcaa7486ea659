package indicator

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad/adpb"
)

// TestPublishedRule is the table of the ILO/EC rule.
func TestPublishedRule(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		strong, medium, weak int
		want                 bool
	}{
		{0, 0, 0, false},
		{1, 0, 0, false},
		{2, 0, 0, true},
		{1, 1, 0, true},
		{1, 0, 1, true},
		{0, 1, 0, false},
		{0, 2, 0, false},
		{0, 3, 0, true},
		{0, 2, 1, true},
		{0, 1, 2, false},
		{0, 1, 9, false},
		{0, 0, 9, false},
	} {
		require.Equal(t, c.want, positive(c.strong, c.medium, c.weak), "%+v", c)
	}
}

// liveRules draws a set of live rules of the shipped packs.
func liveRules(t *rapid.T, e *Engine) []*rule {
	var out []*rule
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(e.rules)-1), 0, 12, rapid.ID).Draw(t, "rules") {
		if e.rules[i].spec.Mode == ModeLive {
			out = append(out, e.rules[i])
		}
	}
	return out
}

// TestMonotone: a further sign never lowers score or level, and a further
// counter-indicator never raises them.
func TestMonotone(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		rules := liveRules(t, e)
		if len(rules) == 0 {
			return
		}
		scoreWithout, verdicts := e.judgeAll(rules[1:])
		without := verdicts[0]
		scoreWith, verdicts := e.judgeAll(rules)
		with := verdicts[0]
		require.GreaterOrEqual(t, scoreWith, 0.0)
		require.Less(t, scoreWith, 1.0)
		switch more := rules[0]; more.spec.Strength {
		case StrengthCounter:
			require.LessOrEqual(t, scoreWith, scoreWithout, more.spec.ID)
			require.LessOrEqual(t, with.level, without.level, more.spec.ID)
		case StrengthTag:
			require.InDelta(t, scoreWithout, scoreWith, 0)
		case StrengthStrong, StrengthMedium, StrengthWeak:
			require.GreaterOrEqual(t, scoreWith, scoreWithout-1e-12, more.spec.ID)
			require.GreaterOrEqual(t, with.level, without.level, more.spec.ID)
		}
	})
}

// TestOneSignIsNoLead: a single indicator would flag four of five ordinary
// adverts, so alone it never reaches high, and only a strong one medium.
func TestOneSignIsNoLead(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	for _, r := range e.rules {
		_, verdicts := e.judgeAll([]*rule{r})
		v := verdicts[0]
		require.LessOrEqual(t, v.level, levelMedium, r.spec.ID)
		switch r.spec.Strength {
		case StrengthStrong:
		case StrengthMedium:
			require.LessOrEqual(t, v.level, levelLow, r.spec.ID)
		case StrengthWeak, StrengthTag, StrengthCounter:
			require.Equal(t, levelNone, v.level, r.spec.ID)
		}
	}
}

// TestHighNeedsThePublishedRule: level high follows from a positive dimension.
func TestHighNeedsThePublishedRule(t *testing.T) {
	t.Parallel()
	e, err := Default()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		rules := liveRules(t, e)
		_, verdicts := e.judgeAll(rules)
		v := verdicts[0]
		if v.level != levelHigh {
			return
		}
		_, dims := tally(rules, v.typology, true)
		any := false
		for _, d := range dims {
			any = any || positive(d.strong, d.medium, d.weak)
		}
		require.True(t, any)
	})
}

func TestLevelsMatchTheEvents(t *testing.T) {
	t.Parallel()
	require.Equal(t, int(adpb.Level_LEVEL_NONE)+int(levelHigh), int(adpb.Level_LEVEL_HIGH))
	for l := range levelHigh {
		low := verdict{level: l, weight: 0.999999}
		high := verdict{level: l + 1}
		require.Less(t, low.score(), high.score())
	}
}
