package ad

import (
	"errors"
	"fmt"
)

// FieldError says which field of an advert is wrong, how, and what would be
// right. It holds no content of the advert.
type FieldError struct {
	// Field is the path of the field, for example "location.lat", or "" for
	// the message as a whole.
	Field string
	// Problem says what is wrong, Fix what to send instead.
	Problem, Fix string
	// Code is the reason as one word from a closed list, for counting.
	Code Code
}

// Error returns one line: field, problem and fix.
func (e *FieldError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", e.Problem, e.Fix)
	}
	return fmt.Sprintf("field %s: %s: %s", e.Field, e.Problem, e.Fix)
}

// Code is why an advert was refused.
type Code string

// The reasons for which an advert is refused.
const (
	CodeTooLarge  Code = "too_large"
	CodeEmpty     Code = "empty"
	CodeUTF8      Code = "invalid_utf8"
	CodeSyntax    Code = "invalid_json"
	CodeDepth     Code = "too_deep"
	CodeDuplicate Code = "duplicate_key"
	CodeType      Code = "wrong_type"
	CodeMissing   Code = "missing_field"
	CodeValue     Code = "invalid_value"
)

// Codes lists every Code, so that counters can be created at zero.
func Codes() []Code {
	return []Code{
		CodeTooLarge, CodeEmpty, CodeUTF8, CodeSyntax, CodeDepth,
		CodeDuplicate, CodeType, CodeMissing, CodeValue,
	}
}

// CodeOf returns the Code of the first FieldError in err's tree, or
// CodeSyntax if there is none.
func CodeOf(err error) Code {
	if fe, ok := errors.AsType[*FieldError](err); ok {
		return fe.Code
	}
	return CodeSyntax
}
