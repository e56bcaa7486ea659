package indicator

// Weights of the strengths in the order within a level. The published rule
// grades indicators and gives no numbers; these only have to keep the grades'
// order.
var strengthWeights = map[Strength]float64{
	StrengthStrong: 0.45, StrengthMedium: 0.25, StrengthWeak: 0.10,
}

const (
	// dimensionCap bounds what one dimension adds, orderCap what all the
	// orders_only indicators add together.
	dimensionCap = 0.75
	orderCap     = 0.60
	// counterFactor is what each counter-indicator leaves of the weight.
	counterFactor = 0.6
)

// level is adpb.Level without the unspecified one.
type level int

const (
	levelNone level = iota
	levelLow
	levelMedium
	levelHigh
	numLevels
)

// bands are the scores of the levels: a higher level always scores higher.
var bands = [numLevels + 1]float64{0, 0.20, 0.45, 0.70, 1}

// verdict is the outcome of the rule on one typology.
type verdict struct {
	typology int
	level    level
	// weight is in [0,1); counted is that of the signs that count.
	weight, counted float64
}

func (v verdict) score() float64 {
	lo, hi := bands[v.level], bands[v.level+1]
	return lo + (hi-lo)*v.weight
}

// positive is the rule of the ILO/EC operational indicators (2009): two strong;
// or one strong and one medium or weak; or three medium; or two medium and one
// weak.
func positive(strong, medium, weak int) bool {
	return strong >= 2 || strong == 1 && medium+weak >= 1 || medium >= 3 || medium >= 2 && weak >= 1
}

// counts are the indicators of one set by strength.
type counts struct{ strong, medium, weak int }

func (c *counts) add(s Strength) {
	switch s {
	case StrengthStrong:
		c.strong++
	case StrengthMedium:
		c.medium++
	case StrengthWeak:
		c.weak++
	case StrengthTag, StrengthCounter:
	}
}

func (c counts) all() int { return c.strong + c.medium + c.weak }

// judge applies the rule to one typology, given every live rule that was seen.
func judge(rules []*rule, typology int) verdict {
	v := verdict{typology: typology}
	own, _ := tally(rules, typology, false)
	all, perDimension := tally(rules, typology, own.all() > 0)

	// one - what is left = a noisy-or, capped in each dimension.
	left := 1.0
	for d := range dimensionOrder + 1 {
		dimensionLeft := 1.0
		for i, r := range rules {
			if r.dimensionIndex() == d && counted(r, typology, own.all() > 0) && heaviestOfGroup(rules, i) {
				dimensionLeft *= 1 - r.weight
			}
		}
		limit := dimensionCap
		if d == dimensionOrder {
			limit, v.counted = orderCap, 1-left
		}
		left *= 1 - min(1-dimensionLeft, limit)
	}
	anyPositive := false
	for _, c := range perDimension {
		anyPositive = anyPositive || positive(c.strong, c.medium, c.weak)
	}
	v.weight = 1 - left
	switch {
	case anyPositive && own.all() >= 2:
		v.level = levelHigh
	case own.strong >= 1, own.medium >= 1 && all.all() >= 2:
		v.level = levelMedium
	case own.medium >= 1, own.all() >= 1 && all.all() >= 2:
		v.level = levelLow
	}
	for _, r := range rules {
		if r.spec.Strength == StrengthCounter && (r.typology == typology || r.typology == crossIndex) {
			v.weight *= counterFactor
			v.level = max(levelNone, v.level-level(r.spec.Lowers))
		}
	}
	return v
}

// judgeCross is the outcome where no typology has a sign of its own.
func judgeCross(rules []*rule) verdict {
	v := judge(rules, crossIndex)
	v.level = min(v.level, levelLow)
	return v
}

// counted says whether a rule counts in a typology.
func counted(r *rule, typology int, withCross bool) bool {
	switch r.spec.Strength {
	case StrengthTag, StrengthCounter:
		return false
	case StrengthStrong, StrengthMedium, StrengthWeak:
	}
	return r.typology == typology || r.typology == crossIndex && withCross
}

// tally counts the indicators of a typology, of each group the strongest one.
func tally(rules []*rule, typology int, withCross bool) (counts, [dimensionOrder]counts) {
	var all counts
	var dims [dimensionOrder]counts
	for i, r := range rules {
		if r.spec.OrdersOnly || !counted(r, typology, withCross) || !strongestOfGroup(rules, i) {
			continue
		}
		all.add(r.spec.Strength)
		dims[r.dimension].add(r.spec.Strength)
	}
	return all, dims
}

// strongestOfGroup says that no other seen rule of the group is stronger, the
// first one winning a tie. A group lies in one typology and one dimension
// (lint), so that a further sign never takes one away.
func strongestOfGroup(rules []*rule, i int) bool {
	r := rules[i]
	for j, o := range rules {
		if j == i || o.group != r.group || o.spec.OrdersOnly {
			continue
		}
		if a, b := grade(o.spec.Strength), grade(r.spec.Strength); a > b || a == b && j < i {
			return false
		}
	}
	return true
}

func heaviestOfGroup(rules []*rule, i int) bool {
	r := rules[i]
	for j, o := range rules {
		if j != i && o.group == r.group && (o.weight > r.weight || o.weight == r.weight && j < i) {
			return false
		}
	}
	return true
}

func grade(s Strength) int {
	switch s {
	case StrengthStrong:
		return 3
	case StrengthMedium:
		return 2
	case StrengthWeak:
		return 1
	case StrengthTag, StrengthCounter:
	}
	return 0
}

func (r *rule) dimensionIndex() int {
	if r.spec.OrdersOnly {
		return dimensionOrder
	}
	return r.dimension
}
