package index

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TimeOf reads Document.Time out of a body; zero where it holds none.
func TimeOf(kind Kind, body []byte) (time.Time, error) {
	var b struct {
		PostedAt string `json:"posted_at"`
		LastSeen string `json:"last_seen"`
	}
	if err := json.Unmarshal(body, &b, lenient); err != nil {
		return time.Time{}, fmt.Errorf("decode %s document: %w", kind, err)
	}
	at := b.PostedAt
	if kind == KindClusters {
		at = b.LastSeen
	}
	if at == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return time.Time{}, fmt.Errorf("decode %s document: field %s is not a time", kind, kind.TimeField())
	}
	return t.UTC(), nil
}

// lenient reads back what a store holds, which this package encoded.
var lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// NewSearchResult makes the answer of a store: docs in their order, with what
// the clauses match in each.
func NewSearchResult(total int64, capped bool, docs []Document, clauses []Clause) (*SearchResult, error) {
	res := &SearchResult{Total: total, Capped: capped, Hits: make([]Hit, 0, len(docs))}
	for _, d := range docs {
		h := Hit{Document: d}
		if len(clauses) > 0 {
			var b struct {
				Title string `json:"title"`
				Text  string `json:"text"`
			}
			if err := json.Unmarshal(d.Body, &b, lenient); err != nil {
				return nil, fmt.Errorf("decode %s document: %w", d.Kind, err)
			}
			h.Title, h.Texts = HighlightAll(b.Title, clauses), Highlight(b.Text, clauses)
		}
		res.Hits = append(res.Hits, h)
	}
	return res, nil
}
