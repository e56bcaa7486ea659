package synth

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parser reads one alternative.
type parser struct {
	c   *compiler
	in  string
	pos int
}

var errOpen = errors.New("a brace or parenthesis is not closed")

// sequence reads up to the end of the line, or, inside a choice, up to | or ).
func (p *parser) sequence(depth int) ([]node, error) {
	if depth > maxGrammarDepth {
		return nil, fmt.Errorf("choices are nested more than %d deep", maxGrammarDepth)
	}
	var seq []node
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			seq = append(seq, node{kind: nodeText, text: text.String()})
			text.Reset()
		}
	}
	for p.pos < len(p.in) {
		switch b := p.in[p.pos]; b {
		case '\\':
			if p.pos++; p.pos == len(p.in) {
				return nil, errors.New("a backslash at the end of the line")
			}
			if p.in[p.pos] == 'n' {
				text.WriteByte('\n')
			} else {
				text.WriteByte(p.in[p.pos])
			}
			p.pos++
		case '{':
			flush()
			n, err := p.brace()
			if err != nil {
				return nil, err
			}
			seq = append(seq, n)
		case '(':
			flush()
			n, err := p.choice(depth)
			if err != nil {
				return nil, err
			}
			seq = append(seq, n)
		case '|', ')':
			if depth > 0 {
				flush()
				return seq, nil
			}
			return nil, fmt.Errorf("%q outside a choice", b)
		default:
			if b < 0x20 {
				return nil, errors.New("a control character")
			}
			text.WriteByte(b)
			p.pos++
		}
	}
	if depth > 0 {
		return nil, errOpen
	}
	flush()
	return seq, nil
}

func (p *parser) choice(depth int) (node, error) {
	i := len(p.c.g.rules)
	p.c.g.rules = append(p.c.g.rules, rule{name: "choice " + strconv.Itoa(i)})
	for p.pos < len(p.in) && p.in[p.pos] != ')' {
		p.pos++
		seq, err := p.sequence(depth + 1)
		if err != nil {
			return node{}, err
		}
		p.c.g.rules[i].alts = append(p.c.g.rules[i].alts, seq)
	}
	if p.pos == len(p.in) {
		return node{}, errOpen
	}
	p.pos++
	return node{kind: nodeRule, rule: i}, nil
}

func (p *parser) brace() (node, error) {
	end := strings.IndexByte(p.in[p.pos:], '}')
	if end < 0 {
		return node{}, errOpen
	}
	body := p.in[p.pos+1 : p.pos+end]
	p.pos += end + 1
	if name, ok := strings.CutPrefix(body, "@"); ok {
		s, ok := slotNames[name]
		if !ok {
			return node{}, fmt.Errorf("no slot %q", name)
		}
		return node{kind: nodeSlot, slot: s}, nil
	}
	if span, ok := strings.CutPrefix(body, "#"); ok {
		span, step, hasStep := strings.Cut(span, "*")
		n := node{kind: nodeNumber, step: 1}
		var err error
		if n.low, n.max, err = parseSpan(span); err != nil {
			return node{}, err
		}
		if hasStep {
			if n.step, err = strconv.Atoi(step); err != nil || n.step < 1 {
				return node{}, fmt.Errorf("bad step %q", step)
			}
		}
		return n, nil
	}
	if name, ok := strings.CutSuffix(body, "!"); ok && name != "" {
		return node{kind: nodeSame, rule: p.c.rule(name)}, nil
	}
	name, draw, many := strings.Cut(body, "*")
	if name == "" {
		return node{}, errors.New("a rule without a name")
	}
	if !many {
		return node{kind: nodeRule, rule: p.c.rule(name)}, nil
	}
	// The separator is what follows the first character that is no digit and
	// no dash, that character included.
	cut := strings.IndexFunc(draw, func(r rune) bool { return r != '-' && (r < '0' || r > '9') })
	if cut < 0 {
		cut = len(draw)
	}
	n := node{kind: nodeMany, rule: p.c.rule(name), text: strings.ReplaceAll(draw[cut:], `\n`, "\n")}
	var err error
	if n.low, n.max, err = parseSpan(draw[:cut]); err != nil {
		return node{}, err
	}
	return n, nil
}

func parseSpan(s string) (low, high int, err error) {
	a, b, ok := strings.Cut(s, "-")
	if !ok {
		b = a
	}
	low, errLow := strconv.Atoi(a)
	high, errHigh := strconv.Atoi(b)
	if errLow != nil || errHigh != nil || low < 0 || high < low || high > 1e9 {
		return 0, 0, fmt.Errorf("bad range %q", s)
	}
	return low, high, nil
}
