package textnorm

import (
	"unicode"
	"unicode/utf8"
)

// WordAt reports whether a letter, digit or combining mark of any script stands
// at b[i]. It is false at the end of b.
func WordAt(b []byte, i int) bool {
	if i >= len(b) {
		return false
	}
	if c := b[i]; c < utf8.RuneSelf {
		return isWordASCII(c)
	}
	r, _ := utf8.DecodeRune(b[i:])
	return isWordRune(r)
}

// WordBefore reports whether a letter, digit or combining mark of any script
// ends right before b[i]. It is false at the start of b.
func WordBefore(b []byte, i int) bool {
	if i <= 0 {
		return false
	}
	if c := b[i-1]; c < utf8.RuneSelf {
		return isWordASCII(c)
	}
	r, _ := utf8.DecodeLastRune(b[:i])
	return isWordRune(r)
}

// WordEnd returns the end of the word that starts at b[i]: of its run of
// letters, digits and marks of any script. It is i where none starts.
func WordEnd(b []byte, i int) int {
	for i < len(b) {
		if b[i] < utf8.RuneSelf {
			if !isWordASCII(b[i]) {
				return i
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if !isWordRune(r) {
			return i
		}
		i += n
	}
	return i
}

func isWordASCII(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z'
}

func isWordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r))
}
