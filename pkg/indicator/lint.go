package indicator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// lint checks what the schema cannot say.
func (l *loader) lint() {
	type place struct {
		file string
		line int
	}
	packs, ids, concepts := map[string]place{}, map[string]place{}, map[string]place{}
	unique := func(s *source, seen map[string]place, what, id string, path ...string) {
		here := s.at(path...)
		if old, ok := seen[id]; ok {
			l.problem(s, fmt.Sprintf("%s %s is already in %s:%d", what, id, old.file, old.line), "give it another id", path...)
			return
		}
		seen[id] = place{s.file, here.Line}
	}
	groups := map[string]*Indicator{}
	for _, s := range l.sources {
		unique(s, packs, "pack", s.pack.ID, "id")
		for i, c := range s.pack.Concepts {
			unique(s, concepts, "concept", c.ID, "concepts", strconv.Itoa(i))
		}
		for i := range s.pack.Indicators {
			spec := &s.pack.Indicators[i]
			path := []string{"indicators", strconv.Itoa(i)}
			unique(s, ids, "indicator", spec.ID, path...)
			l.lintIndicator(s, spec, path)
			if spec.Group != "" {
				key := spec.Typology + "/" + spec.Group
				if first := groups[key]; first != nil && (first.Dimension != spec.Dimension || first.OrdersOnly != spec.OrdersOnly) {
					l.problem(s, fmt.Sprintf("group %s also holds %s, of another dimension", spec.Group, first.ID), "keep a group in one dimension, and orders_only the same", append(path, "group")...)
				} else if first == nil {
					groups[key] = spec
				}
			}
		}
	}
	l.lintShadowed()
}

func (l *loader) lintIndicator(s *source, spec *Indicator, path []string) {
	say := func(text, fix string, key string) { l.problem(s, text, fix, append(slices.Clone(path), key)...) }
	if (spec.Source.Class == ClassAdvice || spec.Source.Class == ClassPress) && spec.Strength == StrengthStrong {
		say(fmt.Sprintf("a source of class %s carries no strong indicator", spec.Source.Class), "make it medium, or cite guidance or research", "strength")
	}
	if spec.Weight > strengthWeights[spec.Strength] {
		say(fmt.Sprintf("weight %.2f is above that of its strength, %.2f", spec.Weight, strengthWeights[spec.Strength]), "lower it or leave it out", "weight")
	}
	if spec.Lowers != 0 && spec.Strength != StrengthCounter {
		say("only a counter lowers a level", "remove lowers or make it a counter", "lowers")
	}
	if spec.OrdersOnly && spec.Strength != StrengthWeak {
		say("orders_only is for weak indicators", "make it weak", "strength")
	}
	words := len(spec.Terms) > 0 || len(spec.Patterns) > 0
	if spec.Scope == ScopeCluster && (words || spec.When == "") {
		say("a cluster has no words of its own", "write a condition in when, and no terms", "scope")
	}
	if !words && spec.Note == "" && spec.Evidence == EvidenceNote {
		say("has nothing to show as evidence", "write a note", "when")
	}
	if spec.Scope == ScopeCluster && spec.Note == "" {
		say("has nothing to show as evidence", "write a note", "scope")
	}
	for _, list := range []struct {
		name     string
		examples []Example
	}{{"positive", spec.Examples.Positive}, {"negative", spec.Examples.Negative}} {
		for i, ex := range list.examples {
			if (ex.Cluster != nil) != (spec.Scope == ScopeCluster) {
				l.problem(s, "the example is not of the indicator's scope", "write cluster: for scope cluster, text and ad: otherwise",
					append(slices.Clone(path), "examples", list.name, strconv.Itoa(i))...)
			}
		}
	}
}

// lintShadowed finds terms that would let one phrase count twice: a term of
// one indicator that stands inside a term of another one of the same typology,
// unless both are in one group, or one of them counts nothing.
func (l *loader) lintShadowed() {
	type owned struct {
		form termForm
		spec *Indicator
		src  *source
		path []string
		term string
	}
	byTypology := map[string][]owned{}
	for _, s := range l.sources {
		for i := range s.pack.Indicators {
			spec := &s.pack.Indicators[i]
			if grade(spec.Strength) == 0 || spec.OrdersOnly || spec.When != "" {
				// Under a condition the same words are another sign.
				continue
			}
			for lang, terms := range spec.Terms {
				for j, t := range terms {
					forms, err := parseTerm(t)
					if err != nil {
						continue // compile reports it
					}
					for _, f := range forms {
						byTypology[spec.Typology] = append(byTypology[spec.Typology],
							owned{f, spec, s, []string{"indicators", strconv.Itoa(i), "terms", lang, strconv.Itoa(j)}, t})
					}
				}
			}
		}
	}
	typologies := make([]string, 0, len(byTypology))
	for t := range byTypology {
		typologies = append(typologies, t)
	}
	slices.Sort(typologies)
	for _, t := range typologies {
		// Index whole terms without gaps by their first word: each segment of
		// every other term is then searched for them.
		whole := map[string][]owned{}
		for _, o := range byTypology[t] {
			if len(o.form.segments) == 1 {
				first := o.form.segments[0][0]
				whole[first] = append(whole[first], o)
			}
		}
		reported := map[string]bool{}
		for _, o := range byTypology[t] {
			for _, seg := range o.form.segments {
				for i := range seg {
					for _, in := range whole[seg[i]] {
						if in.spec == o.spec || in.spec.Group != "" && in.spec.Group == o.spec.Group {
							continue
						}
						key := in.spec.ID + "/" + o.spec.ID + "/" + in.term
						if hasPrefix(seg[i:], in.form.segments[0]) && !reported[key] {
							reported[key] = true
							l.problem(o.src, fmt.Sprintf("term %q holds term %q of %s, so one phrase would count twice", o.term, in.term, in.spec.ID),
								"put both into one group or make the terms different", o.path...)
						}
					}
				}
			}
		}
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
}

func hasPrefix(s, prefix []string) bool {
	return len(s) >= len(prefix) && slices.Equal(s[:len(prefix)], prefix)
}
