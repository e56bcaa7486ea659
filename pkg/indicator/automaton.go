package indicator

import "palermo.internal/pkg/textnorm"

// automaton is an Aho-Corasick automaton whose letters are words. Every phrase
// of every pack is in it, so a text is read once whatever the number of packs.
//
// Words instead of bytes make it small (a state a word of a phrase, where a
// byte automaton has one a byte and a row of 256 or an extra indirection for
// each), give word boundaries for nothing, and leave most words of a text at
// one look into a filter: a word of no phrase resets the automaton to its root.
type automaton struct {
	vocabulary map[string]uint32
	// filter knows the vocabulary, so that most other words cost no look-up.
	filter textnorm.WordFilter
	next   map[uint64]uint32 // state<<32 | word -> state
	fail   []uint32
	// out lists the phrases that end in a state, those of shorter suffixes included.
	out [][]uint32
	// lengths holds the number of words of each phrase.
	lengths []uint32
}

// automatonBuilder collects phrases; equal phrases get one number.
type automatonBuilder struct {
	a       automaton
	numbers map[uint32]uint32 // state -> phrase
}

func newAutomatonBuilder() *automatonBuilder {
	b := &automatonBuilder{numbers: map[uint32]uint32{}}
	b.a.vocabulary = map[string]uint32{}
	b.a.next = map[uint64]uint32{}
	b.a.out = make([][]uint32, 1)
	return b
}

// add returns the phrase's number.
func (b *automatonBuilder) add(words []string) uint32 {
	state := uint32(0)
	for _, w := range words {
		id, ok := b.a.vocabulary[w]
		if !ok {
			id = uint32(len(b.a.vocabulary) + 1)
			b.a.vocabulary[w] = id
			b.a.filter.Add(w)
		}
		key := uint64(state)<<32 | uint64(id)
		to, ok := b.a.next[key]
		if !ok {
			to = uint32(len(b.a.out))
			b.a.out = append(b.a.out, nil)
			b.a.next[key] = to
		}
		state = to
	}
	if n, ok := b.numbers[state]; ok {
		return n
	}
	n := uint32(len(b.a.lengths))
	b.numbers[state] = n
	b.a.lengths = append(b.a.lengths, uint32(len(words)))
	b.a.out[state] = append(b.a.out[state], n)
	return n
}

// build sets the failure links, breadth first.
func (b *automatonBuilder) build() *automaton {
	a := &b.a
	type edge struct{ word, to uint32 }
	children := make([][]edge, len(a.out))
	for key, to := range a.next {
		from := uint32(key >> 32)
		children[from] = append(children[from], edge{uint32(key), to})
	}
	a.fail = make([]uint32, len(a.out))
	queue := make([]uint32, 0, len(a.out))
	for _, e := range children[0] {
		queue = append(queue, e.to)
	}
	for i := 0; i < len(queue); i++ {
		state := queue[i]
		a.out[state] = append(a.out[state], a.out[a.fail[state]]...)
		for _, e := range children[state] {
			a.fail[e.to] = a.step(a.fail[state], e.word)
			queue = append(queue, e.to)
		}
	}
	return a
}

// step follows one word from a state.
func (a *automaton) step(state, w uint32) uint32 {
	for {
		if to, ok := a.next[uint64(state)<<32|uint64(w)]; ok {
			return to
		}
		if state == 0 {
			return 0
		}
		state = a.fail[state]
	}
}

// word returns the number of a word, 0 if no phrase has it.
func (a *automaton) word(w string) uint32 {
	if !a.filter.MayString(w) {
		return 0
	}
	return a.vocabulary[w]
}
