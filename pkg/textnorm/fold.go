package textnorm

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxMarks bounds the combining marks that one letter may carry; no living
// orthography needs more.
const maxMarks = 4

// unit is one rune on its way from the original to the folded text.
type unit struct {
	r          rune
	start, end uint32
	look       byte
	weak       bool
	marks      uint8
}

// Folder folds texts. It holds scratch space: one goroutine at a time. Use New.
type Folder struct {
	table *table
	units []unit
	buf   []byte

	pending rune // blank that waits for a visible rune: 0, ' ' or '\n'
	pendAt  uint32
	pendEnd uint32
}

// New returns a Folder. The first call in a process builds the tables, which
// takes some milliseconds.
func New() *Folder { return &Folder{table: loadTable()} }

// Fold sets t to the folded form of title and text. Offsets in t count the
// bytes of title, one line feed, and text. Invalid UTF-8 is dropped and counted
// as control characters. The folded text has at most four times as many bytes
// as the original, and folding takes time linear in the original.
func (f *Folder) Fold(t *Text, title, text string) {
	t.Reset()
	t.title, t.text = title, text
	f.field(t, title, 0, true)
	t.mark(1, uint32(len(title)), uint32(len(title)+1))
	t.Folded = append(t.Folded, '\n')
	f.field(t, text, uint32(len(title)+1), false)
}

// FoldPlain sets t to the folded form of text as if it held no markup: tags,
// comments and scripts stay. Offsets count from one, as after an empty title.
func (f *Folder) FoldPlain(t *Text, text string) {
	t.Reset()
	t.text = text
	t.mark(1, 0, 1)
	t.Folded = append(t.Folded, '\n')
	f.pending = 0
	f.units = f.units[:0]
	f.decode(t, text, 1, 0)
	f.unmask(t)
	for i := range f.units {
		f.emit(t, &f.units[i], 1, false)
	}
}

// field folds one field whose first byte is at base.
func (f *Folder) field(t *Text, s string, base uint32, oneLine bool) {
	f.pending = 0
	start := len(t.Folded)
	if c := survey(s); c.plain {
		f.plain(t, s, base, start, oneLine)
		return
	} else if f.units = f.units[:0]; c.markup {
		f.markup(t, s, base)
	} else {
		f.decode(t, s, base, 0)
	}
	f.unmask(t)
	for i := range f.units {
		f.emit(t, &f.units[i], start, oneLine)
	}
}

// character says what a field is made of.
type character struct{ plain, markup bool }

// survey says which way a field takes.
func survey(s string) character {
	c := character{plain: true}
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case b >= utf8.RuneSelf:
			c.plain = false
		case b == '<' || b == '&':
			if !c.markup && isMarkup(s[i:]) {
				c.markup, c.plain = true, false
			}
		}
	}
	return c
}

// Classes of ASCII.
const (
	asciiKeep = iota
	asciiSpace
	asciiBreak
	asciiDrop
)

// asciiOut and asciiClass fold ASCII: lower case, and '<' becomes '('.
var asciiOut, asciiClass = func() (out, class [utf8.RuneSelf]byte) {
	for i := range out {
		c := byte(i)
		out[i] = c
		switch {
		case c >= 'A' && c <= 'Z':
			out[i] = c | 0x20
		case c == '<':
			out[i] = '('
		case c == '`':
			out[i] = '\''
		case c == '\n' || c == '\r' || c == '\v' || c == '\f':
			class[i] = asciiBreak
		case c == ' ' || c == '\t':
			class[i] = asciiSpace
		case c < ' ' || c == 0x7f:
			class[i] = asciiDrop
		}
	}
	return out, class
}()

// plain folds a field that is ASCII without markup.
func (f *Folder) plain(t *Text, s string, base uint32, start int, oneLine bool) {
	for i := 0; i < len(s); {
		// A stretch of visible characters is one run.
		j := i
		for j < len(s) && asciiClass[s[j]] == asciiKeep {
			j++
		}
		if j > i {
			f.flush(t, start)
			t.mark(j-i, base+uint32(i), base+uint32(j))
			n := len(t.Folded)
			t.Folded = append(t.Folded, s[i:j]...)
			for k, c := range t.Folded[n:] {
				t.Folded[n+k] = asciiOut[c]
			}
			i = j
			continue
		}
		switch asciiClass[s[i]] {
		case asciiSpace:
			f.blank(' ', base+uint32(i), base+uint32(i)+1)
		case asciiBreak:
			if oneLine {
				f.blank(' ', base+uint32(i), base+uint32(i)+1)
			} else {
				f.blank('\n', base+uint32(i), base+uint32(i)+1)
			}
		default:
			t.Counts.Control++
		}
		i++
	}
}

// blank notes a blank; the next visible rune writes it.
func (f *Folder) blank(r rune, start, end uint32) {
	if f.pending == 0 {
		f.pending, f.pendAt, f.pendEnd = r, start, end
	} else if r == '\n' {
		f.pending = r
	}
}

// flush writes the noted blank, unless the field has only begun.
func (f *Folder) flush(t *Text, start int) {
	if f.pending != 0 && len(t.Folded) > start {
		t.mark(1, f.pendAt, f.pendEnd)
		t.Folded = append(t.Folded, byte(f.pending))
	}
	f.pending = 0
}

func (f *Folder) emit(t *Text, u *unit, start int, oneLine bool) {
	switch {
	case u.r == ' ' || u.r == '\n' && oneLine:
		f.blank(' ', u.start, u.end)
		return
	case u.r == '\n':
		f.blank('\n', u.start, u.end)
		return
	}
	f.flush(t, start)
	if u.r < utf8.RuneSelf {
		t.mark(1, u.start, u.end)
		t.Folded = append(t.Folded, asciiOut[u.r])
		return
	}
	t.mark(utf8.RuneLen(u.r), u.start, u.end)
	t.Folded = utf8.AppendRune(t.Folded, u.r)
}

// decode appends the units of s, whose first byte is at base. If whole is not
// 0, every unit maps to [base, base+whole) instead of its own bytes.
func (f *Folder) decode(t *Text, s string, base, whole uint32) {
	for i := 0; i < len(s); {
		u := unit{start: base + uint32(i), end: base + uint32(i) + 1}
		c := s[i]
		if c < utf8.RuneSelf {
			i++
			if whole > 0 {
				u.start, u.end = base, base+whole
			}
			switch asciiClass[c] {
			case asciiKeep:
				u.r = rune(asciiOut[c])
			case asciiSpace:
				u.r = ' '
			case asciiBreak:
				u.r = '\n'
			default:
				t.Counts.Control++
				continue
			}
			f.units = append(f.units, u)
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r == utf8.RuneError && n == 1 {
			t.Counts.Control++
			continue
		}
		u.end = u.start + uint32(n)
		if whole > 0 {
			u.start, u.end = base, base+whole
		}
		f.rune(t, r, u)
	}
}

// rune appends what becomes of a rune that is not ASCII.
func (f *Folder) rune(t *Text, r rune, u unit) {
	e := f.table.lookup(r)
	u.r, u.look, u.weak = e.out, e.look, e.weak
	switch e.kind {
	case kindStyled:
		t.Counts.Compatibility++
	case kindEmoji:
		t.Counts.EmojiDigits++
	case kindMulti:
		runes := f.table.multi[e.multi]
		if isStyled(r) {
			t.Counts.Compatibility++
		}
		for _, m := range runes {
			u.r = m
			f.units = append(f.units, u)
		}
		return
	case kindFiller:
		t.Counts.ZeroWidth++
	case kindZeroWidth:
		f.zeroWidth(t, r)
		return
	case kindBidi:
		t.Counts.Bidi++
		return
	case kindControl:
		t.Counts.Control++
		return
	case kindMark:
		f.combine(t, r, u)
		return
	case kindKeep, kindSpace, kindBreak:
	}
	f.units = append(f.units, u)
}

// zeroWidth counts a dropped character, unless it is part of an emoji: there
// variation selectors and joiners are how it is written.
func (f *Folder) zeroWidth(t *Text, r rune) {
	if n := len(f.units); n > 0 && (r == 0xFE0F || r == 0xFE0E || r == 0x200D) {
		if p := f.units[n-1].r; p >= 0x2000 && !unicode.IsLetter(p) || r == 0xFE0F && p >= '0' && p <= '9' {
			return
		}
	}
	t.Counts.ZeroWidth++
}

// combine joins a mark to the unit before it.
func (f *Folder) combine(t *Text, r rune, u unit) {
	n := len(f.units)
	if n == 0 {
		t.Counts.Control++
		return
	}
	p := &f.units[n-1]
	if base := p.r; base < utf8.RuneSelf && (base < 'a' || base > 'z') {
		// Nothing is written with a mark on a digit or a sign: it is a keycap
		// or a disguise.
		if r == 0x20E3 && base >= '0' && base <= '9' {
			t.Counts.EmojiDigits++
		} else {
			t.Counts.Control++
		}
		p.end = max(p.end, u.end)
		return
	}
	if p.marks++; p.marks > maxMarks {
		p.marks = maxMarks
		t.Counts.Control++
		p.end = max(p.end, u.end)
		return
	}
	var in [2 * utf8.UTFMax]byte
	k := utf8.EncodeRune(in[:], p.r)
	k += utf8.EncodeRune(in[k:], r)
	f.buf = norm.NFC.Append(f.buf[:0], in[:k]...)
	c, size := utf8.DecodeRune(f.buf)
	switch {
	case size == len(f.buf):
		marks := p.marks
		*p = unit{r: c, start: p.start, end: max(p.end, u.end), marks: marks}
	case p.r < utf8.RuneSelf:
		// A mark that no Latin letter carries (strike-through and the like).
		t.Counts.Control++
		p.end = max(p.end, u.end)
	default:
		u.r, u.marks = r, p.marks
		u.look, u.weak = 0, false
		f.units = append(f.units, u)
	}
}
