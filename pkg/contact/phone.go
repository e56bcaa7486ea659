package contact

import (
	"slices"

	"palermo.internal/pkg/textnorm"
)

const (
	minNational = 9  // digits with the trunk zero, for example 021-123456
	minAnything = 7  // digits after a word such as "telp"
	maxNumber   = 15 // E.164
	// hiddenWords is from how many digit words on a run of digits is a hidden
	// number, valid or not, if they make up half of it.
	hiddenWords = 3
	hiddenMin   = 8
)

// phones finds numbers in what the other passes left over.
func (f *Finder) phones() {
	b := f.b
	skip, taken := 0, 0
	for i := 0; i < len(b) && !f.full(); {
		if !f.mayStart(i, b[i]) {
			i++
			continue
		}
		for taken < len(f.taken) && f.taken[taken].end <= i {
			taken++
		}
		if taken < len(f.taken) && f.taken[taken].start <= i {
			i = f.taken[taken].end
			continue
		}
		for skip < len(f.opt.Skip) && f.opt.Skip[skip].End <= i {
			skip++
		}
		i = f.sequence(i, f.opt.Skip[skip:])
	}
}

// mayStart reports whether a group of digits can start at i.
func (f *Finder) mayStart(i int, c byte) bool {
	cl := class[c]
	if cl&(digit|letter) == 0 {
		return false
	}
	if cl&letter != 0 && byFirst[c] == nil && lookDigits[c] == 0 {
		return false
	}
	if cl&digit != 0 {
		// Digits may be glued to a word: "wa0812".
		return i == 0 || !isDigit(f.b[i-1])
	}
	return !textnorm.WordBefore(f.b, i)
}

// sequence reads the groups from i on and looks for numbers in them. It returns
// where to go on.
func (f *Finder) sequence(i int, skip []textnorm.Span) int {
	f.groups, f.digits = f.groups[:0], f.digits[:0]
	gap, plus := gapNone, i > 0 && f.b[i-1] == '+'
	// "(+62)", "+ 62"
	if i > 1 && f.b[i-1] == ' ' && f.b[i-2] == '+' {
		plus = true
	}
	at, resume := i, 0
	for len(f.groups) < maxGroups {
		if len(skip) > 0 && at >= skip[0].Start && at < skip[0].End {
			resume = skip[0].End
			break
		}
		g, ok := f.readGroup(at)
		if !ok || f.isTaken(g.start, g.end) {
			break
		}
		g.gap, g.plus = gap, plus
		f.groups = append(f.groups, g)
		resume = g.end
		next, k, p, ok := readGap(f.b, g.end)
		if !ok {
			break
		}
		at, gap, plus = next, k, p
		for len(skip) > 0 && skip[0].End <= at {
			skip = skip[1:]
		}
	}
	if len(f.groups) == 0 {
		return max(resume, f.afterWord(i))
	}
	for g := 0; g < len(f.groups) && !f.full(); {
		if n := f.number(g); n > 0 {
			g += n
		} else {
			g++
		}
	}
	return max(resume, i+1)
}

// afterWord returns the end of the word at i, or of its first digits.
func (f *Finder) afterWord(i int) int {
	if isDigit(f.b[i]) {
		return run(f.b, i, digit)
	}
	return run(f.b, i, letter)
}

// number looks for a number that starts with group g and adds it. It returns
// how many groups the number takes, 0 if there is none.
func (f *Finder) number(g int) int {
	first := &f.groups[g]
	start := f.start(g)
	if start == startNone {
		return 0
	}
	// How far may the number reach?
	last, total := g, first.to-first.from
	for k := g + 1; k < len(f.groups); k++ {
		n := f.groups[k].to - f.groups[k].from
		if total+n > maxNumber+2 || total >= 9 && f.parts(k) || f.isStrayLetter(k) {
			break
		}
		total += n
		last = k
	}
	if n := f.date(g, last); n > 0 {
		return n
	}
	tries := 0
	for k := last; k >= g && tries < 6; k-- {
		d := f.digits[first.from:f.groups[k].to]
		if len(d) < minAnything {
			break
		}
		tries++
		if f.tryNumber(g, k, d, start) {
			return k - g + 1
		}
	}
	return f.hidden(g, last)
}

// startKind says why a number may start at a group.
type startKind uint8

const (
	startNone startKind = iota
	startPlus           // a plus, or 00
	startZero           // the trunk prefix
	startCode           // a country code without a plus
	startCue            // the word before it says that it is a number to call
	startOpen           // a region whose numbers have no trunk prefix
)

func (f *Finder) start(g int) startKind {
	gr := &f.groups[g]
	d := f.digits[gr.from:gr.to]
	switch {
	case gr.plus:
		return startPlus
	case len(f.digits)-gr.from >= 11 && d[0] == '0' && len(f.digits) > gr.from+1 && f.digits[gr.from+1] == '0':
		return startPlus
	case d[0] == '0':
		return startZero
	}
	if g > 0 && f.groups[g-1].to-f.groups[g-1].from > 0 && gr.gap == gapPlain && f.groups[g-1].kind == digitsPlain {
		// Inside a longer run of digits only a prefix starts a number.
		return f.codeStart(gr)
	}
	if _, ok := phoneWords[f.wordBefore(gr.start)]; ok {
		return startCue
	}
	if k := f.codeStart(gr); k != startNone {
		return k
	}
	if openRegion(f.opt.Regions[0]) {
		return startOpen
	}
	return startNone
}

func (f *Finder) codeStart(gr *group) startKind {
	rest := f.digits[gr.from:]
	if len(rest) >= 9 && startsWithAnyCode(rest) {
		return startCode
	}
	return startNone
}

func startsWithAnyCode(d []byte) bool {
	for i := range callingCodes {
		c := callingCodes[i].code
		if string(d[:len(c)]) == c {
			return true
		}
	}
	return false
}

// openRegion reports whether national numbers of a region are dialled without
// a prefix.
func openRegion(region string) bool {
	switch region {
	case "US", "CA", "SG", "HK", "MO", "QA", "KW", "BH", "OM":
		return true
	}
	return false
}

// parts reports whether a new number starts with group k: it follows a strong
// separator, or starts like a number on its own.
func (f *Finder) parts(k int) bool {
	g := &f.groups[k]
	n := g.to - g.from
	if g.plus || g.gap == gapStrong && n >= 3 || n >= 10 {
		return true
	}
	// A trunk zero, unless a dash ties the group to the one before it.
	c := f.b[g.start-1]
	return n >= 3 && f.digits[g.from] == '0' && f.digits[g.from+1] != '0' && c != '-' && c != '.'
}

// isStrayLetter reports whether group k is a lone letter after digits that are
// not set apart one by one: a word, not a digit in disguise.
func (f *Finder) isStrayLetter(k int) bool {
	g, before := &f.groups[k], &f.groups[k-1]
	return g.kind == digitsLooks && g.end-g.start == 1 && before.to-before.from > 2
}

// tryNumber checks groups [g, k] as one number.
func (f *Finder) tryNumber(g, k int, d []byte, start startKind) bool {
	s := string(d)
	var e164, country string
	switch start {
	case startPlus:
		if s[0] == '0' {
			s = s[min(2, len(s)):]
		}
		if len(s) >= minAnything && len(s) <= maxNumber {
			e164, country = international(s, &f.parses)
		}
		if e164 == "" && d[0] == '0' {
			e164, country = f.nationalNumber(string(d))
		}
	case startZero:
		if len(s) >= minNational && len(s) <= maxNumber-1 {
			e164, country = f.nationalNumber(s)
		}
	case startCode:
		// "812 3456 7890" is Indonesian without its zero rather than Japanese
		// without its plus, where Indonesia is expected.
		if f.opt.Regions[0] == "ID" && s[0] == '8' {
			if n := indonesianMobile("0"+s, false); n != "" {
				e164, country = "+62"+n, "ID"
			}
		}
		if e164 == "" && startsWithCode(s, len(s)) {
			e164, country = international(s, &f.parses)
		}
	case startCue:
		if len(s) <= maxNumber {
			if len(s) <= 12 && s[0] == '8' {
				// "WA 812 3456 7890": the trunk zero is left out.
				e164, country = f.nationalNumber("0" + s)
			}
			if e164 == "" && startsWithCode(s, len(s)) {
				e164, country = international(s, &f.parses)
			}
			if e164 == "" && f.openShape(g, k, len(s)) {
				e164, country = f.openNumber(s)
			}
			if e164 == "" {
				e164, country = f.nationalNumber(s)
			}
		}
	case startOpen:
		if f.openShape(g, k, len(s)) {
			e164, country = f.nationalNumber(s)
		}
	case startNone:
	}
	if e164 == "" && f.parses >= maxParses && (start == startPlus || start == startZero) && len(d) >= minNational && len(d) <= maxNumber {
		e164 = string(d)
	}
	if e164 == "" {
		return false
	}
	f.addNumber(g, k, e164, country)
	return true
}

// openShape reports whether groups [g, k] look like a number of a region
// without trunk prefixes: written as one or in the usual groups.
func (f *Finder) openShape(g, k, n int) bool {
	lens := make([]int, 0, 4)
	for i := g; i <= k && len(lens) < 4; i++ {
		lens = append(lens, f.groups[i].to-f.groups[i].from)
	}
	if n == 10 {
		return slices.Equal(lens, []int{3, 3, 4})
	}
	return n == 8 && slices.Equal(lens, []int{4, 4})
}

// openNumber checks a number of a region without trunk prefixes.
func (f *Finder) openNumber(s string) (e164, country string) {
	for _, r := range f.opt.Regions {
		if openRegion(r) {
			return national(s, r, &f.parses)
		}
	}
	return "", ""
}

func (f *Finder) nationalNumber(s string) (e164, country string) {
	for i, r := range f.opt.Regions {
		if i == 3 {
			break
		}
		if e164, country = national(s, r, &f.parses); e164 != "" {
			return e164, country
		}
	}
	return "", ""
}

// hidden accepts a run of digits that is no valid number but was hidden like
// one, so that it is masked and linked all the same.
func (f *Finder) hidden(g, last int) int {
	words, n := uint32(0), 0
	k := g
	for ; k <= last && n < maxNumber; k++ {
		words += f.groups[k].words
		n += f.groups[k].to - f.groups[k].from
	}
	if words < hiddenWords || 2*int(words) < n || n < hiddenMin || n > maxNumber {
		return 0
	}
	f.addNumber(g, k-1, string(f.digits[f.groups[g].from:f.groups[k-1].to]), "")
	return k - g
}

func (f *Finder) addNumber(g, k int, value, country string) {
	first := &f.groups[g]
	start, end := first.start, f.groups[k].end
	if first.plus {
		for start > 0 && f.b[start-1] != '+' {
			start--
		}
		start--
	} else if start > 0 && f.b[start-1] == '(' {
		start--
	}
	c := Found{Type: TypePhone, Start: start, End: end, Domain: DomainPhone, Value: value, Country: country}
	singles := 0
	for i := g; i <= k; i++ {
		gr := &f.groups[i]
		c.DigitWords += gr.words
		if gr.kind != digitsPlain || i > g && gr.gap >= gapStrong {
			c.Obfuscated = true
		}
		if gr.to-gr.from == 1 {
			singles++
		}
	}
	if singles >= 5 {
		c.SpacedDigits, c.Obfuscated = 1, true
	}
	c.Obfuscated = c.Obfuscated || f.disguised(start, end)
	w := f.wordBefore(start)
	if ch, ok := channels[w]; ok {
		c.Channel = ch.name
	} else {
		c.Channel = phoneWords[w]
	}
	f.add(c)
}

// date returns how many groups from g on are a date, a time, or hours from and
// to, as they are in every advert with office hours; 0 if none. last is the
// last group that a number from g could reach.
func (f *Finder) date(g, last int) int {
	n := last - g + 1
	if n < 2 || n > 6 {
		return 0
	}
	var lens [6]int
	for i := range lens[:n] {
		if f.groups[g+i].kind != digitsPlain {
			return 0
		}
		lens[i] = f.groups[g+i].to - f.groups[g+i].from
	}
	small := func(i int) bool { return lens[i] == 1 || lens[i] == 2 }
	switch {
	case n >= 3 && small(0) && small(1) && (lens[2] == 4 && f.isYear(g+2) || n == 3 && lens[2] == 2):
		return 3
	case n >= 3 && lens[0] == 4 && small(1) && small(2) && f.isYear(g):
		return 3
	case n == 4 && small(0) && small(1) && small(2) && small(3):
		return 4
	case n == 2 && lens[0] == 4 && lens[1] == 4 && f.isClock(g) && f.isClock(g+1):
		return 2
	}
	return 0
}

// isYear reports whether the group of four digits reads as a year of this time.
func (f *Finder) isYear(g int) bool {
	y := string(f.digits[f.groups[g].from : f.groups[g].from+2])
	return y == "19" || y == "20"
}

// isClock reports whether the group reads as hours and minutes.
func (f *Finder) isClock(g int) bool {
	d := f.digits[f.groups[g].from:f.groups[g].to]
	h, m := int(d[0]-'0')*10+int(d[1]-'0'), int(d[2]-'0')*10+int(d[3]-'0')
	return h <= 24 && m < 60
}
