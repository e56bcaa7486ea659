package normalizer

import (
	"sort"
	"strings"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/place"
	"palermo.internal/pkg/textnorm"
)

const (
	maxTag   = 35
	maxPHash = 128
)

// declared fills what the platform sent outside title and text. Contacts that
// stand in the seller's name, the category or an attribute count as declared.
func (n *Normalizer) declared(a *ad.Ad, out *adpb.NormalizedAd) {
	regions := n.regions(a, out.GetLanguage())
	for i := range a.Contacts {
		c := n.canonical(a.Contacts[i])
		n.declare(out, &c)
	}
	out.Category = n.clean(a.Category, a, out, regions)
	if s := a.Seller; s != nil {
		out.SellerCreatedAt = millis(s.CreatedAt)
		switch {
		case s.ID != "":
			out.SellerToken = n.keys.Token(contact.DomainSeller, a.Platform+"\x00id\x00"+s.ID)
		case s.Name != "":
			out.SellerToken = n.keys.Token(contact.DomainSeller, a.Platform+"\x00name\x00"+strings.ToLower(s.Name))
		}
		n.clean(s.Name, a, out, regions)
	}
	if len(a.Attributes) > 0 {
		n.attributes(a, out, regions)
	}
	for _, img := range a.Images {
		if isHash(img.PHash) {
			out.ImageHashes = append(out.ImageHashes, strings.ToLower(img.PHash))
		}
	}
	if a.Location != nil {
		n.location(a, out, regions)
	}
}

// attributes copies the attributes, contacts masked in names and values. Two
// names that are the same once masked keep the first value.
func (n *Normalizer) attributes(a *ad.Ad, out *adpb.NormalizedAd, regions []string) {
	out.Attributes = make(map[string]string, len(a.Attributes))
	names := make([]string, 0, len(a.Attributes))
	for k := range a.Attributes {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names {
		name := n.clean(k, a, out, regions)
		if _, twice := out.Attributes[name]; !twice {
			out.Attributes[name] = n.clean(a.Attributes[k], a, out, regions)
		}
	}
}

func (n *Normalizer) location(a *ad.Ad, out *adpb.NormalizedAd, regions []string) {
	l := a.Location
	out.Region = n.clean(l.Region, a, out, regions)
	if l.Lat != nil && l.Lon != nil {
		out.Lat, out.Lon, out.HasPoint = *l.Lat, *l.Lon, true
	}
	city := n.clean(l.City, a, out, regions)
	if city == "" && l.Country == "" {
		return
	}
	n.folder.Fold(&n.aux, city, "")
	p := &adpb.Place{Country: strings.ToUpper(l.Country), Field: adpb.Field_FIELD_DECLARED}
	p.City = strings.TrimSuffix(string(n.aux.Folded), "\n")
	if country, name, ok := place.Known(p.City); ok && (p.Country == "" || p.Country == country) {
		p.Country = country
		if name != "" {
			p.City = name
		}
	}
	out.Places = append(out.Places, p)
}

// canonical reads a declared contact.
func (n *Normalizer) canonical(c ad.Contact) contact.Found {
	n.folder.Fold(&n.aux, "", c.Value)
	return n.finder.Declared(c.Type, &n.aux, []string{n.cfg.DefaultRegion})
}

// declare adds a declared contact once.
func (n *Normalizer) declare(out *adpb.NormalizedAd, c *contact.Found) {
	if len(out.GetContacts()) >= 2*maxContacts {
		return
	}
	pc := n.contact(c)
	pc.Field = adpb.Field_FIELD_DECLARED
	for _, have := range out.GetContacts() {
		if have.GetField() == adpb.Field_FIELD_DECLARED && have.GetToken() == pc.GetToken() {
			return
		}
	}
	out.Contacts = append(out.Contacts, pc)
}

// clean returns a value of the platform with contacts masked, and declares
// them.
func (n *Normalizer) clean(s string, a *ad.Ad, out *adpb.NormalizedAd, regions []string) string {
	if !mayHoldContact(s) && len(a.Contacts) == 0 {
		return s
	}
	n.folder.Fold(&n.aux, "", s)
	n.auxFound = n.finder.Find(n.auxFound[:0], &n.aux, contact.Options{Regions: regions, Skip: n.moneySpans(&n.aux)})
	n.masks = n.masks[:0]
	for i := range n.auxFound {
		c := &n.auxFound[i]
		n.declare(out, c)
		from, to := n.aux.Original(c.Start, c.End)
		n.masks = append(n.masks, textnorm.Span{Start: from - 1, End: to - 1})
	}
	for i := range a.Contacts {
		v := literal(a.Contacts[i].Value)
		for at := 0; v != ""; {
			start, end := contact.Literal(n.aux.Folded, v, at)
			if end == 0 {
				break
			}
			from, to := n.aux.Original(start, end)
			n.masks = append(n.masks, textnorm.Span{Start: from - 1, End: to - 1})
			at = end
		}
	}
	if n.aux.Markup {
		n.buf = append(n.buf[:0], s...)
		for _, m := range n.masks {
			contact.Mask(n.buf, m.Start, m.End)
		}
		n.maskPlain(n.buf, regions)
		return string(n.buf)
	}
	return n.masked(s, 0)
}

// mayHoldContact reports whether s is worth searching. A contact has a sign, a
// letter beyond ASCII, six digits or more, a name after a colon, or is a number
// in words, which are many.
func mayHoldContact(s string) bool {
	digits, blanks := 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c == '@' || c == ':' || c == '=' || c == '#' || c == '<' || c == '&' || c == '[' || c == '{' || c >= 0x80:
			return true
		case c == '.' && i+1 < len(s) && s[i+1] > ' ':
			return true
		case c >= '0' && c <= '9':
			digits++
		case c == ' ' || c == '\n' || c == '\t':
			blanks++
		}
	}
	return digits >= 6 || blanks+digits >= 5 || len(s) >= 40
}

// languageTag returns the primary language of a declared tag in lower case, or
// nothing if it is no tag.
func languageTag(s string) string {
	if len(s) > maxTag {
		return ""
	}
	tag := strings.ToLower(s)
	if i := strings.IndexAny(tag, "-_"); i >= 0 {
		tag = tag[:i]
	}
	if len(tag) < 2 || len(tag) > 3 {
		return ""
	}
	for i := range len(tag) {
		if tag[i] < 'a' || tag[i] > 'z' {
			return ""
		}
	}
	return tag
}

// currencyCode returns a declared currency as ISO 4217 writes it, or nothing.
func currencyCode(s string) string {
	if len(s) != 3 {
		return ""
	}
	for i := range 3 {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return ""
		}
	}
	return strings.ToUpper(s)
}

// isHash reports whether s is a perceptual hash: hexadecimal digits, with at
// least one letter or more digits than a telephone number has.
func isHash(s string) bool {
	if len(s) < 16 || len(s) > maxPHash {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}
