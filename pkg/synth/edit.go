package synth

import (
	"bytes"
	"slices"
)

// fillers are the words that copies put in, by language.
var fillers = map[string][]string{
	"id": {
		"banget", "ya", "kak", "dong", "info", "segera", "juga", "sekali", "lho", "nih",
		"guys", "monggo", "silakan", "resmi", "terbaru", "update", "langsung", "gan", "sis", "bosku",
		"hari", "ini", "serius", "minat", "yuk", "ayo", "terbatas", "promo", "cek", "asli",
	},
	"en": {
		"really", "now", "also", "today", "just", "very", "please", "still", "friends", "update",
		"new", "quick", "info", "serious", "directly", "again", "guys", "available", "good", "great",
		"only", "here", "soon", "again", "dear", "all", "sure", "best", "real", "check",
	},
}

// editWords appends src with each word dropped, moved behind the next one, or
// preceded by a filler, with probability rate. Words with an open slot are
// never dropped, and words with a digit stay as they are: half a phone number
// could be somebody's. It returns how many words it touched.
func editWords(dst, src []byte, rate float64, fill []string, s *source) (out []byte, edits int) {
	if rate <= 0 {
		return append(dst, src...), 0
	}
	for len(src) > 0 {
		word, rest := cutWord(src)
		if len(word) <= 1 || !s.chance(rate) || hasDigit(word) {
			dst, src = append(dst, word...), rest
			continue
		}
		edits++
		op := s.intn(3)
		next, afterNext := cutWord(rest)
		if op == 0 && hasSlot(word) || op == 1 && hasDigit(next) {
			op = 2
		}
		switch op {
		case 0:
			// A word that ends a line leaves its line break.
			if word[len(word)-1] == '\n' {
				dst = append(dst, '\n')
			}
		case 1:
			dst = appendSwapped(dst, word, next)
			rest = afterNext
		default:
			dst = append(dst, fill[s.intn(len(fill))]...)
			dst = append(dst, ' ')
			dst = append(dst, word...)
		}
		src = rest
	}
	return dst, edits
}

func hasDigit(word []byte) bool { return bytes.ContainsAny(word, "0123456789") }

func hasSlot(word []byte) bool { return slices.ContainsFunc(word, isSlot) }

// cutWord splits off the first word with the blank or line break behind it.
func cutWord(b []byte) (word, rest []byte) {
	for i, c := range b {
		if c == ' ' || c == '\n' {
			return b[:i+1], b[i+1:]
		}
	}
	return b, nil
}

// appendSwapped appends b before a; the breaks stay where they were.
func appendSwapped(dst, a, b []byte) []byte {
	a, breakA := splitBreak(a)
	b, breakB := splitBreak(b)
	if len(b) == 0 {
		dst = append(dst, a...)
		dst = append(dst, breakA...)
		return append(dst, breakB...)
	}
	dst = append(dst, b...)
	dst = append(dst, breakA...)
	dst = append(dst, a...)
	return append(dst, breakB...)
}

func splitBreak(w []byte) (word, lineBreak []byte) {
	if n := len(w); n > 0 && (w[n-1] == ' ' || w[n-1] == '\n') {
		return w[:n-1], w[n-1:]
	}
	return w, nil
}
