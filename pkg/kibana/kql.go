package kibana

import "strings"

// Bounds of a filter.
const (
	maxFilterBytes = 4 << 10
	maxFilterDepth = 32
)

// expr is a filter in the part of the Kibana Query Language that the sources
// may use: field: value, field: "phrase", field: (a or b), field: *, the
// comparisons < <= > >=, nested: { … }, and, or, not and brackets. Words without
// a field, and * as part of a value, are errors: they search more than a reader
// of the source expects.
type expr interface {
	// query returns what Kibana sends to Elasticsearch for the expression.
	query() map[string]any
	// each calls f for every comparison in it.
	each(f func(comparison))
}

type (
	allOf   []expr
	anyOf   []expr
	negated struct{ of expr }
	// within holds for one nested object.
	within struct {
		path string
		of   expr
	}
	// comparison is one condition on one field.
	comparison struct {
		field string
		// op is one of the operators below.
		op     string
		values []string
		// path is the nested object that the field belongs to, or "".
		path string
	}
)

// The operators of a comparison.
const (
	opExists = "*"
	opMatch  = ":"
	opPhrase = `"`
)

// rangeOps are the other operators, as Elasticsearch names them.
var rangeOps = map[string]string{"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}

func (e allOf) query() map[string]any {
	return map[string]any{"bool": map[string]any{"filter": queries(e)}}
}

func (e anyOf) query() map[string]any {
	return map[string]any{"bool": map[string]any{"should": queries(e), "minimum_should_match": 1}}
}

func queries(of []expr) []any {
	out := make([]any, 0, len(of))
	for _, e := range of {
		out = append(out, e.query())
	}
	return out
}

func (e negated) query() map[string]any {
	return map[string]any{"bool": map[string]any{"must_not": e.of.query()}}
}

func (e within) query() map[string]any {
	return map[string]any{"nested": map[string]any{"path": e.path, "query": e.of.query(), "score_mode": "none"}}
}

func (e comparison) query() map[string]any {
	if e.op == opExists {
		return map[string]any{"exists": map[string]any{"field": e.field}}
	}
	if op, ok := rangeOps[e.op]; ok {
		return map[string]any{"range": map[string]any{e.field: map[string]any{op: e.values[0]}}}
	}
	kind := "match"
	if e.op == opPhrase {
		kind = "match_phrase"
	}
	return map[string]any{kind: map[string]any{e.field: e.values[0]}}
}

func (e allOf) each(f func(comparison)) {
	for _, of := range e {
		of.each(f)
	}
}

func (e anyOf) each(f func(comparison)) {
	for _, of := range e {
		of.each(f)
	}
}

func (e negated) each(f func(comparison))    { e.of.each(f) }
func (e within) each(f func(comparison))     { e.of.each(f) }
func (e comparison) each(f func(comparison)) { f(e) }

// joinFilters returns the filter that both hold for.
func joinFilters(a, b string) string {
	a, b = strings.TrimSpace(a), strings.TrimSpace(b)
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return "(" + a + ") and (" + b + ")"
}
