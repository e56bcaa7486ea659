package indicator

import (
	"strings"
)

// maxSpans bounds the hits of one rule that are looked at in one advert.
const maxSpans = 16

// maxLiterals bounds the literal phrases of patterns that are followed in one
// advert.
const maxLiterals = 64

// maxPatternBytes bounds the sentence that a regular expression is tried on.
const maxPatternBytes = 512

// match reads the folded text once: words, concepts, and the rules' spans.
func (e *Engine) match(s *scratch, folded string) {
	s.words = appendWords(s.words, folded)
	state := uint32(0)
	sentence := uint32(0)
	for i := range s.words {
		w := &s.words[i]
		if w.sentence != sentence {
			state, sentence = 0, w.sentence
		}
		if w.end-w.start > maxWordBytes {
			state = 0
			continue
		}
		id := e.automaton.word(folded[w.start:w.end])
		if id == 0 {
			state = 0
			continue
		}
		state = e.automaton.step(state, id)
		for _, phrase := range e.automaton.out[state] {
			first := i + 1 - int(e.automaton.lengths[phrase])
			for j := range e.uses[phrase] {
				s.use(&e.uses[phrase][j], first, i)
			}
		}
	}
}

// use applies one purpose of a phrase that was found in words [first, last].
func (s *scratch) use(u *use, first, last int) {
	start, end, sentence := s.words[first].start, s.words[last].end, s.words[last].sentence
	if u.slot >= 0 {
		var done bool
		if start, done = s.advance(u, first, last); !done {
			return
		}
	}
	switch u.kind {
	case useTerm:
		s.addSpan(u.index, span{start, end, sentence})
	case useUnless:
		s.voids = append(s.voids, void{u.index, sentence})
	case useConcept:
		s.vars.putBool(len(adFeatures)+int(u.index), true)
	case useLiteral:
		if len(s.literals) < maxLiterals {
			s.literals = append(s.literals, literal{u, first, last})
		}
	}
}

// advance notes a segment of a term with gaps. It returns the first byte of
// the whole term and true when the last segment is in.
func (s *scratch) advance(u *use, first, last int) (uint32, bool) {
	base := int(u.slot) * maxTermSegments
	firstAt := s.words[first].start
	if u.segment > 0 {
		p := &s.progress[base+int(u.segment)-1]
		if p.epoch != s.epoch || p.sentence != s.words[first].sentence {
			return 0, false
		}
		gap := first - int(p.lastWord) - 1
		if gap < 0 || gap > int(u.gap) {
			return 0, false
		}
		firstAt = p.firstAt
	}
	if u.segment+1 == u.segments {
		return firstAt, true
	}
	s.progress[base+int(u.segment)] = progress{
		epoch: s.epoch, segment: u.segment, firstAt: firstAt,
		lastWord: uint32(last), sentence: s.words[last].sentence,
	}
	return 0, false
}

// addSpan keeps a hit. Of overlapping ones the longer stays.
func (s *scratch) addSpan(rule int32, sp span) {
	list := s.spans[rule]
	if len(list) == 0 {
		s.touched = append(s.touched, rule)
	}
	for i := range list {
		if old := &list[i]; sp.start < old.end && old.start < sp.end {
			if sp.end-sp.start > old.end-old.start {
				*old = sp
			}
			return
		}
	}
	if len(list) < maxSpans {
		s.spans[rule] = append(list, sp)
	}
}

// sentenceAround returns the bytes of the sentence that holds the words
// [first, last], at most maxPatternBytes of them.
func sentenceAround(words []word, first, last int) (from, to uint32) {
	lo, hi := first, last
	for lo > 0 && words[lo-1].sentence == words[first].sentence && words[last].end-words[lo-1].start <= maxPatternBytes/2 {
		lo--
	}
	for hi+1 < len(words) && words[hi+1].sentence == words[first].sentence && words[hi+1].end-words[lo].start <= maxPatternBytes {
		hi++
	}
	return words[lo].start, words[hi].end
}

// matchPatterns tries the regular expressions whose literal phrase was found.
// It comes after the features: an expression is tried only where its
// indicator's condition holds, which it rarely does.
func (e *Engine) matchPatterns(s *scratch, folded string) {
	for _, l := range s.literals {
		r := e.rules[l.use.index]
		if !r.active || r.when != nil && !r.when.holds(s.vars) {
			continue
		}
		from, to := sentenceAround(s.words, l.first, l.last)
		if loc := l.use.regexp.FindStringIndex(folded[from:to]); loc != nil {
			s.addSpan(l.use.index, span{from + uint32(loc[0]), from + uint32(loc[1]), s.words[l.first].sentence})
		}
	}
}

// matchCategory sets the concepts that the platform's category stands for.
func (e *Engine) matchCategory(s *scratch, category string) {
	if category == "" {
		return
	}
	for i := range e.categories {
		if c := &e.categories[i]; containsFold(category, c.word) {
			s.vars.putBool(len(adFeatures)+c.concept, true)
		}
	}
}

// containsFold is strings.Contains for a lower case ASCII word, without
// copying s.
func containsFold(s, low string) bool {
	for i := 0; i+len(low) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(low)], low) {
			return true
		}
	}
	return false
}

// dropVoid removes the spans that stand in a sentence of an unless phrase.
func (s *scratch) dropVoid() {
	for _, v := range s.voids {
		list := s.spans[v.rule]
		kept := list[:0]
		for _, sp := range list {
			if sp.sentence != v.sentence {
				kept = append(kept, sp)
			}
		}
		s.spans[v.rule] = kept
	}
}
