package contact

import (
	"slices"

	"palermo.internal/pkg/textnorm"
)

const (
	// MaxFound bounds the contacts of one text. It is more than the longest text
	// can hold, so that nobody can push a contact past it with a thousand
	// others.
	MaxFound = 1 << 15
	// maxParses bounds the numbers of one text that are given to the
	// phonenumbers library, at some ten microseconds each. After them, what is
	// written like a number with a prefix is taken for one unchecked.
	maxParses = 64
)

// Options say what is known about a text.
type Options struct {
	// Regions are the ISO 3166-1 alpha-2 regions whose national numbers are
	// understood, in this order; at most three count. Empty means ID.
	Regions []string
	// Skip are ranges of the folded text that hold no phone number, in order:
	// amounts of money.
	Skip []textnorm.Span
}

// Finder finds contacts. It holds scratch space: one goroutine at a time. The
// zero value is ready.
type Finder struct {
	text   *textnorm.Text
	b      []byte
	opt    Options
	dst    []Found
	base   int
	taken  []span
	groups []group
	digits []byte
	parses int
}

// Find appends the contacts of t to dst, in the order of the text and not
// overlapping, and returns the extended slice. Find does not keep t.
func (f *Finder) Find(dst []Found, t *textnorm.Text, opt Options) []Found {
	if len(opt.Regions) == 0 {
		opt.Regions = defaultRegions
	}
	f.text, f.b, f.opt, f.dst, f.base = t, t.Folded, opt, dst, len(dst)
	f.taken, f.parses = f.taken[:0], 0
	f.anonymised()
	f.emails()
	f.settle()
	f.links()
	f.settle()
	f.handles()
	f.settle()
	f.phones()
	out := f.dst
	f.text, f.b, f.dst, f.opt = nil, nil, nil, Options{}
	slices.SortFunc(out[f.base:], func(a, b Found) int { return a.Start - b.Start })
	return out
}

var defaultRegions = []string{"ID"}

func (f *Finder) full() bool { return len(f.dst)-f.base >= MaxFound }

// add appends a contact unless it overlaps one of an earlier pass.
func (f *Finder) add(c Found) {
	if !f.full() && !f.isTaken(c.Start, c.End) {
		f.dst = append(f.dst, c)
	}
}

// settle makes the contacts found so far known to isTaken.
func (f *Finder) settle() {
	f.taken = f.taken[:0]
	for i := f.base; i < len(f.dst); i++ {
		f.taken = append(f.taken, span{f.dst[i].Start, f.dst[i].End})
	}
	slices.SortFunc(f.taken, func(a, b span) int { return a.start - b.start })
}

// isTaken reports whether a contact of an earlier pass overlaps [start, end).
func (f *Finder) isTaken(start, end int) bool {
	i, _ := slices.BinarySearchFunc(f.taken, start, func(s span, at int) int {
		if s.end <= at {
			return -1
		}
		return 1
	})
	return i < len(f.taken) && f.taken[i].start < end
}

// disguised reports whether the original of a folded range has other bytes
// than ASCII, apart from what word processors put in.
func (f *Finder) disguised(start, end int) bool {
	from, to := f.text.Original(start, end)
	if f.text.Markup && f.inTag(from, to) {
		return false
	}
	for _, r := range f.text.Source(from, to) {
		switch {
		case r < 0x80:
		case r == 0xA0, r == 0x202F, r == 0x2007, r >= 0x2010 && r <= 0x2015, r == 0x2212, r == 0xAD:
		default:
			return true
		}
	}
	return false
}

func (f *Finder) inTag(from, to int) bool {
	i, _ := slices.BinarySearchFunc(f.text.Hidden, from, func(s textnorm.Span, at int) int {
		if s.End <= at {
			return -1
		}
		return 1
	})
	return i < len(f.text.Hidden) && f.text.Hidden[i].Start <= from && to <= f.text.Hidden[i].End
}

// anonymised finds the marks that published data sets leave where a contact
// was, "#URL_<hex>#": the same mark is the same contact.
func (f *Finder) anonymised() {
	for i := 0; i < len(f.b); i++ {
		if f.b[i] != '#' {
			continue
		}
		for _, m := range anonymisedMarks {
			if !hasPrefix(f.b, i+1, m.name) {
				continue
			}
			start := i + 1 + len(m.name)
			end := start
			for end < len(f.b) && end-start < 128 && isHex(f.b[end]) {
				end++
			}
			if end-start >= 16 && end < len(f.b) && f.b[end] == '#' {
				f.add(Found{Type: m.typ, Start: i, End: end + 1, Domain: m.domain, Value: "anonymised:" + string(f.b[start:end])})
				i = end
			}
			break
		}
	}
}

var anonymisedMarks = [...]struct {
	name   string
	typ    Type
	domain Domain
}{
	{"url_", TypeLink, DomainLink},
	{"email_", TypeEmail, DomainEmail},
	{"phone_", TypePhone, DomainPhone},
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }
