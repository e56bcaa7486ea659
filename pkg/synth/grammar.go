package synth

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"sync"
)

//go:embed grammar/*.txt
var grammarFiles embed.FS

// grammar is a set of rules in compiled form. It is immutable.
//
// In a file, "= name" opens a rule and each further line is one alternative.
// In an alternative, {name} expands a rule, {name!} expands it the same way
// all through one advert, {name*2-4; } joins two to four different
// alternatives of a rule with "; ", {#10-90*5} is a number, {@PHONE} a slot,
// (a|b|) a choice, \n a line break, and a backslash before any other character
// takes it as it is. Lines that begin with "# " are comments.
type grammar struct {
	rules []rule
	names map[string]int
}

type rule struct {
	name string
	alts [][]node
}

type nodeKind uint8

const (
	nodeText nodeKind = iota
	nodeRule
	nodeSame
	nodeMany
	nodeNumber
	nodeSlot
)

type node struct {
	kind     nodeKind
	slot     slot
	text     string // nodeText: the text; nodeMany: the separator
	rule     int    // nodeRule, nodeSame, nodeMany
	low, max int    // nodeMany: how many; nodeNumber: the range
	step     int    // nodeNumber
}

// maxGrammarDepth bounds how deep rules may use each other.
const maxGrammarDepth = 24

// maxAlternatives bounds a rule from which several alternatives are drawn.
const maxAlternatives = 256

// builtin compiles the grammar that is part of the program, once.
var builtin = sync.OnceValues(func() (*grammar, error) {
	names, err := fs.Glob(grammarFiles, "grammar/*.txt")
	if err != nil {
		return nil, fmt.Errorf("list grammar files: %w", err)
	}
	texts := make([]string, 0, len(names))
	for _, name := range names {
		b, err := grammarFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read grammar: %w", err)
		}
		texts = append(texts, string(b))
	}
	return compileGrammar(texts...)
})

// compileGrammar reads rules from texts. Every name must be defined once and
// no rule may use itself.
func compileGrammar(texts ...string) (*grammar, error) {
	c := &compiler{g: &grammar{names: map[string]int{}}, defined: map[int]bool{}}
	for _, text := range texts {
		if err := c.file(text); err != nil {
			return nil, err
		}
	}
	for i := range c.g.rules {
		if r := &c.g.rules[i]; len(r.alts) == 0 {
			return nil, fmt.Errorf("compile grammar: rule %q has no alternatives", r.name)
		}
	}
	if err := c.g.check(); err != nil {
		return nil, err
	}
	return c.g, nil
}

type compiler struct {
	g       *grammar
	defined map[int]bool
}

func (c *compiler) file(text string) error {
	current := -1
	for n, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "#" || strings.HasPrefix(line, "# "):
		case strings.HasPrefix(line, "= "):
			name := strings.TrimSpace(line[2:])
			current = c.rule(name)
			if c.defined[current] {
				return fmt.Errorf("compile grammar: line %d: rule %q is defined twice", n+1, name)
			}
			c.defined[current] = true
		case current < 0:
			return fmt.Errorf("compile grammar: line %d: an alternative before the first rule", n+1)
		default:
			p := parser{c: c, in: line}
			seq, err := p.sequence(0)
			if err == nil && p.pos < len(p.in) {
				err = fmt.Errorf("unexpected %q", p.in[p.pos])
			}
			if err != nil {
				return fmt.Errorf("compile grammar: line %d of rule %q: %w", n+1, c.g.rules[current].name, err)
			}
			c.g.rules[current].alts = append(c.g.rules[current].alts, seq)
		}
	}
	return nil
}

// rule returns the number of the rule with this name, which may be defined
// later.
func (c *compiler) rule(name string) int {
	if i, ok := c.g.names[name]; ok {
		return i
	}
	i := len(c.g.rules)
	c.g.rules = append(c.g.rules, rule{name: name})
	c.g.names[name] = i
	return i
}

// check refuses cycles, rules too deep, and draws of more alternatives than
// there are.
func (g *grammar) check() error {
	depth := make([]int, len(g.rules)) // 0 unknown, -1 being visited
	var visit func(i int) error
	visit = func(i int) error {
		if depth[i] != 0 {
			if depth[i] < 0 {
				return fmt.Errorf("compile grammar: rule %q uses itself", g.rules[i].name)
			}
			return nil
		}
		depth[i] = -1
		deepest := 0
		for _, alt := range g.rules[i].alts {
			for _, n := range alt {
				if n.kind != nodeRule && n.kind != nodeSame && n.kind != nodeMany {
					continue
				}
				if have := len(g.rules[n.rule].alts); n.kind == nodeMany && (n.max > have || have > maxAlternatives) {
					return fmt.Errorf("compile grammar: rule %q draws %d of %d from %q", g.rules[i].name, n.max, have, g.rules[n.rule].name)
				}
				if err := visit(n.rule); err != nil {
					return err
				}
				deepest = max(deepest, depth[n.rule])
			}
		}
		if depth[i] = deepest + 1; depth[i] > maxGrammarDepth {
			return fmt.Errorf("compile grammar: rule %q is nested more than %d deep", g.rules[i].name, maxGrammarDepth)
		}
		return nil
	}
	for i := range g.rules {
		if err := visit(i); err != nil {
			return err
		}
	}
	return nil
}

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
