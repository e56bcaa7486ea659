package indextest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"palermo.internal/pkg/index"
)

type fakeHit struct {
	id     string
	doc    fakeDoc
	fields object
	boost  float64
}

func (i *fakeIndex) find(query any) []fakeHit {
	var hits []fakeHit
	for id, d := range i.visible {
		var fields object
		if err := json.Unmarshal(d.source, &fields); err != nil {
			continue
		}
		if boost, ok := match(query, id, fields); ok {
			hits = append(hits, fakeHit{id: id, doc: d, fields: fields, boost: boost})
		}
	}
	return hits
}

func (i *fakeIndex) search(body []byte) (int, any) {
	var q struct {
		Query   any      `json:"query"`
		From    int      `json:"from"`
		Size    int      `json:"size"`
		Sort    []object `json:"sort"`
		Source  *bool    `json:"_source"`
		Version bool     `json:"version"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return http.StatusBadRequest, Failure(http.StatusBadRequest, "parsing_exception")
	}
	hits := i.find(q.Query)
	slices.SortFunc(hits, func(a, b fakeHit) int { return compareHits(a, b, q.Sort) })
	total := len(hits)
	hits = hits[min(q.From, len(hits)):]
	hits = hits[:min(q.Size, len(hits))]
	out := []any{}
	for _, h := range hits {
		o := object{"_id": h.id}
		if q.Version {
			o["_version"] = h.doc.version
		}
		if q.Source == nil || *q.Source {
			o["_source"] = h.doc.source
		}
		out = append(out, o)
	}
	return http.StatusOK, object{"timed_out": false, "hits": object{
		"total": object{"value": total, "relation": "eq"}, "hits": out,
	}}
}

func (i *fakeIndex) erase(body []byte) (int, any) {
	var q struct {
		Query any `json:"query"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return http.StatusBadRequest, Failure(http.StatusBadRequest, "parsing_exception")
	}
	hits := i.find(q.Query)
	for _, h := range hits {
		delete(i.docs, h.id)
		delete(i.visible, h.id)
	}
	return http.StatusOK, object{"deleted": len(hits), "timed_out": false, "failures": []any{}}
}

func compareHits(a, b fakeHit, order []object) int {
	for _, o := range order {
		for field, how := range o {
			desc := how == "desc"
			if m, ok := how.(object); ok {
				desc = m["order"] == "desc"
			}
			c := compareValues(a.fields[field], b.fields[field])
			if field == "_score" {
				c = cmp.Compare(a.boost, b.boost)
			}
			if desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
	}
	return 0
}

func compareValues(a, b any) int {
	if x, ok := a.(float64); ok {
		y, _ := b.(float64)
		return cmp.Compare(x, y)
	}
	x, _ := a.(string)
	y, _ := b.(string)
	return strings.Compare(x, y)
}

// match reports whether a document matches, and its best boost.
func match(query any, id string, doc object) (float64, bool) {
	q, ok := query.(object)
	if !ok {
		return 0, true
	}
	for name, arg := range q {
		a, _ := arg.(object)
		switch name {
		case "bool":
			return matchBool(a, id, doc)
		case "ids":
			list, _ := a["values"].([]any)
			return 0, slices.Contains(list, any(id))
		case "multi_match":
			return matchText(a, doc)
		case "terms":
			for field, want := range a {
				list, _ := want.([]any)
				return 0, slices.ContainsFunc(values(doc, field), func(v any) bool { return slices.Contains(list, v) })
			}
		case "exists":
			field, _ := a["field"].(string)
			return 0, len(values(doc, field)) > 0
		case "range":
			for field, bounds := range a {
				b, _ := bounds.(object)
				return 0, slices.ContainsFunc(values(doc, field), func(v any) bool { return within(v, b) })
			}
		}
	}
	return 0, false
}

func matchBool(q object, id string, doc object) (float64, bool) {
	list := func(name string) []any { l, _ := q[name].([]any); return l }
	boost := 0.0
	for _, c := range slices.Concat(list("must"), list("filter")) {
		b, ok := match(c, id, doc)
		if !ok {
			return 0, false
		}
		boost += b
	}
	for _, c := range list("must_not") {
		if _, ok := match(c, id, doc); ok {
			return 0, false
		}
	}
	should := list("should")
	any := slices.ContainsFunc(should, func(c any) bool { _, ok := match(c, id, doc); return ok })
	return boost, len(should) == 0 || any
}

func matchText(q, doc object) (float64, bool) {
	text, _ := q["query"].(string)
	clauses, err := index.ParseText(`"` + strings.ReplaceAll(text, `"`, " ") + `"`)
	if err != nil {
		return 0, false
	}
	best, found := 0.0, false
	fields, _ := q["fields"].([]any)
	for _, f := range fields {
		name, _ := f.(string)
		name, boosted := strings.CutSuffix(name, "^2")
		base, _, _ := strings.Cut(name, ".")
		s, _ := doc[base].(string)
		if len(clauses) == 1 && index.HighlightAll(s, clauses) != nil {
			found = true
			if best = max(best, 1); boosted {
				best = max(best, 2)
			}
		}
	}
	return best, found
}

func within(v any, bounds object) bool {
	if f, ok := v.(float64); ok {
		low, _ := bounds["gte"].(float64)
		return f >= low
	}
	s, _ := v.(string)
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return false
	}
	for name, bound := range bounds {
		text, _ := bound.(string)
		b, err := time.Parse(time.RFC3339, text)
		if err != nil {
			continue // the format
		}
		if (name == "gte" && at.Before(b)) || (name == "lt" && !at.Before(b)) {
			return false
		}
	}
	return true
}

// values returns what stands under a dotted name, through lists.
func values(v any, field string) []any {
	if l, ok := v.([]any); ok {
		var out []any
		for _, e := range l {
			out = append(out, values(e, field)...)
		}
		return out
	}
	if field == "" {
		if v == nil {
			return nil
		}
		return []any{v}
	}
	o, ok := v.(object)
	if !ok {
		return nil
	}
	name, rest, _ := strings.Cut(field, ".")
	return values(o[name], rest)
}
