package synth

import "unicode/utf8"

// disguise is how a campaign hides its words and its number.
type disguise struct {
	phone phoneDisguise
	text  textDisguise
	// words is the part of the words that is disguised, in thousandths.
	words int
}

type phoneDisguise uint8

// The ways to write a number so that a program does not find it.
const (
	phonePlain phoneDisguise = iota
	phoneSpaced
	phoneDotted
	phoneSpelled
	phoneKeycaps
	phoneFullWidth
	phoneLetters
	phoneMixed
	phoneZeroWidth
	phoneStarred
	phoneDisguises
)

type textDisguise uint8

// The ways to write a word so that a program does not find it.
const (
	textPlain textDisguise = iota
	textHomoglyphs
	textZeroWidth
	textLeet
	textFullWidth
	textSpaced
	textBold
	textDisguises
)

var digitWords = map[string][10]string{
	"id": {"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"},
	"en": {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"},
}

// appendDisguisedPhone appends a national number in one of the ways.
func appendDisguisedPhone(dst, national []byte, how phoneDisguise, words *[10]string, s *source) []byte {
	if how == phonePlain {
		return appendPhone(dst, national, s.intn(4))
	}
	for i, d := range national {
		n := d - '0'
		switch how {
		case phoneSpaced:
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, d)
		case phoneDotted:
			if i > 0 {
				dst = append(dst, '.')
			}
			dst = append(dst, d)
		case phoneSpelled:
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, words[n]...)
		case phoneKeycaps:
			dst = append(dst, d)
			dst = append(dst, "\uFE0F\u20E3"...)
		case phoneFullWidth:
			dst = utf8.AppendRune(dst, '０'+rune(n))
		case phoneLetters:
			switch d {
			case '0':
				dst = append(dst, 'O')
			case '1':
				dst = append(dst, 'l')
			case '5':
				dst = append(dst, 'S')
			default:
				dst = append(dst, d)
			}
		case phoneMixed:
			if i > 0 {
				dst = append(dst, ' ')
			}
			if s.intn(3) == 0 {
				dst = append(dst, words[n]...)
			} else {
				dst = append(dst, d)
			}
		case phoneZeroWidth:
			dst = append(dst, d)
			if i%3 == 1 {
				dst = append(dst, "\u200B"...)
			}
		default: // phoneStarred
			if i > 0 && i%2 == 0 {
				dst = append(dst, '*')
			}
			dst = append(dst, d)
		}
	}
	return dst
}

// homoglyphs are Cyrillic and Greek letters that look like Latin ones.
var homoglyphs = [128]rune{
	'a': 'а', 'c': 'с', 'e': 'е', 'i': 'і', 'j': 'ј', 'o': 'о', 'p': 'р', 's': 'ѕ', 'x': 'х', 'y': 'у',
	'A': 'А', 'B': 'В', 'C': 'С', 'E': 'Е', 'H': 'Н', 'I': 'І', 'K': 'К', 'M': 'М', 'O': 'О', 'P': 'Р', 'S': 'Ѕ', 'T': 'Т', 'X': 'Х',
}

var leet = [128]byte{'a': '4', 'e': '3', 'i': '1', 'o': '0', 's': '5', 'A': '4', 'E': '3', 'I': '1', 'O': '0', 'S': '5'}

// disguiseWords appends src with some of its words disguised. Only words of
// four or more ASCII letters are touched, so that numbers and addresses stay
// whole. It returns how many it disguised.
func disguiseWords(dst, src []byte, d *disguise, s *source) (out []byte, words int) {
	for len(src) > 0 {
		word, rest := cutWord(src)
		src = rest
		core, lineBreak := splitBreak(word)
		if len(core) < 4 || s.intn(1000) >= d.words || !allLetters(core) {
			dst = append(dst, word...)
			continue
		}
		dst = appendDisguisedWord(dst, core, d.text, s)
		dst = append(dst, lineBreak...)
		words++
	}
	return dst, words
}

func allLetters(b []byte) bool {
	for _, c := range b {
		if c |= 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

func appendDisguisedWord(dst, word []byte, how textDisguise, s *source) []byte {
	at := s.between(1, len(word)-1)
	for i, c := range word {
		switch how {
		case textHomoglyphs:
			if r := homoglyphs[c]; r != 0 {
				dst = utf8.AppendRune(dst, r)
				continue
			}
		case textZeroWidth:
			if i == at {
				dst = append(dst, "\u200B"...)
			}
		case textLeet:
			if l := leet[c]; l != 0 {
				dst = append(dst, l)
				continue
			}
		case textFullWidth:
			dst = utf8.AppendRune(dst, rune(c)+0xFEE0)
			continue
		case textSpaced:
			if i > 0 {
				dst = append(dst, ' ')
			}
		case textBold:
			if c >= 'a' {
				dst = utf8.AppendRune(dst, '𝗮'+rune(c-'a'))
			} else {
				dst = utf8.AppendRune(dst, '𝗔'+rune(c-'A'))
			}
			continue
		default:
		}
		dst = append(dst, c)
	}
	return dst
}
