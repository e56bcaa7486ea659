package textnorm

import "sort"

// Run is a stretch of folded text and where it came from. The run reaches to
// the start of the next one. Unless Whole is set, its bytes correspond one to
// one; otherwise all of it stands for all of [Origin, End).
type Run struct {
	// Folded is the offset in the folded text, in bytes.
	Folded uint32
	// Origin and End are the range in title, line feed and text, in bytes.
	Origin, End uint32
	Whole       bool
}

// Span is a half open range of bytes.
type Span struct{ Start, End int }

// Text is a folded text with the way back to its original. The zero value is
// an empty text; it may be used again and again as a target of Folder.Fold,
// which keeps its memory.
type Text struct {
	// Folded is title, a line feed, and text, folded. The first line feed is
	// always the one after the title.
	Folded []byte
	// Runs is the offset map, ordered by Folded. It covers all of Folded.
	Runs []Run
	// Counts says what was folded away.
	Counts Counts
	// Markup reports that HTML was found and removed.
	Markup bool
	// Hidden are original ranges that hold text which the folded text leaves
	// out: tags, comments, scripts. In order, not overlapping.
	Hidden []Span

	title, text string
	next        uint32 // origin that continues the last run
	linear      bool   // the last run may be continued
}

// Counts counts what folding changed, in occurrences.
type Counts struct {
	// ZeroWidth counts zero-width, variation-selector (where not part of an
	// emoji), tag and filler characters.
	ZeroWidth uint32
	// Bidi counts bidirectional controls.
	Bidi uint32
	// Confusables counts look-alike letters that were folded to Latin.
	Confusables uint32
	// EmojiDigits counts keycaps and circled digits.
	EmojiDigits uint32
	// Leet counts digits that were read as letters, and words written letter by
	// letter.
	Leet uint32
	// Compatibility counts full-width, mathematical, enclosed and other styled
	// letters and digits. Typographic signs (…, ™, ½) do not count.
	Compatibility uint32
	// Control counts control characters and combining marks in excess.
	Control uint32
}

// Reset empties t and keeps its memory.
func (t *Text) Reset() {
	t.Folded, t.Runs, t.Hidden = t.Folded[:0], t.Runs[:0], t.Hidden[:0]
	t.Counts, t.Markup = Counts{}, false
	t.next, t.linear = 0, false
	t.title, t.text = "", ""
}

// Source returns the original's bytes [from, to), where the original is title,
// line feed and text. Both are clipped.
func (t *Text) Source(from, to int) string {
	n := len(t.title)
	to = min(max(to, 0), n+1+len(t.text))
	from = min(max(from, 0), to)
	switch {
	case to <= n:
		return t.title[from:to]
	case from > n:
		return t.text[from-n-1 : to-n-1]
	default:
		return t.title[from:] + "\n" + t.text[:to-n-1]
	}
}

// Original returns the original range that the folded range [start, end)
// stands for. Both are clipped to the text; an empty range gives an empty one.
func (t *Text) Original(start, end int) (from, to int) {
	n := len(t.Folded)
	start, end = min(max(start, 0), n), min(max(end, 0), n)
	if len(t.Runs) == 0 {
		return 0, 0
	}
	if start >= end {
		p := t.origin(start)
		return p, p
	}
	i := t.find(end - 1)
	r := t.Runs[i]
	to = int(r.End)
	if t.isLinear(i) {
		to = int(r.Origin) + end - int(r.Folded)
	}
	return t.origin(start), to
}

// origin returns the original offset of the folded byte at p.
func (t *Text) origin(p int) int {
	i := t.find(p)
	r := t.Runs[i]
	if t.isLinear(i) {
		return int(r.Origin) + p - int(r.Folded)
	}
	if p >= len(t.Folded) {
		return int(r.End)
	}
	return int(r.Origin)
}

// find returns the index of the run that holds the folded byte at p.
func (t *Text) find(p int) int {
	i := sort.Search(len(t.Runs), func(i int) bool { return int(t.Runs[i].Folded) > p })
	return max(i-1, 0)
}

func (t *Text) runEnd(i int) int {
	if i+1 < len(t.Runs) {
		return int(t.Runs[i+1].Folded)
	}
	return len(t.Folded)
}

func (t *Text) isLinear(i int) bool { return !t.Runs[i].Whole }

// mark records that the next n folded bytes come from [start, end), before
// they are appended.
func (t *Text) mark(n int, start, end uint32) {
	oneToOne := uint32(n) == end-start
	if oneToOne && t.linear && t.next == start {
		t.Runs[len(t.Runs)-1].End = end
	} else {
		t.Runs = append(t.Runs, Run{Folded: uint32(len(t.Folded)), Origin: start, End: end, Whole: !oneToOne})
	}
	t.next, t.linear = end, oneToOne
}

// markWhole records that what is appended next stands for all of [start, end).
func (t *Text) markWhole(start, end uint32) {
	t.Runs = append(t.Runs, Run{Folded: uint32(len(t.Folded)), Origin: start, End: end, Whole: true})
	t.linear = false
}

// AppendRuns appends the offset map in the form of the events: the distance of
// each run's start from the one before it, and its origin. Where the last run
// is not one to one, a run at the end of the folded text closes it.
func (t *Text) AppendRuns(folded, origin []uint32) (f, o []uint32) {
	last := uint32(0)
	for _, r := range t.Runs {
		folded, origin = append(folded, r.Folded-last), append(origin, r.Origin)
		last = r.Folded
	}
	if n := len(t.Runs); n > 0 && !t.isLinear(n-1) {
		folded, origin = append(folded, uint32(len(t.Folded))-last), append(origin, t.Runs[n-1].End)
	}
	return folded, origin
}
