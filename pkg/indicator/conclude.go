package indicator

import (
	"cmp"
	"slices"
	"strings"

	"palermo.internal/pkg/ad/adpb"
)

// conclude turns the hits in the scratch into an assessment.
func (e *Engine) conclude(s *scratch) *adpb.Assessment {
	out := &adpb.Assessment{Packs: e.packIDs, Level: adpb.Level_LEVEL_NONE, Reason: reasonNone}
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
	best, verdicts := e.judgeAll(live)
	out.Score = best.score()
	out.Level = adpb.Level(int(best.level) + int(adpb.Level_LEVEL_NONE))
	for _, v := range verdicts {
		if v.level > levelNone && v.typology != crossIndex {
			out.Typologies = append(out.Typologies, e.typologies[v.typology])
		}
	}
	out.Reason = e.reason(live, best)
	return out
}

// judgeAll returns the highest verdict, and those of all typologies that were
// seen, highest first.
func (e *Engine) judgeAll(live []*rule) (verdict, []verdict) {
	var all []verdict
	for t := range e.typologies {
		if slices.ContainsFunc(live, func(r *rule) bool { return r.typology == t && counted(r, t, false) }) {
			all = append(all, judge(live, t))
		}
	}
	all = append(all, judgeCross(live))
	slices.SortStableFunc(all, func(a, b verdict) int { return cmp.Compare(b.score(), a.score()) })
	return all[0], all
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

// Sentences of Assessment.Reason.
const (
	reasonNone      = "No published sign was seen."
	reasonUncounted = "Nothing that was seen counts towards a level."
	maxReasons      = 3
)

// reason names the strongest signs of the highest verdict in one sentence.
func (e *Engine) reason(live []*rule, v verdict) string {
	var names []string
	seen := counts{}
	add := func(ordersOnly bool) {
		byGrade := slices.Clone(live)
		slices.SortStableFunc(byGrade, func(a, b *rule) int {
			return cmp.Compare(grade(b.spec.Strength), grade(a.spec.Strength))
		})
		for _, r := range byGrade {
			if r.spec.OrdersOnly != ordersOnly || !counted(r, v.typology, true) {
				continue
			}
			seen.add(r.spec.Strength)
			if len(names) < maxReasons && !slices.Contains(names, r.phrase) {
				names = append(names, r.phrase)
			}
		}
	}
	add(false)
	if len(names) == 0 {
		add(true)
	}
	if len(names) == 0 {
		return reasonUncounted
	}
	var b strings.Builder
	if v.typology == crossIndex {
		b.WriteString("Signs of no single typology: ")
	} else {
		if v.level == levelNone {
			b.WriteString("Too little for a level, ")
		}
		b.WriteString(typologyWords(e.typologies[v.typology], v.level != levelNone))
		b.WriteString(": ")
	}
	for i, n := range names {
		switch {
		case i == 0:
		case i == len(names)-1 && seen.all() <= maxReasons:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(n)
	}
	if more := seen.all() - len(names); more > 0 {
		b.WriteString(" and more")
	}
	for _, r := range live {
		if r.spec.Strength == StrengthCounter && (r.typology == v.typology || r.typology == crossIndex) {
			b.WriteString("; lowered by ")
			b.WriteString(r.phrase)
			break
		}
	}
	b.WriteByte('.')
	return b.String()
}

// typologyWords writes a typology as the start of a sentence, or inside one.
func typologyWords(t string, start bool) string {
	s := "signs of " + strings.ReplaceAll(t, "-", " ")
	if start {
		return "S" + s[1:]
	}
	return s
}
