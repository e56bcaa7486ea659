package lang

import (
	"math"
	"unicode"
	"unicode/utf8"
)

const (
	// Undetermined is the result where there is too little text or no language
	// stands out (ISO 639-2).
	Undetermined = "und"

	// maxBytes bounds how much of a text is read.
	maxBytes = 700
	// minTrigrams is how many trigrams tell a language.
	minTrigrams = 8
	// maxCost is the mean cost of a trigram, in eighths of a bit, above which a
	// text is none of the languages: text in one of them is at 25 to 36.
	maxCost = 56
	// dampening divides the evidence: neighbouring trigrams share letters, so
	// they are not independent, and undampened confidence is always 1.
	dampening = 4
	// wordBits is what one step of malayWords weighs, in eighths of a bit.
	wordBits = 24
	// prior favours Indonesian over Malay where nothing tells them apart: most
	// adverts that Palermo reads are Indonesian.
	prior = 64
)

// Detect returns the ISO 639-1 code of a folded text's language, or
// Undetermined, and how sure that is, in [0,1]. It reads the first 700 bytes.
// A text without letters gives Undetermined and 0.
func Detect(b []byte) (code string, confidence float64) {
	if len(b) > maxBytes {
		b = b[:maxBytes]
	}
	m := load()
	var c counter
	for i := 0; i < len(b); {
		ch := b[i]
		if ch < utf8.RuneSelf {
			if ch >= 'a' && ch <= 'z' {
				i = c.word(m, b, i)
				continue
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		c.rune(m, r)
		i += n
	}
	if c.other > c.latin {
		return c.script()
	}
	return c.decide()
}

type counter struct {
	// sum is what packed held when it was last emptied.
	sum [numLanguages]int32
	// packed has a sum of at most 16 bits for each language: those of a word's
	// even bytes, then those of its odd ones.
	packed   [2 * costWords]uint64
	pending  int   // costs in packed
	trigrams int32 // and accented letters, which weigh as one each
	latin    int   // letters
	other    int   // letters of other scripts
	scripts  [numScripts]int
	malay    int
}

const (
	evenBytes = 0x00FF00FF00FF00FF
	// maxPending costs fit into 16 bits.
	maxPending = math.MaxUint16 / unseen
)

// add counts the costs of one trigram or letter.
func (c *counter) add(t *costs) {
	for i, w := range t {
		c.packed[2*i] += w & evenBytes
		c.packed[2*i+1] += w >> 8 & evenBytes
	}
	c.trigrams++
	if c.pending++; c.pending == maxPending {
		c.unpack()
	}
}

// unpack empties packed into sum.
func (c *counter) unpack() {
	for l := range c.sum {
		w := c.packed[l/8*2+l%2]
		c.sum[l] += int32(w >> (l % 8 / 2 * 16) & math.MaxUint16)
	}
	c.packed, c.pending = [2 * costWords]uint64{}, 0
}

// word counts the trigrams of a word of ASCII letters that starts at i. It
// returns the word's end.
func (c *counter) word(m *model, b []byte, i int) int {
	start := i
	key := int(b[i] - 'a')
	for i++; i < len(b) && b[i] >= 'a' && b[i] <= 'z'; i++ {
		key = key*26 + int(b[i]-'a')
		if i < start+2 {
			continue
		}
		key %= numTrigrams
		c.add(&m.trigrams[key])
	}
	c.latin += i - start
	if n := i - start; n >= 3 && n <= 13 && malayFilter.May(b[start:i]) {
		c.malay += malayWords[string(b[start:i])]
	}
	return i
}

// rune counts a rune beyond ASCII.
func (c *counter) rune(m *model, r rune) {
	if r < 0x250 || r >= 0x1E00 && r < 0x1F00 {
		if t, ok := m.letters[r]; ok {
			c.add(&t)
			c.latin++
		}
		return
	}
	if !unicode.IsLetter(r) {
		return
	}
	if s := scriptOf(r); s >= 0 {
		c.scripts[s]++
		c.other++
		if scripts[s].dense {
			c.other += 2
		}
	}
}

// decide picks the language of a Latin text.
func (c *counter) decide() (code string, confidence float64) {
	if c.trigrams < minTrigrams {
		return Undetermined, 0
	}
	c.unpack()
	c.sum[malay] += prior + int32(c.malay*wordBits)
	best := 0
	for l := range c.sum {
		if c.sum[l] < c.sum[best] {
			best = l
		}
	}
	if c.sum[best] > maxCost*c.trigrams {
		return Undetermined, 0
	}
	total := 0.0
	for l := range c.sum {
		total += math.Exp2(-float64(c.sum[l]-c.sum[best]) / 8 / dampening)
	}
	if confidence = 1 / total; confidence < 0.5 {
		return Undetermined, confidence
	}
	return languages[best], confidence
}
