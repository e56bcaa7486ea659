package normalizer

import (
	"strings"

	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/textnorm"
)

// minHidden is the shortest tag that can hold a contact.
const minHidden = 10

// masked returns s, whose first byte is at base in what the masks count, with
// the masks applied. The length stays.
func (n *Normalizer) masked(s string, base int) string {
	hit := false
	for _, m := range n.masks {
		if m.Start < base+len(s) && m.End > base {
			hit = true
			break
		}
	}
	if !hit {
		return strings.Clone(s)
	}
	n.buf = append(n.buf[:0], s...)
	for _, m := range n.masks {
		contact.Mask(n.buf, m.Start-base, m.End-base)
	}
	return string(n.buf)
}

// maskHidden adds masks for contacts that only the source of an HTML text
// shows: in comments, scripts and attributes. A reader does not see them, so
// they are no contacts of the advert, but they must not go on either.
func (n *Normalizer) maskHidden(regions []string) {
	for _, h := range n.folded.Hidden {
		if h.End-h.Start < minHidden {
			continue
		}
		n.plainContacts(n.folded.Source(h.Start, h.End), regions, func(from, to int) {
			n.masks = append(n.masks, textnorm.Span{Start: h.Start + from, End: h.Start + to})
		})
	}
}

// maskPlain masks the contacts that b holds when its markup is taken as text.
func (n *Normalizer) maskPlain(b []byte, regions []string) {
	n.plainContacts(string(b), regions, func(from, to int) { contact.Mask(b, from, to) })
}

// plainContacts calls f with the range of each contact in s, markup taken as
// text.
func (n *Normalizer) plainContacts(s string, regions []string, f func(from, to int)) {
	n.folder.FoldPlain(&n.aux, s)
	n.auxFound = n.finder.Find(n.auxFound[:0], &n.aux, contact.Options{Regions: regions})
	for i := range n.auxFound {
		from, to := n.aux.Original(n.auxFound[i].Start, n.auxFound[i].End)
		f(from-1, to-1)
	}
}

// literal returns the form in which a declared contact is looked for in a
// text, or nothing if it is too short to be told from a word.
func literal(v string) string {
	v = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(v, "@")))
	if len(v) < minLiteral {
		return ""
	}
	return v
}
