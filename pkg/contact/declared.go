package contact

import (
	"bytes"
	"strings"

	"palermo.internal/pkg/textnorm"
)

// Declared reads a contact that the platform holds outside the text, given as
// the text of t. The type is phone, email, handle, link or chat, as in the
// contract. What cannot be read as its type keeps the type, and the folded
// value stands for it, so that equal values have equal tokens.
func (f *Finder) Declared(typ string, t *textnorm.Text, regions []string) Found {
	want, domain := declaredTypes[typ].typ, declaredTypes[typ].domain
	if want == 0 {
		want, domain = TypeLink, DomainLink
	}
	value := string(bytes.TrimSpace(t.Folded))
	found := f.Find(nil, t, Options{Regions: regions})
	for i := range found {
		c := found[i]
		if c.Type == want || want == TypeChat && c.Domain == DomainPhone {
			c.Start, c.End, c.Obfuscated, c.DigitWords, c.SpacedDigits = 0, 0, false, 0, 0
			c.Type = want
			return c
		}
	}
	c := Found{Type: want, Domain: domain, Value: strings.TrimPrefix(value, "@")}
	if want == TypePhone || want == TypeChat {
		if d := onlyDigits(value); len(d) >= minAnything {
			c.Value, c.Domain = d, DomainPhone
			f.parses = 0
			if e164, country := international(d, &f.parses); e164 != "" {
				c.Value, c.Country = e164, country
			} else {
				f.opt.Regions = regions
				if e164, country := f.nationalNumber(d); e164 != "" {
					c.Value, c.Country = e164, country
				}
				f.opt = Options{}
			}
		}
	}
	return c
}

var declaredTypes = map[string]struct {
	typ    Type
	domain Domain
}{
	"phone": {TypePhone, DomainPhone}, "email": {TypeEmail, DomainEmail}, "handle": {TypeHandle, DomainHandle},
	"link": {TypeLink, DomainLink}, "chat": {TypeChat, DomainHandle},
}

func onlyDigits(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if isDigit(s[i]) {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// Literal returns the next range at or after at where b holds v as a whole
// word. end is 0 if there is none.
func Literal(b []byte, v string, at int) (start, end int) {
	for v != "" {
		i := bytes.Index(b[at:], []byte(v))
		if i < 0 {
			return 0, 0
		}
		start, end = at+i, at+i+len(v)
		if !textnorm.WordBefore(b, start) && !textnorm.WordAt(b, end) {
			return start, end
		}
		at = start + 1
	}
	return 0, 0
}
