package indicator

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxWordBytes bounds a word that can be part of a term; longer ones match none.
const maxWordBytes = 48

// word is one word of a folded text: its bytes and the sentence it stands in.
type word struct {
	start, end uint32
	sentence   uint32
}

// placeholders are what the normaliser puts in place of a contact; each is one word.
var placeholders = [...]string{"<phone>", "<email>", "<handle>", "<link>", "<chat>"}

// Byte classes of ASCII.
const (
	byteOther = iota
	byteWord
	byteStop  // ends a sentence before a blank or the end
	byteBreak // ends a sentence always
)

var byteClasses = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
			t[c] = byteWord
		case c == '.', c == '!', c == '?', c == ';':
			t[c] = byteStop
		case c == '\n', c == '\r', c == '|':
			t[c] = byteBreak
		}
	}
	return t
}()

// appendWords cuts a folded text into words. A word is a run of letters, marks
// and digits, or a placeholder. Full stops, exclamation and question marks and
// semicolons before a blank, line ends, bars and bullets end a sentence; a full
// stop after a word of two letters does not.
func appendWords(dst []word, s string) []word {
	sentence := uint32(0)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch byteClasses[c] {
			case byteWord:
				start := i
				i = wordEnd(s, i+1)
				dst = append(dst, word{uint32(start), uint32(i), sentence})
				continue
			case byteStop:
				if (i+1 == len(s) || s[i+1] == ' ' || s[i+1] == '\n') && (c != '.' || !abbreviation(dst, i)) {
					sentence++
				}
			case byteBreak:
				sentence++
			case byteOther:
				if c == '<' {
					if n := placeholderAt(s[i:]); n > 0 {
						dst = append(dst, word{uint32(i), uint32(i + n), sentence})
						i += n
						continue
					}
				}
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case isWordRune(r):
			start := i
			i = wordEnd(s, i+n)
			dst = append(dst, word{uint32(start), uint32(i), sentence})
			continue
		case r == '•', r == '。', r == '！', r == '？', r == '\u2028', r == '\u2029':
			sentence++
		}
		i += n
	}
	return dst
}

// abbreviation says that the full stop at i closes a word of one or two bytes
// (No. 12, PT. Contoh, Jl. Raya) and so most likely no sentence.
func abbreviation(words []word, i int) bool {
	if len(words) == 0 {
		return false
	}
	w := words[len(words)-1]
	return int(w.end) == i && w.end-w.start <= 2
}

func wordEnd(s string, i int) int {
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if byteClasses[c] != byteWord {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !isWordRune(r) {
			return i
		}
		i += n
	}
	return i
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

func placeholderAt(s string) int {
	for _, p := range placeholders {
		if strings.HasPrefix(s, p) {
			return len(p)
		}
	}
	return 0
}

// foldSimple is the folding of a text that the normaliser has not seen: lower
// case where that keeps the length in bytes, so that offsets hold.
func foldSimple(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); utf8.RuneLen(l) == utf8.RuneLen(r) {
			return l
		}
		return r
	}, s)
}
