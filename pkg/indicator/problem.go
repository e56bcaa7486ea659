package indicator

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a pack.
type Problem struct {
	// File and Line say where it stands; Line is 0 where only the file is known.
	File string
	Line int
	// Indicator is the id of the indicator or concept, if it is in one.
	Indicator string
	// Text says what is wrong, Fix what to write instead.
	Text, Fix string
}

// String writes a problem as one line: file:line: indicator: text: fix.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Indicator != "" {
		b.WriteString(p.Indicator + ": ")
	}
	b.WriteString(p.Text)
	if p.Fix != "" {
		b.WriteString(": " + p.Fix)
	}
	return b.String()
}

// LoadError is why packs were refused: every problem that was found.
type LoadError struct {
	Problems []Problem
}

// Error lists the problems, one a line, at most 50.
func (e *LoadError) Error() string {
	const most = 50
	lines := make([]string, 0, len(e.Problems))
	for i, p := range e.Problems {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Problems)-most))
			break
		}
		lines = append(lines, p.String())
	}
	return "rule packs refused:\n" + strings.Join(lines, "\n")
}
