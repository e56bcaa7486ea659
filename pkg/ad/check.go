package ad

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// idProblem checks a string that identifies something. Like the other checks
// it returns nil or an error that still wants its field (see at).
func idProblem(s string) *FieldError {
	switch {
	case s == "":
		return &FieldError{Code: CodeMissing, Problem: "is missing or empty", Fix: "send it; it is required"}
	case len(s) > MaxIDBytes:
		return sizeProblem(len(s), MaxIDBytes)
	case !utf8.ValidString(s):
		return utf8Problem()
	}
	for _, r := range s {
		if !isPrintable(r) {
			return &FieldError{
				Code: CodeValue, Problem: fmt.Sprintf("contains the character U+%04X, which does not print", r),
				Fix: "send printable characters only",
			}
		}
	}
	return nil
}

// valueProblem checks any other short string.
func valueProblem(s string) *FieldError {
	switch {
	case len(s) > MaxValueBytes:
		return sizeProblem(len(s), MaxValueBytes)
	case !utf8.ValidString(s):
		return utf8Problem()
	case strings.IndexByte(s, 0) >= 0:
		return &FieldError{Code: CodeValue, Problem: "contains the character U+0000", Fix: "leave it out"}
	}
	return nil
}

// textProblem checks title and text, where any character may stand.
func textProblem(s string, limit int) *FieldError {
	switch {
	case len(s) > limit:
		return sizeProblem(len(s), limit)
	case !utf8.ValidString(s):
		return utf8Problem()
	}
	return nil
}

func sizeProblem(n, limit int) *FieldError {
	return &FieldError{
		Code: CodeTooLarge, Problem: fmt.Sprintf("has %d bytes", n),
		Fix: fmt.Sprintf("send at most %d bytes", limit),
	}
}

func utf8Problem() *FieldError {
	return &FieldError{Code: CodeUTF8, Problem: "is not valid UTF-8", Fix: "encode the JSON as UTF-8"}
}

func missing(field string) error {
	return &FieldError{Code: CodeMissing, Field: field, Problem: "is missing or empty", Fix: "send it; it is required"}
}

func invalid(field, problem, fix string) error {
	return &FieldError{Code: CodeValue, Field: field, Problem: problem, Fix: fix}
}

// at names the field of a problem; no problem stays none.
func (e *FieldError) at(field string) error {
	if e == nil {
		return nil
	}
	e.Field = field
	return e
}

// isPrintable reports whether r may stand in an identifying string: graphic
// characters, which leaves out control, format (bidirectional, zero-width),
// private-use and unassigned characters.
func isPrintable(r rune) bool {
	return r != utf8.RuneError && unicode.IsGraphic(r)
}

func isAlpha2(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
