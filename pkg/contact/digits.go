package contact

import (
	"unicode/utf8"

	"palermo.internal/pkg/textnorm"
)

// groupKind says how the digits of a group were written.
type groupKind uint8

const (
	digitsPlain groupKind = iota
	digitsWords           // with digits as words: "kosong", "zero8one"
	digitsLooks           // with letters that look like digits: "O8l2"
)

// group is a run of digits without anything between them.
type group struct {
	start, end int // in the text
	from, to   int // in Finder.digits
	kind       groupKind
	plus       bool
	words      uint32
	// gap says what stands between this group and the one before it.
	gap gapKind
}

type gapKind uint8

const (
	gapNone   gapKind = iota
	gapPlain          // one blank, dash, dot, or the brackets of an area code
	gapStrong         // a slash, a comma, a bar: may part two numbers
	gapOdd            // any other sign: a disguise if the whole is a number
)

const (
	maxGap    = 6  // bytes between two groups of one number
	maxGroups = 40 // groups of one sequence
	maxDigits = 20 // digits of one group; longer ones are no number
)

// digitNames are digits as words in Indonesian, Malay and English.
var digitNames = [...]struct {
	name  string
	digit byte
}{
	{"zero", '0'},
	{"one", '1'},
	{"two", '2'},
	{"three", '3'},
	{"four", '4'},
	{"five", '5'},
	{"six", '6'},
	{"seven", '7'},
	{"eight", '8'},
	{"nine", '9'},
	{"nol", '0'},
	{"kosong", '0'},
	{"ksg", '0'},
	{"sifar", '0'},
	{"satu", '1'},
	{"dua", '2'},
	{"tiga", '3'},
	{"empat", '4'},
	{"lima", '5'},
	{"enam", '6'},
	{"tujuh", '7'},
	{"tuju", '7'},
	{"delapan", '8'},
	{"dlapan", '8'},
	{"lapan", '8'},
	{"sembilan", '9'},
	{"smbilan", '9'},
	{"oh", '0'},
}

// byFirst are the indices of the names that start with a letter.
var byFirst = func() (t [256][]uint8) {
	for i, n := range digitNames {
		t[n.name[0]] = append(t[n.name[0]], uint8(i))
	}
	return t
}()

// digitName reads a digit's name at i. The longest wins ("tujuh" over "tuju").
func digitName(b []byte, i, end int) (d byte, n int) {
	for _, k := range byFirst[b[i]] {
		name := digitNames[k].name
		if len(name) > n && i+len(name) <= end && string(b[i:i+len(name)]) == name {
			d, n = digitNames[k].digit, len(name)
		}
	}
	return d, n
}

// disguisedName reads a digit's name in which digits stand for letters, such as
// "z3r0" and "d3l4p4n".
func disguisedName(w []byte) (d byte, ok bool) {
	var plain [10]byte
	if len(w) < 3 || len(w) > len(plain) {
		return 0, false
	}
	letters, digits := 0, 0
	for i, c := range w {
		plain[i] = c
		if l := lookLetters[c]; l != 0 {
			plain[i] = l
			digits++
		} else if class[c]&letter != 0 {
			letters++
		}
	}
	if digits == 0 || letters == 0 || letters+digits < len(w) {
		return 0, false
	}
	d, n := digitName(plain[:len(w)], 0, len(w))
	return d, n == len(w)
}

// lookLetters are the letters that digits stand for in a word.
var lookLetters = [256]byte{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '9': 'g'}

// lookDigits are letters that stand for digits between digits.
var lookDigits = [256]byte{'o': '0', 'q': '0', 'l': '1', 'i': '1', 'z': '2', 's': '5', 'b': '8'}

// readGroup reads the word of ASCII letters and digits at i as digits. It
// appends them to f.digits; ok is false, and nothing is appended, if the word is
// no number.
func (f *Finder) readGroup(i int) (g group, ok bool) {
	b := f.b
	digitsEnd := run(b, i, digit)
	if digitsEnd == len(b) || !isAlnum(b[digitsEnd]) {
		return f.plainGroup(i, digitsEnd)
	}
	limit := min(i+128, len(b))
	end := run(b[:limit], i, digit|letter)
	if digitsEnd == i && lookDigits[b[i]] == 0 {
		// It starts with no digit: it is one as a word, or has digits in it
		// ("d3lapan"), or is none.
		if _, n := digitName(b, i, end); n < 2 && run(b[:end], i, letter) == end {
			return g, false
		}
	}
	g = group{start: i, end: end, from: len(f.digits)}
	if f.readWord(&g) && !textnorm.WordAt(b, end) {
		return g, true
	}
	f.digits = f.digits[:g.from]
	// Digits glued to a word: "7890hub".
	if digitsEnd-i >= 3 {
		return f.plainGroup(i, digitsEnd)
	}
	return g, false
}

// plainGroup takes the digits [i, end) as a group.
func (f *Finder) plainGroup(i, end int) (g group, ok bool) {
	if end == i || end-i > maxDigits {
		return g, false
	}
	g = group{start: i, end: end, from: len(f.digits)}
	f.digits = append(f.digits, f.b[i:end]...)
	g.to = len(f.digits)
	return g, true
}

// readWord reads the word [g.start, g.end) as digits, names of digits and
// letters that look like digits. It may leave digits behind when it fails.
func (f *Finder) readWord(g *group) bool {
	b, i, end, from := f.b, g.start, g.end, g.from
	if d, ok := disguisedName(b[i:end]); ok {
		f.digits = append(f.digits, d)
		g.words, g.kind, g.to = 1, digitsWords, len(f.digits)
		return true
	}
	looks, plain := 0, 0
	for j := i; j < end; {
		c := b[j]
		if isDigit(c) {
			f.digits = append(f.digits, c)
			plain++
			j++
			continue
		}
		if d, n := digitName(b, j, end); n > 2 || n == 2 && end-i == 2 {
			f.digits = append(f.digits, d)
			g.words++
			j += n
			continue
		}
		d := lookDigits[c]
		if d == 0 {
			return false
		}
		f.digits = append(f.digits, d)
		looks++
		j++
	}
	switch {
	case len(f.digits)-from > maxDigits:
		return false
	case looks > plain && end-i != 1 && (len(f.digits)-from < minNational || plain < 2 || f.digits[from] != '0'):
		// Most of the word is letters: only a whole number may be.
		return false
	}
	g.to = len(f.digits)
	switch {
	case g.words > 0:
		g.kind = digitsWords
	case looks > 0:
		g.kind = digitsLooks
	}
	return true
}

// readGap classifies what stands between two groups from i on. It returns the
// start of the next group, or ok false if the number ends here.
func readGap(b []byte, i int) (next int, kind gapKind, plus, ok bool) {
	kind = gapPlain
	signs, dashes := 0, 0
	j := i
	for j < len(b) && j-i <= maxGap {
		c := b[j]
		switch {
		case isAlnum(c):
			if j == i {
				return 0, 0, false, false
			}
			if signs > 2 || dashes > 1 {
				kind = max(kind, gapOdd)
			}
			return j, kind, plus, true
		case c == ' ':
		case c == '.' || c == '-':
			dashes++
		case c == '(' || c == ')':
			signs++
		case c == '/' || c == ',' || c == '|' || c == '&' || c == ';':
			kind = max(kind, gapStrong)
			signs++
		case c == '+':
			plus = true
			kind = max(kind, gapStrong)
		case c == '\n' || c == '%' || c == '$':
			return 0, 0, false, false
		case c >= 0x80:
			if textnorm.WordAt(b, j) {
				return 0, 0, false, false
			}
			_, n := utf8.DecodeRune(b[j:])
			kind = gapOdd
			j += n
			continue
		default:
			kind = gapOdd
			signs++
		}
		j++
	}
	return 0, 0, false, false
}
