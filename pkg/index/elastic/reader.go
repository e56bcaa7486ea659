package elastic

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic/internal/wire"
)

// idsPerRequest bounds the ids of one look-up; it is below max_result_window.
const idsPerRequest = 1000

// search posts a search and reads the answer. Partial results are an error.
func (s *Store) search(ctx context.Context, kind index.Kind, body map[string]any) (*wire.Search, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("encode search: %w", err)
	}
	no := false
	a, err := s.call(ctx, opSearch, "search", esapi.SearchRequest{
		Index: []string{s.cfg.alias(kind)}, Body: bytes.NewReader(b), AllowPartialSearchResults: &no,
	})
	if err != nil {
		return nil, err
	}
	return wire.DecodeSearch(a.body)
}

// Get implements index.Reader.
func (s *Store) Get(ctx context.Context, kind index.Kind, id string) (index.Document, error) {
	if err := s.enterKind(ctx, kind); err != nil {
		return index.Document{}, err
	}
	defer s.calls.RUnlock()
	if !index.ValidID(id) {
		return index.Document{}, index.ErrNotFound
	}
	a, err := s.search(ctx, kind, map[string]any{
		"query": idsQuery([]string{id}), "size": 1, "version": true, "track_total_hits": false,
		"sort": []any{map[string]any{kind.VersionField(): "desc"}},
	})
	if err != nil {
		return index.Document{}, err
	}
	docs, err := a.Documents(kind)
	if err != nil {
		return index.Document{}, err
	}
	if len(docs) == 0 {
		return index.Document{}, index.ErrNotFound
	}
	return docs[0], nil
}

// Has implements index.Reader.
func (s *Store) Has(ctx context.Context, kind index.Kind, ids []string) ([]bool, error) {
	if err := s.enterKind(ctx, kind); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	there := map[string]bool{}
	for _, chunk := range idChunks(ids) {
		a, err := s.search(ctx, kind, map[string]any{
			"query": idsQuery(chunk), "size": max(idsPerRequest, index.MaxWindow), "_source": false, "track_total_hits": false,
		})
		if err != nil {
			return nil, err
		}
		for _, h := range a.Hits.Hits {
			there[h.ID] = true
		}
	}
	out := make([]bool, len(ids))
	for i, id := range ids {
		out[i] = there[id]
	}
	return out, nil
}

// Count implements index.Reader. After a rollover it counts a document once
// for each index that holds it.
func (s *Store) Count(ctx context.Context, kind index.Kind) (int64, error) {
	if err := s.enterKind(ctx, kind); err != nil {
		return 0, err
	}
	defer s.calls.RUnlock()
	a, err := s.call(ctx, opSearch, "count", esapi.CountRequest{Index: []string{s.cfg.alias(kind)}})
	if err != nil {
		return 0, err
	}
	var out struct {
		Count  *int64 `json:"count"`
		Shards struct {
			Failed int `json:"failed"`
		} `json:"_shards"`
	}
	if err := jsonv2.Unmarshal(a.body, &out, wire.Lenient); err != nil || out.Count == nil {
		return 0, index.Temporary("count", errors.New("the answer is not readable"))
	}
	if out.Shards.Failed > 0 {
		return 0, index.Temporary("count", fmt.Errorf("%d shards did not answer", out.Shards.Failed))
	}
	return *out.Count, nil
}

// Search implements index.Reader. Total stops at index.MaxWindow.
func (s *Store) Search(ctx context.Context, q index.Query) (*index.SearchResult, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	if err := q.Normalize(); err != nil {
		return nil, err
	}
	clauses, err := index.ParseText(q.Text)
	if err != nil {
		return nil, err
	}
	a, err := s.search(ctx, q.Kind, searchBody(&q, clauses))
	if err != nil {
		return nil, err
	}
	docs, err := a.Documents(q.Kind)
	if err != nil {
		return nil, err
	}
	return index.NewSearchResult(a.Hits.Total.Value, a.Hits.Total.Relation != "eq", docs, clauses)
}

// Erase implements index.Eraser.
func (s *Store) Erase(ctx context.Context, kind index.Kind, ids []string) (int, error) {
	if err := s.enterKind(ctx, kind); err != nil {
		return 0, err
	}
	defer s.calls.RUnlock()
	n := 0
	for _, chunk := range idChunks(ids) {
		deleted, err := s.eraseChunk(ctx, kind, chunk)
		n += deleted
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (s *Store) eraseChunk(ctx context.Context, kind index.Kind, ids []string) (int, error) {
	b, err := json.Marshal(map[string]any{"query": idsQuery(ids)})
	if err != nil {
		return 0, fmt.Errorf("encode erase: %w", err)
	}
	yes := true
	a, err := s.call(ctx, opOther, "erase", esapi.DeleteByQueryRequest{
		Index: []string{s.cfg.alias(kind)}, Body: bytes.NewReader(b), Refresh: &yes,
	})
	if err != nil {
		return 0, err
	}
	var out struct {
		Deleted  int              `json:"deleted"`
		TimedOut bool             `json:"timed_out"`
		Failures []jsontext.Value `json:"failures"`
	}
	if err := jsonv2.Unmarshal(a.body, &out, wire.Lenient); err != nil {
		return 0, index.Temporary("erase", errors.New("the answer is not readable"))
	}
	if out.TimedOut || len(out.Failures) > 0 {
		return out.Deleted, index.Temporary("erase", errors.New("not every document could be erased"))
	}
	return out.Deleted, nil
}

// enterKind is enter for a call that names a kind.
func (s *Store) enterKind(ctx context.Context, kind index.Kind) error {
	if !kind.Valid() {
		return fmt.Errorf("%w: the kind is not known", index.ErrQuery)
	}
	return s.enter(ctx)
}

func idsQuery(ids []string) map[string]any {
	return map[string]any{"ids": map[string]any{"values": ids}}
}

// idChunks drops ids that cannot be and ids that repeat.
func idChunks(ids []string) [][]string {
	seen := map[string]bool{}
	var out [][]string
	for _, id := range ids {
		if seen[id] || !index.ValidID(id) {
			continue
		}
		seen[id] = true
		if n := len(out); n == 0 || len(out[n-1]) == idsPerRequest {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], id)
	}
	return out
}
