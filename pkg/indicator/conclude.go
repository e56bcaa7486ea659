package indicator

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"palermo.internal/pkg/ad/adpb"
)

// conclude turns the hits in the scratch into an assessment.
func (e *Engine) conclude(s *scratch) *adpb.Assessment {
	out := &adpb.Assessment{Packs: e.packIDs, Level: adpb.Level_LEVEL_NONE, Reason: "No published sign was seen."}
	if len(s.hits) == 0 {
		return out
	}
	live := make([]*rule, 0, len(s.rules))
	for _, r := range s.rules {
		if r.spec.Mode == ModeLive {
			live = append(live, r)
		}
	}
	// The order of the rules is that of the packs, not of the text: the outcome
	// must not depend on which phrase came first.
	slices.SortFunc(live, func(a, b *rule) int { return cmp.Compare(a.index, b.index) })
	out.Indicators = slices.Clone(s.hits)
	slices.SortFunc(out.Indicators, e.compareHits)
	score, verdicts := e.judgeAll(live)
	best := verdicts[0]
	out.Score = score
	out.Level = adpb.Level(int(best.level) + int(adpb.Level_LEVEL_NONE))
	for _, v := range verdicts {
		if v.level > levelNone && v.typology != crossIndex {
			out.Typologies = append(out.Typologies, e.typologies[v.typology])
		}
	}
	out.Reason = e.reason(live, best)
	return out
}

// judgeAll returns the highest score, and the verdicts of all typologies that
// were seen and of none: the highest level first, and in a level the one whose
// counted signs weigh most. Signs that only order say nothing about which
// typology it is.
func (e *Engine) judgeAll(live []*rule) (float64, []verdict) {
	var all []verdict
	for t := range e.typologies {
		if slices.ContainsFunc(live, func(r *rule) bool { return r.typology == t && counted(r, t, false) }) {
			all = append(all, judge(live, t))
		}
	}
	all = append(all, judgeCross(live))
	score := 0.0
	for _, v := range all {
		score = max(score, v.score())
	}
	slices.SortStableFunc(all, func(a, b verdict) int {
		return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(b.counted, a.counted), cmp.Compare(b.weight, a.weight))
	})
	return score, all
}

// compareHits puts live hits before the others, and the strongest first.
func (e *Engine) compareHits(a, b *adpb.IndicatorHit) int {
	ra, rb := e.byID[a.Id], e.byID[b.Id]
	return cmp.Or(
		cmp.Compare(modeOrder(ra.spec.Mode), modeOrder(rb.spec.Mode)),
		cmp.Compare(grade(rb.spec.Strength), grade(ra.spec.Strength)),
		cmp.Compare(ra.index, rb.index),
	)
}

func modeOrder(m Mode) int {
	if m == ModeLive {
		return 0
	}
	return 1
}

// maxReasons bounds the signs that a reason names.
const maxReasons = 3

// reason names the strongest signs of the highest verdict in one sentence.
func (e *Engine) reason(live []*rule, v verdict) string {
	byGrade := slices.Clone(live)
	slices.SortStableFunc(byGrade, func(a, b *rule) int { return cmp.Compare(grade(b.spec.Strength), grade(a.spec.Strength)) })
	names, others := namesOf(byGrade, v.typology, false)
	var b strings.Builder
	switch {
	case len(names) == 0:
		if names, others = namesOf(byGrade, v.typology, true); len(names) == 0 {
			return "No published sign that counts was seen."
		}
		b.WriteString("No sign counts towards a level; it only stands higher in the list for: ")
	case v.level == levelNone:
		b.WriteString("Too little for a level: ")
	case v.typology == crossIndex:
		b.WriteString("Signs of no single typology: ")
	default:
		b.WriteString("Signs of " + strings.ReplaceAll(e.typologies[v.typology], "-", " ") + ": ")
	}
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1 && others == 0:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(n)
	}
	if others > 0 {
		fmt.Fprintf(&b, " and %d more", others)
	}
	for _, r := range live {
		if r.spec.Strength == StrengthCounter && (r.typology == v.typology || r.typology == crossIndex) {
			b.WriteString("; lowered by " + r.phrase)
			break
		}
	}
	b.WriteByte('.')
	return b.String()
}

// namesOf returns the first phrases of the rules that count in a typology, and
// how many more there are.
func namesOf(rules []*rule, typology int, ordersOnly bool) (names []string, others int) {
	for _, r := range rules {
		if r.spec.OrdersOnly != ordersOnly || !counted(r, typology, true) || slices.Contains(names, r.phrase) {
			continue
		}
		if len(names) == maxReasons {
			others++
			continue
		}
		names = append(names, r.phrase)
	}
	return names, others
}
