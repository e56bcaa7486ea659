package minhash

import (
	"slices"
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

// What a byte is to Prepare.
const (
	separator = 0
	word      = 1
	special   = 2 // begins a placeholder or a character outside ASCII
)

// bytesOf tells for each byte what it is, and what is written for it.
var bytesOf = func() (t [256]struct{ kind, out uint8 }) {
	for i := range t {
		c := byte(i)
		switch {
		case c >= utf8.RuneSelf || c == '<':
			t[i].kind = special
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			t[i].kind, t[i].out = word, c
		default:
			t[i].kind, t[i].out = separator, ' '
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
	dst = slices.Grow(dst, len(text)+1)
	out := dst[len(dst) : len(dst)+len(text)+1]
	n := 0 // bytes written: never more than were read
	// Where words end cannot be foretold, so the common case has no branch on it:
	// a separator is written but only counted behind a word.
	last := uint8(separator)
	for i := 0; i < len(text); {
		c := text[i]
		if b := bytesOf[c]; b.kind != special {
			out[n] = b.out
			n += int(b.kind | last)
			last = b.kind
			i++
			continue
		}
		if unit, size := placeholder(text[i:]); size > 0 {
			if last == word {
				out[n] = ' '
				n++
			}
			out[n], out[n+1] = unit, ' '
			n += 2
			last = separator
			i += size
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		if isWord(r) { // not so for '<' and for what is not UTF-8
			n += copy(out[n:], text[i:i+size])
			last = word
			i += size
			continue
		}
		out[n] = ' '
		n += int(last)
		last = separator
		i += size
	}
	if n > 0 && last == separator {
		n--
	}
	return dst[:len(dst)+n]
}

func placeholder(text []byte) (unit byte, n int) {
	if text[0] != '<' {
		return 0, 0
	}
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
