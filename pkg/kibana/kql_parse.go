package kibana

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// parseFilter reads a filter; the empty one matches everything and is nil.
func parseFilter(s string) (expr, error) {
	if len(s) > maxFilterBytes {
		return nil, fmt.Errorf("the filter is longer than %d bytes", maxFilterBytes)
	}
	if !utf8.ValidString(s) {
		return nil, errors.New("the filter is not UTF-8")
	}
	// Other spaces than these separate nothing for some readers and do for others.
	if strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune(" \t\r\n", r) && (unicode.IsSpace(r) || !unicode.IsPrint(r))
	}) {
		return nil, errors.New("the filter has a character that cannot be seen")
	}
	tokens, err := cutFilter(s)
	if err != nil || len(tokens) == 0 {
		return nil, err
	}
	p := &filterParser{tokens: tokens}
	e, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, fmt.Errorf("%q is left over; join conditions with and, or", p.tokens[0].text)
	}
	return e, nil
}

// requiredFilter reads a filter that may not be empty.
func requiredFilter(s string) (expr, error) {
	e, err := parseFilter(s)
	if err == nil && e == nil {
		err = errors.New("is empty; write a condition")
	}
	return e, err
}

// token is a word, a string in quotes or a sign.
type token struct {
	text   string
	quoted bool
	sign   bool
}

const filterSigns = `:()<>{}`

func cutFilter(s string) ([]token, error) {
	var out []token
	for s != "" {
		switch c := s[0]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			s = s[1:]
		case c == '"':
			end := strings.IndexByte(s[1:], '"')
			if end < 0 {
				return nil, errors.New("a quote is not closed")
			}
			text := s[1 : 1+end]
			if strings.ContainsRune(text, '\\') {
				return nil, errors.New(`a backslash has no meaning in a filter; leave it out`)
			}
			out = append(out, token{text: text, quoted: true})
			s = s[end+2:]
		case (c == '<' || c == '>') && len(s) > 1 && s[1] == '=':
			out = append(out, token{text: s[:2], sign: true})
			s = s[2:]
		case strings.IndexByte(filterSigns, c) >= 0:
			out = append(out, token{text: s[:1], sign: true})
			s = s[1:]
		default:
			end := strings.IndexAny(s, filterSigns+" \t\r\n\"")
			if end < 0 {
				end = len(s)
			}
			if strings.ContainsRune(s[:end], '\\') {
				return nil, errors.New(`a backslash has no meaning in a filter; use quotes`)
			}
			out = append(out, token{text: s[:end]})
			s = s[end:]
		}
	}
	return out, nil
}

type filterParser struct {
	tokens []token
	// path is that of the nested object the parser is in, or "".
	path string
}

func (p *filterParser) done() bool { return len(p.tokens) == 0 }

// word takes the next token if it is the given word, sign if it is the sign.
func (p *filterParser) word(w string) bool {
	if p.done() || p.tokens[0].quoted || p.tokens[0].sign || !strings.EqualFold(p.tokens[0].text, w) {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *filterParser) sign(s string) bool {
	if p.done() || !p.tokens[0].sign || p.tokens[0].text != s {
		return false
	}
	p.tokens = p.tokens[1:]
	return true
}

func (p *filterParser) or(depth int) (expr, error) {
	if depth > maxFilterDepth {
		return nil, fmt.Errorf("the filter is nested deeper than %d", maxFilterDepth)
	}
	var out anyOf
	for {
		e, err := p.and(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.word("or") {
			break
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (p *filterParser) and(depth int) (expr, error) {
	var out allOf
	for {
		e, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.word("and") {
			break
		}
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (p *filterParser) not(depth int) (expr, error) {
	if depth > maxFilterDepth {
		return nil, fmt.Errorf("the filter is nested deeper than %d", maxFilterDepth)
	}
	if p.word("not") {
		e, err := p.not(depth + 1)
		if err != nil {
			return nil, err
		}
		return negated{e}, nil
	}
	if p.sign("(") {
		e, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		if !p.sign(")") {
			return nil, errors.New("a bracket is not closed")
		}
		return e, nil
	}
	return p.condition(depth)
}

// condition reads one condition on a field.
func (p *filterParser) condition(depth int) (expr, error) {
	if p.done() {
		return nil, errors.New("a condition is missing at the end")
	}
	t := p.tokens[0]
	if t.sign || t.text == "" || isKeyword(t) || strings.ContainsRune(t.text, '*') {
		return nil, fmt.Errorf("%q is not the name of a field", t.text)
	}
	p.tokens = p.tokens[1:]
	c := comparison{field: t.text, path: p.path}
	if p.path != "" {
		c.field = p.path + "." + t.text
	}
	for op := range rangeOps {
		if p.sign(op) {
			v, err := p.value()
			if err != nil {
				return nil, err
			}
			if v.text == opExists {
				return nil, fmt.Errorf("%s: %s needs a value to compare with", c.field, op)
			}
			c.op, c.values = op, []string{v.text}
			return c, nil
		}
	}
	if !p.sign(":") {
		return nil, fmt.Errorf("%s: write a colon or a comparison after the field; words without a field are not searched", c.field)
	}
	switch {
	case p.sign("{"):
		if p.path != "" {
			return nil, fmt.Errorf("%s: a nested object inside another one is not known here", c.field)
		}
		p.path = c.field
		e, err := p.or(depth + 1)
		p.path = ""
		if err != nil {
			return nil, err
		}
		if !p.sign("}") {
			return nil, errors.New("a brace is not closed")
		}
		return within{c.field, e}, nil
	case p.sign("("):
		return p.list(c)
	}
	return p.single(c)
}

// list reads (a or b or c).
func (p *filterParser) list(c comparison) (expr, error) {
	var out anyOf
	for {
		e, err := p.single(c)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
		if !p.word("or") {
			break
		}
	}
	if !p.sign(")") {
		return nil, fmt.Errorf("%s: the list of values is not closed, or not joined with or", c.field)
	}
	if len(out) == 1 {
		return out[0], nil
	}
	return out, nil
}

func (p *filterParser) single(c comparison) (expr, error) {
	v, err := p.value()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.field, err)
	}
	switch {
	case v.quoted:
		c.op = opPhrase
	case v.text == opExists:
		c.op = opExists
		return c, nil
	default:
		c.op = opMatch
	}
	c.values = []string{v.text}
	return c, nil
}

func (p *filterParser) value() (token, error) {
	if p.done() {
		return token{}, errors.New("a value is missing at the end")
	}
	t := p.tokens[0]
	switch {
	case t.sign || isKeyword(t):
		return token{}, fmt.Errorf("%q is not a value; put it in quotes", t.text)
	case t.text == "":
		return token{}, errors.New("the value is empty")
	case !t.quoted && t.text != opExists && strings.ContainsRune(t.text, '*'):
		return token{}, fmt.Errorf("%q: * as a part of a value is not known here", t.text)
	}
	p.tokens = p.tokens[1:]
	return t, nil
}

func isKeyword(t token) bool {
	return !t.quoted && !t.sign && slices.Contains([]string{"and", "or", "not"}, strings.ToLower(t.text))
}
