package textnorm

// Edit replaces the folded range [Start, End) by With.
type Edit struct {
	Start, End int
	With       string
}

// Rewrite sets dst to t with the edits applied: in order and not overlapping;
// an edit that overlaps the one before it is left out. What replaces a range
// maps to the whole of that range's original. dst must not be t.
func (t *Text) Rewrite(dst *Text, edits []Edit) {
	dst.Reset()
	dst.Counts, dst.Markup = t.Counts, t.Markup
	dst.title, dst.text = t.title, t.text
	dst.Hidden = append(dst.Hidden, t.Hidden...)
	at, run := 0, 0
	for _, e := range edits {
		if e.Start < at || e.End < e.Start || e.End > len(t.Folded) {
			continue
		}
		run = t.copyTo(dst, at, e.Start, run)
		from, to := t.Original(e.Start, e.End)
		if e.With != "" {
			dst.markWhole(uint32(from), uint32(to))
			dst.Folded = append(dst.Folded, e.With...)
		}
		at = e.End
	}
	t.copyTo(dst, at, len(t.Folded), run)
}

// copyTo appends the folded range [from, to) to dst. run is a hint: the index
// of a run at or before from. It returns the hint for what comes after.
func (t *Text) copyTo(dst *Text, from, to, run int) int {
	for from < to {
		for t.runEnd(run) <= from {
			run++
		}
		r := t.Runs[run]
		end := min(t.runEnd(run), to)
		if t.isLinear(run) {
			shift := r.Origin - r.Folded
			dst.mark(end-from, uint32(from)+shift, uint32(end)+shift)
		} else {
			dst.markWhole(r.Origin, r.End)
		}
		dst.Folded = append(dst.Folded, t.Folded[from:end]...)
		from = end
	}
	return run
}
