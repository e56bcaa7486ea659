package indicator

import (
	"fmt"
	"strconv"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/traits"
)

// note is the sentence shown where there are no words to quote, with features
// in braces.
type note struct {
	parts []string // text, feature, text, feature, ..., text
	vars  []int
}

func parseNote(s *varSchema, text string) (*note, error) {
	n := &note{}
	for {
		before, rest, found := strings.Cut(text, "{")
		n.parts = append(n.parts, before)
		if !found {
			return n, nil
		}
		name, after, closed := strings.Cut(rest, "}")
		v, known := s.numbers[name]
		if !closed || !known {
			return nil, fmt.Errorf("{%s} is no feature: see the list of features", name)
		}
		n.vars = append(n.vars, v)
		text = after
	}
}

func (n *note) render(v *vars) string {
	if len(n.vars) == 0 {
		return n.parts[0]
	}
	var b strings.Builder
	for i, p := range n.parts {
		b.WriteString(p)
		if i < len(n.vars) {
			writeValue(&b, v, n.vars[i])
		}
	}
	return cutQuote(b.String())
}

func writeValue(b *strings.Builder, v *vars, number int) {
	val := v.values[number]
	if val == nil {
		val = v.schema.zeros[number]
	}
	switch x := val.(type) {
	case types.Double:
		if x > 0 && x <= 1 {
			fmt.Fprintf(b, "%d%%", int(float64(x)*100+0.5))
			return
		}
		b.WriteString(strconv.FormatFloat(float64(x), 'f', 0, 64))
	case traits.Lister:
		n, _ := x.Size().(types.Int)
		for i := types.Int(0); i < min(n, 5); i++ {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprint(b, x.Get(i).Value())
		}
	default:
		fmt.Fprint(b, x.Value())
	}
}
