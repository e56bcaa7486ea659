package indicator

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Limits on one term.
const (
	maxTermBytes      = 400
	maxTermExpansions = 256
	maxTermSegments   = 4
	maxGap            = 8
)

// termForm is one expansion of a term: segments of words that follow each
// other directly, and how many words may stand before each further segment.
type termForm struct {
	segments [][]string
	// gaps[i] is the most words between segments i and i+1.
	gaps []int
}

// parseTerm reads the term language: words; a|b for either; (a) for a word that
// may be absent; ~N for up to N words of any kind. "free|paid (air) ticket",
// "no ~2 experience". It returns every expansion.
func parseTerm(s string) ([]termForm, error) {
	if len(s) > maxTermBytes {
		return nil, fmt.Errorf("has %d bytes: write at most %d", len(s), maxTermBytes)
	}
	if low := foldSimple(s); low != s {
		return nil, fmt.Errorf("has upper case letters, which a folded text never has: write %q", low)
	}
	forms := []termForm{{segments: [][]string{nil}}}
	for item := range strings.FieldsSeq(s) {
		if n, ok := strings.CutPrefix(item, "~"); ok {
			gap, err := strconv.Atoi(n)
			if err != nil || gap < 1 || gap > maxGap {
				return nil, fmt.Errorf("gap %q: write ~1 to ~%d", item, maxGap)
			}
			for i := range forms {
				forms[i].gaps = append(forms[i].gaps, gap)
				forms[i].segments = append(forms[i].segments, nil)
			}
			continue
		}
		optional := len(item) > 2 && item[0] == '(' && item[len(item)-1] == ')'
		if optional {
			item = item[1 : len(item)-1]
		}
		var next []termForm
		for alternative := range strings.SplitSeq(item, "|") {
			words := plainWords(alternative)
			if len(words) == 0 {
				return nil, fmt.Errorf("%q holds no word", item)
			}
			for _, f := range forms {
				next = append(next, f.with(words))
			}
		}
		if optional {
			next = append(next, forms...)
		}
		if len(next) > maxTermExpansions {
			return nil, fmt.Errorf("stands for more than %d phrases: split it", maxTermExpansions)
		}
		forms = next
	}
	for _, f := range forms {
		if len(f.segments) > maxTermSegments {
			return nil, fmt.Errorf("has %d gaps: write at most %d", len(f.gaps), maxTermSegments-1)
		}
		for _, seg := range f.segments {
			if len(seg) == 0 {
				return nil, errors.New("a gap must stand between two words that are always there")
			}
		}
	}
	return forms, nil
}

func (f termForm) with(words []string) termForm {
	segments := make([][]string, len(f.segments))
	copy(segments, f.segments)
	last := len(segments) - 1
	segments[last] = append(append([]string(nil), segments[last]...), words...)
	return termForm{segments: segments, gaps: append([]int(nil), f.gaps...)}
}

// plainWords cuts s as the texts are cut.
func plainWords(s string) []string {
	var out []string
	for _, w := range appendWords(nil, s) {
		out = append(out, s[w.start:w.end])
	}
	return out
}
