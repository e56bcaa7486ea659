package index

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what is shown around a match.
const (
	fragmentBytes = 160
	maxFragments  = 3
)

// Fragment is a part of a title or a text, cut into spans. The text of a span
// is as the platform sent it: whoever shows it must escape it.
type Fragment []Span

// Span is a run of text that matches, or that does not.
type Span struct {
	Text  string
	Match bool
}

// Highlight returns up to three parts of s that hold words of the clauses,
// each about 160 bytes long and in the order of s; nil where none does.
// Inflected forms that a server's language analysis found are not marked.
func Highlight(s string, clauses []Clause) []Fragment {
	matches := findWords(s, clauses)
	var out []Fragment
	for len(matches) > 0 && len(out) < maxFragments {
		start := runeStart(s, max(0, matches[0].start-fragmentBytes/4))
		end := runeStart(s, min(len(s), max(start+fragmentBytes, matches[0].end)))
		n := 0
		for n < len(matches) && matches[n].end <= end {
			n++
		}
		if n == 0 {
			n, end = 1, matches[0].end
		}
		out = append(out, cut(s, start, end, matches[:n]))
		matches = matches[n:]
	}
	return out
}

// HighlightAll returns s as one fragment with every match marked, or nil where
// there is none. It is meant for titles.
func HighlightAll(s string, clauses []Clause) Fragment {
	matches := findWords(s, clauses)
	if len(matches) == 0 {
		return nil
	}
	return cut(s, 0, len(s), matches)
}

type span struct{ start, end int }

// findWords returns where the words of the positive clauses stand in s. Only
// whole phrases count.
func findWords(s string, clauses []Clause) []span {
	type token struct {
		span
		word string
	}
	var tokens []token
	Tokens([]byte(s), func(start, end int) {
		tokens = append(tokens, token{span{start, end}, strings.ToLower(s[start:end])})
	})
	var found []span
	for i := range tokens {
		longest := 0
		for _, c := range clauses {
			if c.Not || len(c.Words) <= longest || len(c.Words) > len(tokens)-i {
				continue
			}
			here := tokens[i : i+len(c.Words)]
			if slices.EqualFunc(c.Words, here, func(w string, t token) bool { return w == t.word }) {
				longest = len(c.Words)
			}
		}
		if longest > 0 {
			found = append(found, span{tokens[i].start, tokens[i+longest-1].end})
		}
	}
	return join(found)
}

// join merges spans that overlap; they come in the order of their starts.
func join(in []span) []span {
	out := in[:0]
	for _, s := range in {
		if len(out) > 0 && s.start < out[len(out)-1].end {
			out[len(out)-1].end = max(out[len(out)-1].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}

func cut(s string, start, end int, matches []span) Fragment {
	var f Fragment
	add := func(text string, match bool) {
		if text != "" {
			f = append(f, Span{Text: text, Match: match})
		}
	}
	at := start
	for _, m := range matches {
		// A match can reach back over what the fragment before it showed.
		from := max(m.start, at)
		add(s[at:from], false)
		add(s[from:m.end], true)
		at = m.end
	}
	add(s[at:max(at, end)], false)
	return f
}

// runeStart moves i back to the first byte of its rune.
func runeStart(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}
