package synth

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGrammarErrors(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no alternatives":            "= a\n",
		"defined nowhere":            "= a\n{b}\n",
		"an alternative before":      "hello\n",
		"is defined twice":           "= a\nx\n= a\ny\n",
		"uses itself":                "= a\n{b}\n= b\n(x|{a})\n",
		"not closed":                 "= a\n{b\n",
		"is not closed":              "= a\n(x|y\n",
		"outside a choice":           "= a\nx|y\n",
		"no slot":                    "= a\n{@NOWHERE}\n",
		"bad range":                  "= a\n{#9-1}\n",
		"bad step":                   "= a\n{#1-9*0}\n",
		"draws 3 of 2":               "= a\n{b*3, }\n= b\nx\ny\n",
		"without a name":             "= a\n{}\n",
		"a backslash at the end":     "= a\nx\\\n",
		"a control character":        "= a\nx\x0fy\n",
		"choices are nested more":    "= a\n" + strings.Repeat("(", 40) + strings.Repeat(")", 40) + "\n",
		"unless this rule is nested": deepGrammar(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := name
			switch name {
			case "defined nowhere":
				want = "no alternatives"
			case "unless this rule is nested":
				want = "nested more than"
			}
			_, err := compileGrammar(text)
			require.ErrorContains(t, err, want)
		})
	}
}

func deepGrammar() string {
	var b strings.Builder
	for i := range 40 {
		b.WriteString("= r" + string(rune('A'+i)) + "\n{r" + string(rune('A'+i+1)) + "}\n")
	}
	b.WriteString("= r" + string(rune('A'+40)) + "\nend\n")
	return b.String()
}

func TestExpansion(t *testing.T) {
	t.Parallel()
	g, err := compileGrammar("# a comment\n= start\n{who!} and {who!}: {item*2-2; } for {#10-30*10} \\(in\\n{@CITY}\\) (now|now)\n= who\nann\nbob\ncid\n= item\nx\ny\nz\n")
	require.NoError(t, err)
	var s source
	s.seed(1, 1)
	var f filling
	f.fillText(slotCity, "Cirebon")
	e := expansion{rules: g}
	for range 100 {
		e.reset(&s, &f)
		out := string(e.append(nil, g.names["start"]))
		require.Regexp(t, `^(Ann and ann|Bob and bob|Cid and cid): [xyz]; [xyz] for (10|20|30) \(in\nCirebon\) now$`, out)
		a, b, _ := strings.Cut(out[strings.Index(out, ": ")+2:strings.Index(out, " for")], "; ")
		require.NotEqual(t, a, b)
	}
	e.reset(&s, nil)
	require.Contains(t, string(e.append(nil, g.names["start"])), string(byte(slotCity)))
}

// Every rule of the built-in grammar can be reached from a topic.
func TestNoRuleIsUnused(t *testing.T) {
	t.Parallel()
	g, err := builtin()
	require.NoError(t, err)
	seen := make([]bool, len(g.rules))
	var visit func(i int)
	visit = func(i int) {
		if seen[i] {
			return
		}
		seen[i] = true
		for _, alt := range g.rules[i].alts {
			for _, n := range alt {
				if n.kind == nodeRule || n.kind == nodeSame || n.kind == nodeMany {
					visit(n.rule)
				}
			}
		}
	}
	for _, name := range Topics() {
		for _, part := range []string{".title", ".text"} {
			i, ok := g.names[name+part]
			require.True(t, ok, name+part)
			visit(i)
		}
	}
	for i := range g.rules {
		require.True(t, seen[i], "rule %q is not used", g.rules[i].name)
	}
}
