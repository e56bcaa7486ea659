package kibana

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrNoData is wrapped by the error of Query.Check for an answer that would
// leave a panel, or a part of it, empty.
var ErrNoData = errors.New("no data")

// Check judges the answer of Elasticsearch to the query. It returns nil if
// every part of the chart has something to show: documents were found, each way
// of dividing gave a value with documents, and each number has a value
// somewhere. Numbers of a column with a filter of its own may be 0. Otherwise
// the error wraps ErrNoData, or says that the answer is no whole answer.
func (q *Query) Check(answer []byte) error {
	var a struct {
		TimedOut bool            `json:"timed_out"`
		Error    json.RawMessage `json:"error"`
		Shards   struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
		Hits *struct {
			Total struct {
				Value int64 `json:"value"`
			} `json:"total"`
		} `json:"hits"`
		Aggs map[string]any `json:"aggregations"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return fmt.Errorf("%s: the answer is not readable: %w", q.Name, err)
	}
	switch {
	case len(a.Error) > 0:
		return fmt.Errorf("%s: Elasticsearch refuses the query: %.500s", q.Name, a.Error)
	case a.Hits == nil || a.TimedOut || a.Shards.Failed > 0:
		return fmt.Errorf("%s: the answer is not whole", q.Name)
	case a.Hits.Total.Value == 0:
		return fmt.Errorf("%s: %w: no document", q.Name, ErrNoData)
	}
	for _, name := range slices.Sorted(maps.Keys(q.aggs)) {
		if !filled(q.aggs[name], a.Aggs[name]) {
			return fmt.Errorf("%s: %w: nothing under %s", q.Name, ErrNoData, name)
		}
	}
	return nil
}

// filled reports whether the answer to one aggregation, and to everything
// within it, has a value somewhere.
func filled(agg, answer any) bool {
	spec, _ := agg.(map[string]any)
	got, _ := answer.(map[string]any)
	if got == nil {
		return false
	}
	if _, ok := spec["filter"]; ok {
		// Counts what may well be rare.
		return got["doc_count"] != nil
	}
	below, _ := spec["aggs"].(map[string]any)
	buckets := bucketsOf(got["buckets"])
	if buckets == nil {
		return hasValue(got)
	}
	some := slices.ContainsFunc(buckets, func(b map[string]any) bool { return number(b["doc_count"]) > 0 })
	for name, child := range below {
		some = some && slices.ContainsFunc(buckets, func(b map[string]any) bool { return filled(child, b[name]) })
	}
	return some
}

// bucketsOf returns the buckets of an answer, which are a list or by name; nil
// if there are none.
func bucketsOf(v any) []map[string]any {
	var out []map[string]any
	switch v := v.(type) {
	case []any:
		out = []map[string]any{}
		for _, b := range v {
			if m, ok := b.(map[string]any); ok {
				out = append(out, m)
			}
		}
	case map[string]any:
		out = []map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if m, ok := v[k].(map[string]any); ok {
				out = append(out, m)
			}
		}
	}
	return out
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

// hasValue reports whether the answer to a number's aggregation holds one.
func hasValue(got map[string]any) bool {
	if top, ok := got["top"].([]any); ok {
		return len(top) > 0
	}
	if hits, ok := got["hits"].(map[string]any); ok {
		list, _ := hits["hits"].([]any)
		return len(list) > 0
	}
	if values, ok := got["values"].(map[string]any); ok {
		for _, v := range values {
			if v != nil {
				return true
			}
		}
		return false
	}
	return got["value"] != nil
}
