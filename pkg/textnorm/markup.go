package textnorm

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	// maxEntity bounds a character reference, "&CounterClockwiseContourIntegral;".
	maxEntity = 34
	// maxElement bounds the name of an element.
	maxElement = 12
)

// isMarkup reports whether s, which starts with '<' or '&', starts a tag of a
// known element, a comment or a character reference.
func isMarkup(s string) bool {
	if s[0] == '&' {
		_, n := entity(s)
		return n > 0
	}
	if strings.HasPrefix(s, "<!--") || len(s) > 9 && strings.EqualFold(s[:9], "<!doctype") {
		return true
	}
	return element(s) != 0
}

// element returns the element whose tag s starts, or 0 if it is none of HTML:
// "<phone>" is text, whatever a browser makes of it.
func element(s string) atom.Atom {
	i := 1
	if i < len(s) && s[i] == '/' {
		i++
	}
	var name [maxElement]byte
	n := 0
	for ; i < len(s) && n < maxElement; i, n = i+1, n+1 {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if (c < 'a' || c > 'z') && (n == 0 || c < '0' || c > '9') {
			break
		}
		name[n] = c
	}
	if n == 0 || i >= len(s) {
		return 0
	}
	switch s[i] {
	case '>', '/', ' ', '\t', '\n', '\r', '\f':
	default:
		return 0
	}
	a := atom.Lookup(name[:n])
	if elements[a] {
		return a
	}
	return 0
}

// elements are the elements of HTML; blocks are those that end a line.
var elements, blocks = func() (all, block map[atom.Atom]bool) {
	all, block = map[atom.Atom]bool{}, map[atom.Atom]bool{}
	for _, a := range []atom.Atom{
		atom.A, atom.Abbr, atom.Acronym, atom.Area, atom.Audio, atom.B, atom.Base, atom.Bdi, atom.Bdo, atom.Big, atom.Button, atom.Canvas,
		atom.Cite, atom.Code, atom.Del, atom.Dfn, atom.Em, atom.Embed, atom.Font, atom.Head, atom.I, atom.Iframe, atom.Img, atom.Input,
		atom.Ins, atom.Kbd, atom.Label, atom.Link, atom.Map, atom.Mark, atom.Meta, atom.Meter, atom.Noscript, atom.Object, atom.Option,
		atom.Output, atom.Param, atom.Picture, atom.Progress, atom.Q, atom.Rp, atom.Rt, atom.Ruby, atom.S, atom.Samp, atom.Script,
		atom.Select, atom.Small, atom.Source, atom.Span, atom.Strike, atom.Strong, atom.Style, atom.Sub, atom.Sup, atom.Svg, atom.Template,
		atom.Textarea, atom.Time, atom.Title, atom.Track, atom.Tt, atom.U, atom.Var, atom.Video, atom.Wbr,
	} {
		all[a] = true
	}
	for _, a := range []atom.Atom{
		atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Br, atom.Caption, atom.Center, atom.Dd, atom.Details, atom.Dialog,
		atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer, atom.Form, atom.H1, atom.H2, atom.H3, atom.H4,
		atom.H5, atom.H6, atom.Header, atom.Hr, atom.Html, atom.Legend, atom.Li, atom.Main, atom.Nav, atom.Ol, atom.P, atom.Pre, atom.Section,
		atom.Summary, atom.Table, atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul,
	} {
		all[a], block[a] = true, true
	}
	return all, block
}()

// shown are the attributes whose value a reader meets: what a link leads to and
// what stands in place of a picture.
var shown = map[string]bool{"href": true, "alt": true, "title": true, "content": true, "value": true, "placeholder": true}

// markup appends the units of a field with HTML. The tokenizer decides what is
// a tag; a tag of no known element, and whatever is left open at the end, is
// text, so that nothing can be hidden behind it from us and not from a reader.
func (f *Folder) markup(t *Text, s string, base uint32) {
	t.Markup = true
	z := html.NewTokenizer(strings.NewReader(s))
	var open unclosed
	skip := false // the next token is the content of a script or a style
	at := 0
	for at < len(s) {
		tt := z.Next()
		if tt == html.ErrorToken {
			break
		}
		n := len(z.Raw())
		raw, from := s[at:at+n], base+uint32(at)
		at += n
		switch {
		case tt == html.TextToken && skip && at < len(s):
			f.hide(t, from, from+uint32(n))
		case tt == html.StartTagToken || tt == html.SelfClosingTagToken:
			el := element(raw)
			if el == 0 {
				f.references(t, raw, from)
			} else {
				f.tag(t, z, el, raw, from)
			}
			skip = tt == html.StartTagToken && (el == atom.Script || el == atom.Style) && open.closes(el, s[at:])
			if !skip {
				// An advert has no elements whose content holds no tags.
				z.NextIsNotRawText()
			}
			continue
		case tt == html.EndTagToken && element(raw) != 0:
			f.hide(t, from, from+uint32(n))
			f.breakAt(element(raw), from, uint32(n))
		case tt == html.CommentToken && strings.HasPrefix(raw, "<!--") && strings.HasSuffix(raw, "-->"), tt == html.DoctypeToken:
			f.hide(t, from, from+uint32(n))
		default:
			f.references(t, raw, from)
		}
		skip = false
	}
	f.references(t, s[at:], base+uint32(at))
}

// unclosed remembers which of script and style have no end tag any more, so
// that the search for one is made once.
type unclosed struct{ script, style bool }

// closes reports whether an end tag of el, a script or a style, is in s.
func (u *unclosed) closes(el atom.Atom, s string) bool {
	never := &u.script
	if el == atom.Style {
		never = &u.style
	}
	if *never {
		return false
	}
	name := el.String()
	for {
		_, rest, ok := strings.Cut(s, "</")
		if !ok {
			*never = true
			return false
		}
		if len(rest) >= len(name) && strings.EqualFold(rest[:len(name)], name) {
			return true
		}
		s = rest
	}
}

func (f *Folder) hide(t *Text, start, end uint32) {
	if n := len(t.Hidden); n > 0 && t.Hidden[n-1].End == int(start) {
		t.Hidden[n-1].End = int(end)
		return
	}
	t.Hidden = append(t.Hidden, Span{int(start), int(end)})
}

// tag leaves a tag out, except the values that a reader meets.
func (f *Folder) tag(t *Text, z *html.Tokenizer, el atom.Atom, raw string, from uint32) {
	n := uint32(len(raw))
	f.hide(t, from, from+n)
	f.breakAt(el, from, n)
	_, more := z.TagName()
	for more {
		var key, val []byte
		key, val, more = z.TagAttr()
		if len(val) == 0 || !shown[string(key)] {
			continue
		}
		v := string(val)
		v = strings.TrimPrefix(v, "tel:")
		v = strings.TrimPrefix(v, "mailto:")
		f.units = append(f.units, unit{r: ' ', start: from, end: from + n})
		// Every rune maps to the whole tag, so that a contact masks all of it.
		f.decode(t, v, from, n)
		f.units = append(f.units, unit{r: ' ', start: from, end: from + n})
	}
}

func (f *Folder) breakAt(el atom.Atom, from, n uint32) {
	if blocks[el] {
		f.units = append(f.units, unit{r: '\n', start: from, end: from + n})
	}
}

// references appends the units of text, with character references decoded.
func (f *Folder) references(t *Text, s string, base uint32) {
	at := 0
	for i := 0; i < len(s); {
		if s[i] != '&' {
			i++
			continue
		}
		decoded, n := entity(s[i:])
		if n == 0 {
			i++
			continue
		}
		f.decode(t, s[at:i], base+uint32(at), 0)
		f.decode(t, decoded, base+uint32(i), uint32(n))
		i += n
		at = i
	}
	f.decode(t, s[at:], base+uint32(at), 0)
}

// entity decodes the character reference that s starts with. n is its length,
// 0 if there is none.
func entity(s string) (decoded string, n int) {
	end := 1
	for end < len(s) && end < maxEntity && isReference(s[end]) {
		end++
	}
	if end == 1 || end >= len(s) || s[end] != ';' {
		return "", 0
	}
	end++
	decoded = html.UnescapeString(s[:end])
	if decoded == s[:end] || !utf8.ValidString(decoded) {
		return "", 0
	}
	return decoded, end
}

func isReference(c byte) bool {
	return c == '#' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
