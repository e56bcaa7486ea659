package elastic

import (
	"time"

	"palermo.internal/pkg/index"
)

// timeForm is RFC 3339 with milliseconds, as documents have it.
const timeForm = "2006-01-02T15:04:05.000Z"

// The fields that words are looked for in. A single word is also found
// inflected; a phrase, and what must not be there, only as it stands. The Thai
// fields cut a script that has no spaces.
var (
	exactFields     = []string{"title^2", "title.th^2", "text", "text.th"}
	inflectedFields = []string{"title^2", "title.en", "title.id", "title.th^2", "text", "text.en", "text.id", "text.th"}
)

// searchBody is the body of a search for a query that was normalised.
func searchBody(q *index.Query, clauses []index.Clause) map[string]any {
	var must, filter, not []any
	for _, c := range clauses {
		fields := exactFields
		if len(c.Words) == 1 && !c.Not {
			fields = inflectedFields
		}
		m := map[string]any{"multi_match": map[string]any{"query": c.Text, "type": "phrase", "fields": fields}}
		if c.Not {
			not = append(not, m)
		} else {
			must = append(must, m)
		}
	}
	for _, f := range q.Filters() {
		filter = append(filter, anyOf(f))
	}
	if !q.From.IsZero() || !q.To.IsZero() {
		r := map[string]any{"format": "strict_date_optional_time"}
		if !q.From.IsZero() {
			r["gte"] = formatTime(q.From)
		}
		if !q.To.IsZero() {
			r["lt"] = formatTime(q.To)
		}
		filter = append(filter, map[string]any{"range": map[string]any{q.Kind.TimeField(): r}})
	}
	if q.MinScore > 0 {
		filter = append(filter, map[string]any{"range": map[string]any{"score": map[string]any{"gte": q.MinScore}}})
	}
	if q.Kind == index.KindClusters && !q.Merged {
		not = append(not, map[string]any{"exists": map[string]any{"field": "merged_into"}})
	}
	b := map[string]any{}
	for name, list := range map[string][]any{"must": must, "filter": filter, "must_not": not} {
		if len(list) > 0 {
			b[name] = list
		}
	}
	body := map[string]any{
		"query": map[string]any{"bool": b}, "sort": order(q),
		"from": q.Offset, "size": q.Limit, "version": true, "track_total_hits": index.MaxWindow,
	}
	if q.Kind == index.KindAds {
		// After a rollover an advert can stand in two indices.
		body["collapse"] = map[string]any{"field": q.Kind.IDField()}
	}
	return body
}

// anyOf looks for the values of a filter. A contact counts under every key.
func anyOf(f index.Filter) map[string]any {
	terms := func(field string) map[string]any {
		return map[string]any{"terms": map[string]any{field: f.Values}}
	}
	if f.Field != "contacts.token" {
		return terms(f.Field)
	}
	return map[string]any{"bool": map[string]any{"should": []any{terms(f.Field), terms("contacts.other_tokens")}}}
}

func order(q *index.Query) []any {
	desc := func(field string) map[string]any {
		return map[string]any{field: map[string]any{"order": "desc", "missing": "_last"}}
	}
	at, last := desc(q.Kind.TimeField()), map[string]any{q.Kind.IDField(): "asc"}
	switch q.Sort {
	case index.SortTime:
		return []any{at, last}
	case index.SortSize:
		return []any{desc("size"), at, last}
	case index.SortRelevance:
		return []any{map[string]any{"_score": "desc"}, at, last}
	default:
		return []any{desc("score"), at, last}
	}
}

func formatTime(t time.Time) string { return t.UTC().Format(timeForm) }
