package synth

import (
	"embed"
	"fmt"
	"io/fs"
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
