package wire

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"palermo.internal/pkg/index"
)

// Search is the part of the answer to a search that is read.
type Search struct {
	TimedOut bool `json:"timed_out"`
	Hits     struct {
		Total struct {
			Value    int64  `json:"value"`
			Relation string `json:"relation"`
		} `json:"total"`
		Hits []struct {
			ID      string         `json:"_id"`
			Version int64          `json:"_version"`
			Source  jsontext.Value `json:"_source"`
		} `json:"hits"`
	} `json:"hits"`
}

// DecodeSearch reads the answer to a search. The error holds nothing of it.
func DecodeSearch(b []byte) (*Search, error) {
	var out Search
	if err := json.Unmarshal(b, &out, Lenient); err != nil {
		return nil, index.Temporary("search", errors.New("the answer is not readable"))
	}
	if out.TimedOut {
		return nil, index.Temporary("search", errors.New("the search took too long"))
	}
	return &out, nil
}

// Documents returns the hits as documents, each body on one line.
func (a *Search) Documents(kind index.Kind) ([]index.Document, error) {
	docs := make([]index.Document, 0, len(a.Hits.Hits))
	for _, h := range a.Hits.Hits {
		d := index.Document{Kind: kind, ID: h.ID, Version: h.Version}
		if err := h.Source.Compact(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
			return nil, index.Temporary("search", errors.New("a document in the answer is not readable"))
		}
		d.Body = h.Source
		var err error
		if d.Time, err = index.TimeOf(kind, d.Body); err != nil {
			return nil, index.Temporary("search", err)
		}
		docs = append(docs, d)
	}
	return docs, nil
}
