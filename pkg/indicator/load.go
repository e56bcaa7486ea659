package indicator

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"palermo.internal/pkg/textnorm"
)

// Load compiles rule packs: schema, lint, conditions, and the indicators' own
// examples, which must come out as they say. The error is a *LoadError with
// every problem found.
func Load(files []File) (*Engine, error) {
	var sources []*source
	var problems []Problem
	for _, f := range files {
		s, bad := parsePack(f)
		problems = append(problems, bad...)
		if s != nil {
			sources = append(sources, s)
		}
	}
	if len(files) == 0 {
		problems = append(problems, Problem{File: "rule packs", Text: "there is none", Fix: "name at least one file"})
	}
	if len(problems) > 0 {
		return nil, &LoadError{problems}
	}
	slices.SortStableFunc(sources, func(a, b *source) int { return strings.Compare(a.pack.ID, b.pack.ID) })
	l := &loader{engine: &Engine{byID: map[string]*rule{}}, builder: newAutomatonBuilder(), groups: map[string]int{}, folder: textnorm.New()}
	l.sources = sources
	l.lint()
	if len(l.problems) == 0 {
		l.compile()
	}
	if len(l.problems) == 0 {
		l.runExamples()
	}
	if len(l.problems) > 0 {
		return nil, &LoadError{l.problems}
	}
	return l.engine, nil
}

// loader compiles sources into an engine.
type loader struct {
	sources  []*source
	problems []Problem
	engine   *Engine
	builder  *automatonBuilder
	groups   map[string]int
	folder   *textnorm.Folder
	text     textnorm.Text
}

func (l *loader) problem(s *source, text, fix string, path ...string) {
	p := s.at(path...)
	p.Text, p.Fix = text, fix
	l.problems = append(l.problems, p)
}

func (l *loader) compile() {
	e := l.engine
	var conceptIDs []string
	for _, s := range l.sources {
		for _, c := range s.pack.Concepts {
			e.concepts = append(e.concepts, c)
			conceptIDs = append(conceptIDs, c.ID)
		}
	}
	var err error
	if e.adSchema, err = newVarSchema(adFeatures, conceptIDs); err == nil {
		e.clusterSchema, err = newVarSchema(clusterFeatures, nil)
	}
	if err != nil {
		l.problems = append(l.problems, Problem{File: "rule packs", Text: "set up conditions: " + oneLine(err)})
		return
	}
	concept := 0
	for _, s := range l.sources {
		for i := range s.pack.Concepts {
			c := &s.pack.Concepts[i]
			l.addTerms(s, c.Terms, use{kind: useConcept, index: int32(concept)}, "concepts", strconv.Itoa(i), "terms")
			for _, w := range c.Categories {
				e.categories = append(e.categories, categoryWord{w, concept})
			}
			concept++
		}
		info := PackInfo{ID: s.pack.ID, Version: s.pack.Version, Title: s.pack.Title}
		for i := range s.pack.Indicators {
			r := l.addRule(s, i)
			switch r.spec.Mode {
			case ModeLive:
				info.Live++
			case ModeShadow:
				info.Shadow++
			case ModeDraft:
				info.Draft++
			}
		}
		e.packs = append(e.packs, info)
		e.packIDs = append(e.packIDs, fmt.Sprintf("%s@%d", info.ID, info.Version))
	}
	e.automaton = l.builder.build()
	e.sortRules()
}

// sortRules puts the rules into the lists by which they are evaluated.
func (e *Engine) sortRules() {
	for _, r := range e.rules {
		switch {
		case !r.active:
		case r.spec.Scope == ScopeCluster:
			e.clusterWide = append(e.clusterWide, r)
		case !r.hasWords && r.when != nil:
			e.conditional = append(e.conditional, r)
		}
	}
}

func (l *loader) addRule(s *source, i int) *rule {
	e := l.engine
	spec := &s.pack.Indicators[i]
	path := []string{"indicators", strconv.Itoa(i)}
	r := &rule{
		spec: spec, index: len(e.rules), pack: s.pack.ID, active: spec.Mode != ModeDraft,
		weight: spec.Weight, typology: l.typology(spec.Typology),
		dimension: slices.Index(dimensions, spec.Dimension), phrase: phraseOf(spec.Title),
	}
	if r.weight == 0 {
		r.weight = strengthWeights[spec.Strength]
	}
	if spec.Strength == StrengthCounter && spec.Lowers == 0 {
		spec.Lowers = 1
	}
	key := spec.Typology + "/" + spec.Group
	if spec.Group == "" {
		key = "#" + spec.ID
	}
	g, ok := l.groups[key]
	if !ok {
		g = len(l.groups)
		l.groups[key] = g
	}
	r.group = g
	e.rules = append(e.rules, r)
	e.byID[spec.ID] = r

	index := int32(r.index)
	l.addTerms(s, spec.Terms, use{kind: useTerm, index: index}, append(path, "terms")...)
	l.addTerms(s, spec.Unless, use{kind: useUnless, index: index}, append(path, "unless")...)
	for j, p := range spec.Patterns {
		re, err := regexp.Compile(p.Regexp)
		if err != nil {
			l.problem(s, "pattern: "+oneLine(err), "write RE2", append(path, "patterns", strconv.Itoa(j), "regexp")...)
			continue
		}
		l.addTerm(s, p.Literal, use{kind: useLiteral, index: index, regexp: re}, append(path, "patterns", strconv.Itoa(j), "literal")...)
	}
	r.hasWords = len(spec.Terms) > 0 || len(spec.Patterns) > 0
	schema := e.adSchema
	if spec.Scope == ScopeCluster {
		schema = e.clusterSchema
	}
	var err error
	if spec.When != "" {
		if r.when, err = compileCondition(schema, spec.When); err != nil {
			l.problem(s, "when: "+oneLine(err), "use the features of the "+string(spec.Scope)+" and says_<concept>", append(path, "when")...)
		}
	}
	if r.note, err = parseNote(schema, spec.Note); err != nil {
		l.problem(s, "note: "+oneLine(err), "", append(path, "note")...)
	}
	return r
}

var dimensions = []Dimension{
	DimensionDeception, DimensionCoercion, DimensionVulnerability,
	DimensionExploitation, DimensionCoercionThere, DimensionVulnerabilityThere,
}

func (l *loader) typology(t string) int {
	if t == CrossTypology {
		return crossIndex
	}
	if i := slices.Index(l.engine.typologies, t); i >= 0 {
		return i
	}
	l.engine.typologies = append(l.engine.typologies, t)
	return len(l.engine.typologies) - 1
}

func (l *loader) addTerms(s *source, terms Terms, u use, path ...string) {
	langs := make([]string, 0, len(terms))
	for lang := range terms {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	for _, lang := range langs {
		for i, t := range terms[lang] {
			l.addTerm(s, t, u, append(slices.Clone(path), lang, strconv.Itoa(i))...)
		}
	}
}

func (l *loader) addTerm(s *source, term string, u use, path ...string) {
	forms, err := parseTerm(term)
	if err != nil {
		l.problem(s, fmt.Sprintf("term %q %s", term, oneLine(err)), "see the term language in schemas/rulepack.schema.json", path...)
		return
	}
	// A word that folding reads as leetspeak (p3mi) may stand in a text in
	// either form.
	for _, f := range slices.Clip(forms) {
		if plain, ok := l.unleet(f); ok {
			forms = append(forms, plain)
		}
	}
	for _, f := range forms {
		u := u
		u.slot = -1
		if len(f.segments) > 1 {
			u.slot = int32(l.engine.slots)
			l.engine.slots++
		}
		u.segments = uint8(len(f.segments))
		for i, seg := range f.segments {
			u.segment, u.gap = uint8(i), 0
			if i > 0 {
				u.gap = uint8(f.gaps[i-1])
			}
			phrase := l.builder.add(seg)
			for int(phrase) >= len(l.engine.uses) {
				l.engine.uses = append(l.engine.uses, nil)
			}
			l.engine.uses[phrase] = append(l.engine.uses[phrase], u)
		}
	}
}

// unleet returns the form as the normaliser would fold it, if that differs.
func (l *loader) unleet(f termForm) (termForm, bool) {
	out, changed := termForm{gaps: f.gaps}, false
	for _, seg := range f.segments {
		words := slices.Clone(seg)
		for i, w := range words {
			if w[0] == '<' || !strings.ContainsAny(w, "0123456789") {
				continue
			}
			l.folder.Fold(&l.text, "", w)
			l.text.Unleet()
			if folded := strings.TrimSpace(string(l.text.Folded)); folded != w && folded != "" {
				words[i], changed = folded, true
			}
		}
		out.segments = append(out.segments, words)
	}
	return out, changed
}

// phraseOf writes a title as it reads inside a sentence.
func phraseOf(title string) string {
	first, n := utf8.DecodeRuneInString(title)
	second, _ := utf8.DecodeRuneInString(title[n:])
	if unicode.IsUpper(second) || unicode.IsDigit(second) {
		return title
	}
	return string(unicode.ToLower(first)) + title[n:]
}
