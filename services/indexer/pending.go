package indexer

import (
	"slices"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/stream"
)

// pending holds the events of a batch by document, so that only the newest of
// each is written. If that one is rejected, the one before it has its turn: a
// bad version must not take a good one with it.
type pending struct {
	byDoc map[docKey]*candidates
	order []*candidates
}

type docKey struct {
	kind index.Kind
	id   string
}

// candidates are the events of one document, the next one to try last.
type candidates struct {
	events []indexed
	sorted bool
}

type indexed struct {
	event
	index int
}

func newPending(n int) *pending { return &pending{byDoc: make(map[docKey]*candidates, n)} }

func (p *pending) add(i int, e event) {
	k := docKey{e.kind, e.id}
	c := p.byDoc[k]
	if c == nil {
		c = &candidates{}
		p.byDoc[k] = c
		p.order = append(p.order, c)
	}
	c.events = append(c.events, indexed{e, i})
}

// take makes the next document of each that is left. picks are the records that
// the documents come from.
func (p *pending) take() (docs []index.Document, picks []int, rejects []stream.Reject) {
	for _, c := range p.order {
		e, ok := c.next()
		if !ok {
			continue
		}
		d, err := e.make()
		if err != nil {
			rejects = append(rejects, stream.Reject{Index: e.index, Code: CodeDocument, Err: err})
			continue
		}
		docs, picks = append(docs, d), append(picks, e.index)
	}
	return docs, picks, rejects
}

// next removes and returns the newest event; the last one of equals.
func (c *candidates) next() (indexed, bool) {
	if len(c.events) == 0 {
		return indexed{}, false
	}
	if !c.sorted {
		slices.SortStableFunc(c.events, func(a, b indexed) int {
			switch {
			case a.version < b.version:
				return -1
			case a.version > b.version:
				return 1
			}
			return 0
		})
		c.sorted = true
	}
	e := c.events[len(c.events)-1]
	c.events = c.events[:len(c.events)-1]
	return e, true
}

// done forgets the older events of a document that is durable.
func (p *pending) done(kind index.Kind, id string) {
	if c := p.byDoc[docKey{kind, id}]; c != nil {
		c.events = nil
	}
}
