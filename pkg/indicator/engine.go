package indicator

import (
	"regexp"
	"sync"

	"palermo.internal/pkg/ad/adpb"
)

// MaxEvidence bounds the evidence of one hit.
const MaxEvidence = 5

// Engine is a set of compiled rule packs. It never changes after Load and is
// safe for concurrent use.
type Engine struct {
	packs      []PackInfo
	packIDs    []string
	rules      []*rule
	byID       map[string]*rule
	concepts   []Concept
	typologies []string
	automaton  *automaton
	// uses lists, by phrase, what the phrase is good for.
	uses [][]use
	// slots counts the terms with gaps; each has a place in the scratch.
	slots int
	// categories maps a word of a platform's category to concepts.
	categories []categoryWord

	adSchema, clusterSchema *varSchema
	// conditional are the live and shadow rules for adverts without terms.
	conditional []*rule
	clusterWide []*rule
	scratch     sync.Pool
}

// PackInfo names one loaded pack.
type PackInfo struct {
	ID      string
	Version int
	Title   string
	// Live, Shadow and Draft count its indicators.
	Live, Shadow, Draft int
}

// Packs returns the loaded packs in the order of their ids.
func (e *Engine) Packs() []PackInfo { return append([]PackInfo(nil), e.packs...) }

// Indicators returns every indicator of the loaded packs, in the order of packs
// and of their files. The result shares memory with the engine: do not change it.
func (e *Engine) Indicators() []*Indicator {
	out := make([]*Indicator, len(e.rules))
	for i, r := range e.rules {
		out[i] = r.spec
	}
	return out
}

// rule is a compiled indicator.
type rule struct {
	spec     *Indicator
	index    int
	pack     string
	hasWords bool
	when     *condition
	weight   float64
	// dimension is the index of the dimension, or dimensionOrder.
	dimension int
	// typology is an index into Engine.typologies, or crossIndex.
	typology int
	// group is unique per (typology, group); a rule without group has its own.
	group int
	// active rules run; draft ones are only tested.
	active bool
	// phrase is the title as it reads inside a sentence.
	phrase string
	note   *note
}

const crossIndex = -1

type useKind uint8

const (
	useTerm useKind = iota
	useUnless
	useConcept
	useLiteral
)

// use is one purpose of a phrase: a segment of a term of a rule, and so on.
type use struct {
	kind useKind
	// index is the rule's, or the concept's.
	index int32
	// slot is where a term with gaps keeps how far it has come, or -1.
	slot int32
	// segment counts from 0; gap is the most words before it.
	segment, segments uint8
	gap               uint8
	regexp            *regexp.Regexp
}

type categoryWord struct {
	word    string
	concept int
}

// span is a hit: the words [from, to) of the text, or bytes where exact is set.
type span struct {
	start, end uint32
	sentence   uint32
}

// progress is how far a term with gaps has come.
type progress struct {
	epoch    uint32
	segment  uint8
	firstAt  uint32 // byte
	lastWord uint32
	sentence uint32
}

// scratch is what one assessment needs; it is reused.
type scratch struct {
	words    []word
	vars     *vars
	spans    [][]span
	voids    []void
	literals []literal
	touched  []int32
	progress []progress
	epoch    uint32
	hits     []*adpb.IndicatorHit
	rules    []*rule
}

// literal is a phrase of a pattern, found in the words [first, last].
type literal struct {
	use         *use
	first, last int
}

// void is a sentence in which a rule's hits do not count.
type void struct {
	rule     int32
	sentence uint32
}

func (e *Engine) newScratch() *scratch {
	return &scratch{
		vars:     e.adSchema.newVars(),
		spans:    make([][]span, len(e.rules)),
		progress: make([]progress, e.slots*maxTermSegments),
	}
}

func (s *scratch) reset() {
	s.words = s.words[:0]
	s.vars.reset()
	for _, i := range s.touched {
		s.spans[i] = s.spans[i][:0]
	}
	s.touched = s.touched[:0]
	s.voids = s.voids[:0]
	s.literals = s.literals[:0]
	clear(s.hits)
	s.hits = s.hits[:0]
	s.rules = s.rules[:0]
	s.epoch++
	if s.epoch == 0 {
		clear(s.progress)
		s.epoch = 1
	}
}
