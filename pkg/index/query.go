package index

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Bounds of a query.
const (
	// MaxLimit bounds how many documents one search returns.
	MaxLimit = 500
	// MaxWindow bounds Offset+Limit: deeper pages cost a server too much.
	MaxWindow = 10_000
	// MaxFilterValues bounds the values of one filter.
	MaxFilterValues = 256
	// MaxFilterBytes bounds one value of a filter.
	MaxFilterBytes = 1 << 10
	// DefaultLimit is used where Limit is 0.
	DefaultLimit = 20
)

// ErrQuery is wrapped by every error about a query that is not valid.
var ErrQuery = errors.New("not a valid query")

// Sort is an order of results. Equals come in the order of their ids.
type Sort string

// The orders of results.
const (
	// SortScore is highest score first, then the latest. The default.
	SortScore Sort = "score"
	// SortTime is latest first, by PostedAt or LastSeen.
	SortTime Sort = "time"
	// SortSize is the largest cluster first; for adverts it is an error.
	SortSize Sort = "size"
	// SortRelevance is best match of Text first. Without a Text it is SortScore.
	SortRelevance Sort = "relevance"
)

// Query asks for documents of one kind. Filters are joined by "and"; the
// values inside one filter by "or"; an empty filter takes everything.
type Query struct {
	Kind Kind
	// Text is what title or text must contain: see ParseText.
	Text string
	// Levels holds none, low, medium, high.
	Levels     []string
	Typologies []string
	// Platforms matches any platform of a cluster.
	Platforms []string
	Clusters  []string
	Languages []string
	// Indicators holds ids of live indicators.
	Indicators []string
	// Contacts holds contact tokens.
	Contacts []string
	// From (included) and To (not included) bound PostedAt or LastSeen. A zero
	// time is no bound.
	From, To time.Time
	// MinScore is in [0,1].
	MinScore float64
	// Merged asks for tombstones as well.
	Merged bool
	Sort   Sort
	// Offset and Limit cut the page; Limit 0 is DefaultLimit.
	Offset, Limit int
}

// Filter is one "any of" condition of a query, on a field that both stores have.
type Filter struct {
	Field  string
	Values []string
}

// Filters returns the conditions of q that are not empty, in a fixed order.
func (q *Query) Filters() []Filter {
	platform, language, contact := "platform", "language", "contacts.token"
	if q.Kind == KindClusters {
		platform, language, contact = "platforms.value", "languages.value", "contacts.value"
	}
	all := []Filter{
		{"level", q.Levels},
		{"typologies", q.Typologies},
		{platform, q.Platforms},
		{"cluster_id", q.Clusters},
		{language, q.Languages},
		{"indicator_ids", q.Indicators},
		{contact, q.Contacts},
	}
	out := all[:0]
	for _, f := range all {
		if len(f.Values) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// Normalize fills in the defaults and checks q. The error wraps ErrQuery.
func (q *Query) Normalize() error {
	if q.Limit == 0 {
		q.Limit = DefaultLimit
	}
	if q.Sort == "" {
		q.Sort = SortScore
	}
	clauses, err := ParseText(q.Text)
	if err != nil {
		return err
	}
	if len(clauses) == 0 && q.Sort == SortRelevance {
		q.Sort = SortScore
	}
	switch {
	case !q.Kind.Valid():
		return fmt.Errorf("%w: the kind is not known", ErrQuery)
	case q.Limit < 0 || q.Limit > MaxLimit:
		return fmt.Errorf("%w: the limit is not within 1 and %d", ErrQuery, MaxLimit)
	case q.Offset < 0 || q.Offset > MaxWindow-q.Limit:
		return fmt.Errorf("%w: offset and limit reach beyond the first %d documents; narrow the search", ErrQuery, MaxWindow)
	case math.IsNaN(q.MinScore) || q.MinScore < 0 || q.MinScore > 1:
		return fmt.Errorf("%w: the lowest score is not within 0 and 1", ErrQuery)
	case !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To):
		return fmt.Errorf("%w: the time range is empty", ErrQuery)
	case q.Sort == SortSize && q.Kind != KindClusters:
		return fmt.Errorf("%w: only clusters have a size", ErrQuery)
	}
	switch q.Sort {
	case SortScore, SortTime, SortSize, SortRelevance:
	default:
		return fmt.Errorf("%w: the order is not one of score, time, size, relevance", ErrQuery)
	}
	for _, f := range q.Filters() {
		if len(f.Values) > MaxFilterValues {
			return fmt.Errorf("%w: filter %s has more than %d values", ErrQuery, f.Field, MaxFilterValues)
		}
		for _, v := range f.Values {
			if len(v) > MaxFilterBytes {
				return fmt.Errorf("%w: a value of filter %s is longer than %d bytes", ErrQuery, f.Field, MaxFilterBytes)
			}
		}
	}
	return nil
}

// SearchResult is one page of documents.
type SearchResult struct {
	// Total is how many documents match.
	Total int64
	// Capped says that Total stopped counting: at least so many match.
	Capped bool
	Hits   []Hit
}

// Hit is one document that matches.
type Hit struct {
	Document
	// Title and Texts are the parts of the document that match Query.Text; nil
	// without one.
	Title Fragment
	Texts []Fragment
}
