package index

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a text query.
const (
	// MaxTextQueryBytes bounds Query.Text.
	MaxTextQueryBytes = 1 << 10
	// MaxClauses bounds the words and phrases in it.
	MaxClauses = 32
)

// Clause is one condition on the words of title or text.
type Clause struct {
	// Words are in lower case. Several words are a phrase: they must follow
	// one another in one field.
	Words []string
	// Text is the clause as it was typed, without quotes, for a server that
	// cuts words itself.
	Text string
	// Not turns the condition around.
	Not bool
}

// ParseText reads what a person typed: words that must all be there, in any
// place; "words in quotes" that must follow one another; and a word or a phrase
// with '-' before it that must not be there. Nothing else has a meaning: there
// are no wildcards, fields or regular expressions to make a search expensive. A
// missing closing quote is taken as being at the end. The error wraps ErrQuery.
func ParseText(s string) ([]Clause, error) {
	if len(s) > MaxTextQueryBytes {
		return nil, fmt.Errorf("%w: the text is longer than %d bytes", ErrQuery, MaxTextQueryBytes)
	}
	if !utf8.ValidString(s) {
		return nil, fmt.Errorf("%w: the text is not UTF-8", ErrQuery)
	}
	var out []Clause
	add := func(part string, not bool) {
		if words := words(part); len(words) > 0 {
			out = append(out, Clause{Words: words, Text: part, Not: not})
		}
	}
	for s = strings.TrimLeftFunc(s, unicode.IsSpace); s != ""; s = strings.TrimLeftFunc(s, unicode.IsSpace) {
		rest, not := strings.CutPrefix(s, "-")
		var part string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			part, s, _ = strings.Cut(quoted, `"`)
		} else {
			end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || r == '"' })
			if end < 0 {
				end = len(rest)
			}
			part, s = rest[:end], rest[end:]
		}
		add(part, not)
	}
	if len(out) > MaxClauses {
		return nil, fmt.Errorf("%w: the text has more than %d words and phrases", ErrQuery, MaxClauses)
	}
	return out, nil
}

// isWord reports whether r is part of a word.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r)
}

// words cuts s into its words, in lower case.
func words(s string) []string {
	var out []string
	Tokens([]byte(s), func(start, end int) { out = append(out, strings.ToLower(s[start:end])) })
	return out
}

// Tokens calls yield for each word of s: where it begins and ends in s. A
// letter of a script that is written without spaces is a word by itself, so
// that a part of such a text is found as a phrase.
func Tokens(s []byte, yield func(start, end int)) {
	start := -1
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(s[i:])
		}
		switch {
		case !isWord(r):
			if start >= 0 {
				yield(start, i)
				start = -1
			}
		case unspaced(r):
			if start >= 0 {
				yield(start, i)
				start = -1
			}
			yield(i, i+n)
		case start < 0:
			start = i
		}
		i += n
	}
	if start >= 0 {
		yield(start, len(s))
	}
}

// unspaced reports whether r belongs to a script without spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Myanmar, unicode.Khmer,
		unicode.Hiragana, unicode.Katakana, unicode.Han)
}
