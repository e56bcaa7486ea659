package ad

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const fixOneObject = "send exactly one JSON object an advert"

// explain turns a decoder's error into one that names the field and carries
// no content of the advert: the decoder's own texts quote what they found.
func explain(err error) error {
	if sem, ok := errors.AsType[*json.SemanticError](err); ok {
		return explainType(sem)
	}
	syn, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return &FieldError{Code: CodeSyntax, Problem: "the message is not valid JSON", Fix: fixOneObject}
	}
	field, whole := fieldName(syn.JSONPointer)
	if errors.Is(err, jsontext.ErrDuplicateName) {
		e := &FieldError{Code: CodeDuplicate, Field: field, Problem: "is there twice", Fix: "send each field once"}
		if !whole || field == "" {
			e.Problem = fmt.Sprintf("a name is there twice, the second time at byte %d", syn.ByteOffset)
		}
		return e
	}
	return &FieldError{
		Code:    CodeSyntax,
		Problem: fmt.Sprintf("the message is not valid JSON at byte %d", syn.ByteOffset),
		Fix:     fixOneObject,
	}
}

func explainType(sem *json.SemanticError) error {
	field, whole := fieldName(sem.JSONPointer)
	isNumber := field == "price.amount" || field == "location.lat" || field == "location.lon"
	if isNumber && sem.JSONKind == '0' {
		return &FieldError{
			Code: CodeValue, Field: field, Problem: "is out of range",
			Fix: "send a number that fits 64-bit floating point",
		}
	}
	e := &FieldError{
		Code: CodeType, Field: field,
		Problem: "is a JSON " + kindName(sem.JSONKind), Fix: wantedType(field),
	}
	switch {
	case field == "":
		e.Problem = "the message " + e.Problem
	case !whole:
		// A member of attributes: its name is the platform's own, so it is not told.
		e.Problem = fmt.Sprintf("the value at byte %d %s", sem.ByteOffset, e.Problem)
	}
	return e
}

// fieldName writes a JSON pointer as a path as far as the contract knows the
// names in it; whole tells whether that is all of it. Other names are content:
// a platform may use a phone number as the name of an attribute.
func fieldName(p jsontext.Pointer) (name string, whole bool) {
	var path []string
	for token := range p.Tokens() {
		if !inContract(path, token) {
			return strings.Join(path, "."), false
		}
		path = append(path, token)
	}
	return strings.Join(path, "."), true
}

// inContract reports whether token may follow the fields in path.
func inContract(path []string, token string) bool {
	if len(path) == 0 {
		switch token {
		case "id", "platform", "posted_at", "collected_at", "updated_at", "title", "text", "category",
			"language", "price", "location", "seller", "contacts", "url", "images", "attributes":
			return true
		}
		return false
	}
	switch path[0] {
	case "price":
		return token == "amount" || token == "currency" || token == "period"
	case "location":
		return token == "country" || token == "region" || token == "city" || token == "lat" || token == "lon"
	case "seller":
		return token == "id" || token == "name" || token == "created_at"
	case "contacts":
		// The first token is the index, which the decoder counted itself.
		return len(path) == 1 || token == "type" || token == "value"
	case "images":
		return len(path) == 1 || token == "url" || token == "phash"
	default:
		return false
	}
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{':
		return "object"
	case '[':
		return "array"
	default:
		return "value of another kind"
	}
}

func wantedType(field string) string {
	top, rest, _ := strings.Cut(field, ".")
	switch {
	case field == "":
		return fixOneObject
	case field == "price.amount", field == "location.lat", field == "location.lon":
		return "send a number"
	case rest == "" && (top == "price" || top == "location" || top == "seller"):
		return "send an object"
	case rest == "" && (top == "contacts" || top == "images"):
		return "send an array of objects"
	case top == "attributes":
		return "send an object of strings"
	case (top == "contacts" || top == "images") && !strings.Contains(rest, "."):
		return "send an object"
	default:
		return "send a string"
	}
}

// Printable returns s cut to at most maxBytes bytes at a rune, with control
// and other non-printing characters replaced by '?'.
func Printable(s string, maxBytes int) string {
	return strings.Map(func(r rune) rune {
		if !isPrintable(r) {
			return '?'
		}
		return r
	}, cutRunes(s, maxBytes))
}

// cutRunes returns the longest prefix of s that has at most n bytes and does
// not end inside a rune.
func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	n = max(n, 0)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
