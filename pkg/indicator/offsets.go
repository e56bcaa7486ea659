package indicator

import (
	"unicode/utf8"

	"palermo.internal/pkg/ad/adpb"
)

// maxQuoteBytes bounds a quotation.
const maxQuoteBytes = 160

// offsets turns byte offsets of the folded text into offsets of title, line
// feed and text as the platform sent them. It walks the offset map once for all
// ranges of a hit in order, and again from its start for an earlier one.
type offsets struct {
	folded      string
	title, text string
	runFolded   []uint32
	runOrigin   []uint32
	// run is the run that was found last, and start its folded offset.
	run   int
	start uint64
}

func offsetsOf(a *adpb.NormalizedAd, folded string) offsets {
	o := offsets{folded: folded, title: a.GetTitle(), text: a.GetText()}
	n := min(len(a.GetRunFolded()), len(a.GetRunOrigin()))
	o.runFolded, o.runOrigin = a.GetRunFolded()[:n], a.GetRunOrigin()[:n]
	if n > 0 {
		o.start = uint64(o.runFolded[0])
	}
	return o
}

// find moves to the run that holds the folded byte at f.
func (o *offsets) find(f uint32) {
	if o.start > uint64(f) {
		o.run, o.start = 0, uint64(o.runFolded[0])
	}
	for o.run+1 < len(o.runFolded) {
		next := o.start + uint64(o.runFolded[o.run+1])
		if next > uint64(f) {
			return
		}
		o.run, o.start = o.run+1, next
	}
}

// original returns the range that the folded range [start, end) comes from.
// Inside a run bytes correspond one to one as far as the run goes; a
// placeholder stands for its whole contact.
func (o *offsets) original(start, end uint32) (from, to uint32) {
	total := uint64(len(o.title) + 1 + len(o.text))
	if len(o.runFolded) == 0 || start >= end {
		return uint32(min(uint64(start), total)), uint32(min(uint64(end), total))
	}
	at := func(f uint32, limit uint64) uint32 {
		p := uint64(o.runOrigin[o.run]) + max(uint64(f), o.start) - o.start
		return uint32(min(p, limit, total))
	}
	limit := func() uint64 {
		if o.run+1 < len(o.runOrigin) {
			return uint64(o.runOrigin[o.run+1])
		}
		return total
	}
	o.find(start)
	from = at(start, limit())
	o.find(end - 1)
	if o.start < uint64(len(o.folded)) && o.folded[o.start] == '<' {
		return from, uint32(min(limit(), total))
	}
	return from, at(end, limit())
}

// evidence returns the words of a folded range as evidence. A range that the
// offset map cannot place gives false.
func (o *offsets) evidence(start, end uint32) (*adpb.Evidence, bool) {
	return o.at(o.original(start, end))
}

// at returns the range [from, to) of title, line feed and text as evidence.
func (o *offsets) at(from, to uint32) (*adpb.Evidence, bool) {
	field, s := adpb.Field_FIELD_TITLE, o.title
	if titleEnd := uint32(len(o.title)); from > titleEnd || from == titleEnd && len(o.text) > 0 {
		field, s = adpb.Field_FIELD_TEXT, o.text
		shift := titleEnd + 1
		from, to = max(from, shift)-shift, max(to, shift)-shift
	}
	return quoteEvidence(field, s, from, to)
}

// quoteEvidence cuts the range to the field, to runes and of its blanks.
func quoteEvidence(field adpb.Field, s string, from, to uint32) (*adpb.Evidence, bool) {
	n := uint32(len(s))
	from, to = min(from, n), min(to, n)
	for from > 0 && from < n && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < n && !utf8.RuneStart(s[to]) {
		to++
	}
	for to > from && (s[to-1] == ' ' || s[to-1] == '\n' || s[to-1] == '\r' || s[to-1] == '\t') {
		to--
	}
	if from >= to {
		return nil, false
	}
	return &adpb.Evidence{Field: field, Start: from, End: to, Quote: cutQuote(s[from:to])}, true
}

// cutQuote shortens a quotation to maxQuoteBytes at a rune.
func cutQuote(s string) string {
	if len(s) <= maxQuoteBytes {
		return s
	}
	n := maxQuoteBytes - len("…")
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}
