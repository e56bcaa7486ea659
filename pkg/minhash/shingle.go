package minhash

import (
	"unicode/utf8"

	"github.com/twmb/murmur3"
)

// ShingleWeight is the length of a shingle in characters. A Chinese, Japanese or
// Korean character counts twice, since it says about as much as half a word.
const ShingleWeight = 5

// AppendShingles appends the murmur3 hash of every shingle of a prepared text to
// dst, in the order of the text and with repetitions, and returns the extended
// slice.
//
// A shingle starts at every character and is the shortest run of whole
// characters that weighs at least ShingleWeight: 5 bytes of ASCII, 10 of
// Cyrillic or Arabic, 15 of Thai or Hindi, 9 (3 characters) of Chinese, Japanese
// and Korean. A text that weighs less is one shingle; the empty text has none.
// So there are never more shingles than bytes.
func AppendShingles(dst []uint32, prepared []byte, seed uint32) []uint32 {
	ascii := asciiPrefix(prepared)
	if ascii == len(prepared) && ascii >= ShingleWeight {
		for len(prepared) >= ShingleWeight {
			dst = append(dst, murmur3.SeedSum32(seed, prepared[:ShingleWeight:ShingleWeight]))
			prepared = prepared[1:]
		}
		return dst
	}
	return appendWide(dst, prepared, seed)
}

func appendWide(dst []uint32, text []byte, seed uint32) []uint32 {
	if len(text) == 0 {
		return dst
	}
	found := false
	weight, end := 0, 0
	for start := 0; start < len(text); {
		for weight < ShingleWeight && end < len(text) {
			w, n := weigh(text[end:])
			weight += w
			end += n
		}
		if weight < ShingleWeight {
			break
		}
		found = true
		dst = append(dst, murmur3.SeedSum32(seed, text[start:end]))
		w, n := weigh(text[start:])
		weight -= w
		start += n
	}
	if !found {
		dst = append(dst, murmur3.SeedSum32(seed, text))
	}
	return dst
}

// weigh returns the weight and the length in bytes of the first character.
func weigh(text []byte) (weight, n int) {
	if text[0] < utf8.RuneSelf {
		return 1, 1
	}
	r, n := utf8.DecodeRune(text)
	if isWide(r) {
		return 2, n
	}
	return 1, n
}

// isWide tells whether r is a Chinese, Japanese or Korean letter.
func isWide(r rune) bool {
	switch {
	case r < 0x3041:
		return false
	case r <= 0x30ff: // Hiragana, Katakana; U+30FB is a middle dot.
		return r != 0x30fb && r != 0x30a0 && r != 0x3097 && r != 0x3098
	case r >= 0x3400 && r <= 0x4dbf, r >= 0x4e00 && r <= 0x9fff: // Han
		return true
	case r >= 0xac00 && r <= 0xd7a3: // Hangul
		return true
	case r >= 0xf900 && r <= 0xfaff, r >= 0x20000 && r <= 0x323af: // Han, rare
		return true
	}
	return false
}

// asciiPrefix returns how many bytes at the start are ASCII.
func asciiPrefix(text []byte) int {
	i := 0
	for i+8 <= len(text) {
		b := text[i : i+8 : i+8]
		if (b[0]|b[1]|b[2]|b[3]|b[4]|b[5]|b[6]|b[7])&0x80 != 0 {
			break
		}
		i += 8
	}
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	return i
}
