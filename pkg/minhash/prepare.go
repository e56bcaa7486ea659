package minhash

import (
	"unicode"
	"unicode/utf8"
)

// placeholders are what the normalizer leaves where a contact was. Each becomes
// one control byte, so that a shingle holds a whole placeholder or none of it,
// and two adverts do not look alike only because both name a telephone.
var placeholders = [...]struct {
	text string
	unit byte
}{
	{"<phone>", 1},
	{"<email>", 2},
	{"<handle>", 3},
	{"<link>", 4},
	{"<chat>", 5},
}

// kind sorts the ASCII bytes: 0 separates words, 1 belongs to one.
var kind = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
			t[c] = 1
		}
	}
	return t
}()

// Prepare appends to dst what is shingled of a folded text, and returns the
// extended slice. Letters, digits and combining marks are kept as they are;
// each of the contact placeholders <phone>, <email>, <handle>, <link> and
// <chat> becomes one control byte that stands as a word of its own; and each run
// of anything else (white space, punctuation, symbols, emoji, control
// characters, invalid UTF-8) becomes one space. No space stands at either end.
//
// Letter case is not changed: the normalizer has folded the text. The result
// never takes more bytes than text.
func Prepare(dst, text []byte) []byte {
	start := len(dst)
	gap := false
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if kind[c] == 1 {
				if gap && len(dst) > start {
					dst = append(dst, ' ')
				}
				gap = false
				dst = append(dst, c)
				i++
				continue
			}
			gap = true
			if c == '<' {
				if unit, n := placeholder(text[i:]); n > 0 {
					if len(dst) > start {
						dst = append(dst, ' ')
					}
					dst = append(dst, unit)
					i += n
					continue
				}
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		if (r == utf8.RuneError && n == 1) || !isWord(r) {
			gap = true
			i += n
			continue
		}
		if gap && len(dst) > start {
			dst = append(dst, ' ')
		}
		gap = false
		dst = append(dst, text[i:i+n]...)
		i += n
	}
	return dst
}

func placeholder(text []byte) (unit byte, n int) {
	for i := range placeholders {
		p := &placeholders[i]
		if len(text) >= len(p.text) && string(text[:len(p.text)]) == p.text {
			return p.unit, len(p.text)
		}
	}
	return 0, 0
}

func isWord(r rune) bool {
	return isWide(r) || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}
