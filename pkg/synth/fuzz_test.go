package synth

import (
	"testing"
	"unicode/utf8"
)

// FuzzGrammar: no text makes the compiler panic or run away, and what it
// accepts expands to valid UTF-8 if it was valid UTF-8.
func FuzzGrammar(f *testing.F) {
	f.Add("= a\nx {b*1-2, } {#1-9*2} {@CITY} (y|z|)\n= b\np\nq\n")
	f.Add("= a\n{b!}\\n\\(\n= b\n(((x)))\n")
	f.Add("= a\n{a}\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		g, err := compileGrammar(text)
		if err != nil {
			return
		}
		for i := range g.rules {
			if g.size(i, map[int]int{}) > 1<<16 {
				return
			}
		}
		var s source
		s.seed(1, 1)
		e := expansion{rules: g}
		for i := range g.rules {
			e.reset(&s, nil)
			if out := e.append(nil, i); utf8.ValidString(text) && !utf8.Valid(out) {
				t.Fatalf("rule %q gives invalid UTF-8", g.rules[i].name)
			}
		}
	})
}

// size bounds the number of nodes of an expansion of rule r, up to a ceiling.
func (g *grammar) size(r int, known map[int]int) int {
	if n, ok := known[r]; ok {
		return n
	}
	largest := 1
	for _, alt := range g.rules[r].alts {
		n := 1
		for _, nd := range alt {
			switch nd.kind {
			case nodeRule, nodeSame:
				n += g.size(nd.rule, known)
			case nodeMany:
				n += nd.max * g.size(nd.rule, known)
			default:
				n++
			}
			n = min(n, 1<<20)
		}
		largest = max(largest, n)
	}
	known[r] = largest
	return largest
}
