package textnorm

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/mtibben/confusables"
	"golang.org/x/text/unicode/norm"
)

// kind says what folding does with a rune.
type kind uint8

const (
	kindKeep      kind = iota // letters, symbols: out replaces it
	kindStyled                // a styled form of an ASCII letter or digit: counted
	kindEmoji                 // a digit drawn as a sign: counted
	kindMulti                 // several runes replace it
	kindSpace                 // a blank
	kindBreak                 // a line break
	kindMark                  // joins the rune before it
	kindZeroWidth             // dropped, counted
	kindFiller                // a blank that looks like nothing: counted
	kindBidi                  // dropped, counted
	kindControl               // dropped, counted
)

// entry is what folding does with one rune.
type entry struct {
	out   rune
	multi uint16 // index into table.multi, for kindMulti
	kind  kind
	// look is the ASCII letter that the rune imitates, 0 if none; weak says
	// that it does so only among Latin letters.
	look byte
	weak bool
}

const (
	// tableEnd bounds the runes that have a page of their own; beyond stand
	// ideographs, tags and private use.
	tableEnd  = 0x20000
	pageBits  = 8
	pageSize  = 1 << pageBits
	maxMulti  = 4 // longer expansions are not made: they serve to blow up a text
	identity1 = 0x3400
	identity2 = 0xD7B0
)

type table struct {
	pages [tableEnd / pageSize]*[pageSize]entry
	multi [][]rune
}

// loadTable builds the table on first use, some milliseconds once a process.
var loadTable = sync.OnceValue(buildTable)

// lookup returns what to do with a rune that is not ASCII.
func (t *table) lookup(r rune) entry {
	if r < tableEnd {
		if p := t.pages[r>>pageBits]; p != nil {
			return p[r&(pageSize-1)]
		}
		return entry{out: r}
	}
	switch {
	case r >= 0xE0000 && r <= 0xE0FFF:
		return entry{kind: kindZeroWidth}
	case r >= 0x2F800 && r <= 0x2FA1F:
		if c, _ := utf8.DecodeRuneInString(norm.NFKC.String(string(r))); c != utf8.RuneError {
			return entry{out: c}
		}
	}
	return entry{out: r}
}

func buildTable() *table {
	t := &table{multi: [][]rune{nil}}
	b := builder{table: t, multiIndex: map[string]uint16{}}
	for base := rune(0); base < tableEnd; base += pageSize {
		if base >= identity1 && base+pageSize <= identity2 {
			continue // ideographs and Hangul syllables stay as they are
		}
		var page [pageSize]entry
		changed := false
		for i := range rune(pageSize) {
			r := base + i
			e := entry{out: r}
			if r >= utf8.RuneSelf && utf8.ValidRune(r) {
				e = b.entryOf(r)
			}
			page[i] = e
			changed = changed || e != entry{out: r}
		}
		if changed {
			t.pages[base>>pageBits] = &page
		}
	}
	return t
}

type builder struct {
	*table
	multiIndex map[string]uint16
	buf        []byte
}

func (b *builder) entryOf(r rune) entry {
	if e, ok := special(r); ok {
		return e
	}
	if d, ok := decimal(r); ok {
		return entry{out: '0' + d, kind: styledIf(isStyled(r))}
	}
	var in [utf8.UTFMax]byte
	n := utf8.EncodeRune(in[:], unicode.ToLower(r))
	b.buf = norm.NFKC.Append(b.buf[:0], in[:n]...)
	runes := make([]rune, 0, maxMulti)
	for s := b.buf; len(s) > 0; {
		c, n := utf8.DecodeRune(s)
		s = s[n:]
		runes = append(runes, punctuation(unicode.ToLower(c)))
		if len(runes) > maxMulti {
			runes = append(runes[:0], r)
			break
		}
	}
	if len(runes) == 1 && runes[0] == ' ' {
		return entry{out: ' ', kind: kindSpace}
	}
	if len(runes) == 1 {
		e := entry{out: runes[0]}
		if e.out < utf8.RuneSelf && isStyled(r) {
			e.kind = kindStyled
		}
		if e.out >= utf8.RuneSelf {
			e.look, e.weak = lookalike(r)
		}
		return e
	}
	key := string(runes)
	i, ok := b.multiIndex[key]
	if !ok {
		i = uint16(len(b.multi))
		b.multi = append(b.multi, runes)
		b.multiIndex[key] = i
	}
	return entry{out: runes[0], kind: kindMulti, multi: i}
}

func styledIf(styled bool) kind {
	if styled {
		return kindStyled
	}
	return kindKeep
}

// special returns the entry of a rune that is dropped, blank or a sign.
func special(r rune) (entry, bool) {
	switch {
	case r == 0x85 || r == 0x2028 || r == 0x2029:
		return entry{out: '\n', kind: kindBreak}, true
	case r == 0x061C || r == 0x200E || r == 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069:
		return entry{kind: kindBidi}, true
	case r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r == 0x2800:
		return entry{out: ' ', kind: kindFiller}, true
	case r == 0x00AD || r == 0x034F || r == 0x17B4 || r == 0x17B5 || r >= 0x180B && r <= 0x180F,
		r >= 0x200B && r <= 0x200D, r >= 0x2060 && r <= 0x2064, r >= 0x206A && r <= 0x206F,
		r >= 0xFE00 && r <= 0xFE0F, r == 0xFEFF, r >= 0xFFF9 && r <= 0xFFFB, r >= 0x1BCA0 && r <= 0x1BCA3, r >= 0x1D173 && r <= 0x1D17A:
		return entry{kind: kindZeroWidth}, true
	case r >= 0x80 && r <= 0x9F:
		return entry{kind: kindControl}, true
	case unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Me, r) || r >= 0x1161 && r <= 0x11FF:
		return entry{out: r, kind: kindMark}, true
	case unicode.Is(unicode.Zs, r):
		return entry{out: ' ', kind: kindSpace}, true
	}
	if d, ok := signDigit(r); ok {
		return entry{out: d, kind: kindEmoji}, true
	}
	if c, ok := signLetter(r); ok {
		return entry{out: c, kind: kindStyled}, true
	}
	return entry{}, false
}

// signDigit reads circled and similarly drawn digits.
func signDigit(r rune) (rune, bool) {
	for _, s := range [...]struct{ first, last, digit rune }{
		{0x2460, 0x2468, '1'}, // ①
		{0x24EA, 0x24EA, '0'}, // ⓪
		{0x24F5, 0x24FD, '1'}, // ⓵
		{0x24FF, 0x24FF, '0'}, // ⓿
		{0x2776, 0x277E, '1'}, // ❶
		{0x2780, 0x2788, '1'}, // ➀
		{0x278A, 0x2792, '1'}, // ➊
		{0x1F10B, 0x1F10C, '0'},
	} {
		if r >= s.first && r <= s.last {
			if s.first == 0x1F10B {
				return '0', true
			}
			return s.digit + r - s.first, true
		}
	}
	return 0, false
}

// signLetter reads letters in circles and boxes that NFKC leaves alone.
func signLetter(r rune) (rune, bool) {
	switch {
	case r >= 0x1F150 && r <= 0x1F169:
		return 'a' + r - 0x1F150, true
	case r >= 0x1F170 && r <= 0x1F189:
		return 'a' + r - 0x1F170, true
	}
	return 0, false
}

// decimal returns the value of a decimal digit of any script.
func decimal(r rune) (rune, bool) {
	if !unicode.Is(unicode.Nd, r) {
		return 0, false
	}
	for _, g := range unicode.Nd.R16 {
		if r >= rune(g.Lo) && r <= rune(g.Hi) {
			return (r - rune(g.Lo)) % 10, true
		}
	}
	for _, g := range unicode.Nd.R32 {
		if r >= rune(g.Lo) && r <= rune(g.Hi) {
			return (r - rune(g.Lo)) % 10, true
		}
	}
	return 0, false
}

// isStyled reports whether r is a letter or digit drawn in another style.
func isStyled(r rune) bool {
	return r >= 0xFF01 && r <= 0xFF5E || r >= 0x1D400 && r <= 0x1D7FF || r >= 0x249C && r <= 0x24E9 ||
		r >= 0x1F110 && r <= 0x1F149 || r >= 0x2070 && r <= 0x209C && r != 0x207F || r >= 0x1D2C && r <= 0x1D6A ||
		r >= 0x02B0 && r <= 0x02B8 || r >= 0x2100 && r <= 0x2149 && r != 0x2122 && r != 0x2116 && r != 0x2126 && r != 0x212A && r != 0x212B
}

// punctuation folds dashes and quotation marks to their ASCII forms.
func punctuation(r rune) rune {
	if r < utf8.RuneSelf {
		return r
	}
	switch r {
	case '‘', '’', '‚', '‛', '′', '`', '´', 'ʹ', 'ʻ', 'ʼ', 'ʽ':
		return '\''
	case '“', '”', '„', '‟', '″', '«', '»':
		return '"'
	case '−', '─', '━':
		return '-'
	case '⁄', '∕', '⧸':
		return '/'
	}
	if unicode.Is(unicode.Pd, r) {
		return '-'
	}
	return r
}

// smallCapitals are Latin letters that UTS 39 does not fold to ASCII.
var smallCapitals = map[rune]byte{
	'ᴀ': 'a', 'ʙ': 'b', 'ᴄ': 'c', 'ᴅ': 'd', 'ᴇ': 'e', 'ꜰ': 'f', 'ɢ': 'g', 'ʜ': 'h', 'ɪ': 'i', 'ᴊ': 'j', 'ᴋ': 'k', 'ʟ': 'l', 'ᴍ': 'm',
	'ɴ': 'n', 'ᴏ': 'o', 'ᴘ': 'p', 'ꞯ': 'q', 'ʀ': 'r', 'ꜱ': 's', 'ᴛ': 't', 'ᴜ': 'u', 'ᴠ': 'v', 'ᴡ': 'w', 'ʏ': 'y', 'ᴢ': 'z',
	'ı': 'i', 'ȷ': 'j', 'ɡ': 'g', 'ɑ': 'a',
}

// lookalike returns the ASCII letter that r imitates, by the UTS 39 tables.
// Only letters are asked for, and Latin-1 is left alone: its letters belong to
// living languages of Latin script.
func lookalike(r rune) (letter byte, weak bool) {
	if r < 0x100 || !unicode.IsLetter(r) || !hasLookalikes(r) {
		return 0, false
	}
	if c, ok := smallCapitals[r]; ok {
		return c, false
	}
	if c := prototype(r); c != 0 {
		return c, false
	}
	if unicode.Is(unicode.Latin, r) {
		return 0, false
	}
	lower := unicode.ToLower(r)
	if c := prototype(lower); c != 0 {
		return c, false
	}
	s, _ := utf8.DecodeRuneInString(confusables.Skeleton(string(r)))
	if c, ok := smallCapitals[s]; ok {
		return c, true
	}
	return 0, false
}

// prototype returns the ASCII letter of r's skeleton. Upper-case I, l and 1
// have one skeleton; an upper-case letter of the group is an i.
func prototype(r rune) byte {
	s := confusables.Skeleton(string(r))
	switch {
	case s == "rn":
		return 'm'
	case len(s) != 1:
		return 0
	case s == "l" && unicode.IsUpper(r):
		return 'i'
	case s[0] >= 'A' && s[0] <= 'Z':
		return s[0] + 'a' - 'A'
	case s[0] >= 'a' && s[0] <= 'z':
		return s[0]
	}
	return 0
}

// hasLookalikes reports whether r stands in a block from which Latin letters
// are imitated in practice.
func hasLookalikes(r rune) bool {
	switch {
	case r < 0x0590, // Latin extensions, phonetic, Greek, Cyrillic, Armenian
		r >= 0x10A0 && r < 0x1100, r >= 0x13A0 && r < 0x1400, // Georgian, Cherokee
		r >= 0x1D00 && r < 0x1DC0,                            // phonetic extensions
		r >= 0x1E00 && r < 0x2000,                            // Latin additional, Greek extended
		r >= 0x2C60 && r < 0x2E00,                            // Latin extended C, Coptic
		r >= 0xA4D0 && r < 0xA500,                            // Lisu
		r >= 0xA640 && r < 0xA6A0, r >= 0xA720 && r < 0xA800, // Cyrillic extended, Latin extended D
		r >= 0xAB30 && r < 0xABC0, r >= 0x10280 && r < 0x10400: // Latin extended E, old scripts
		return true
	}
	return false
}
