package embedded

import (
	"context"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/search/query"

	"palermo.internal/pkg/index"
)

// titleBoost makes a word of the title count more than one of the text.
const titleBoost = 2

// search runs a query that was normalised.
func (sh *shelf) search(ctx context.Context, q *index.Query) (*index.SearchResult, error) {
	clauses, err := index.ParseText(q.Text)
	if err != nil {
		return nil, err
	}
	req := bleve.NewSearchRequestOptions(build(q, clauses), q.Limit, q.Offset, false)
	if q.Sort != index.SortRelevance {
		req.Score = "none"
	}
	req.SortBy(order(q))
	res, err := sh.idx.SearchInContext(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, index.Temporary("search", err)
	}
	ids := make([]string, 0, len(res.Hits))
	for _, h := range res.Hits {
		ids = append(ids, h.ID)
	}
	docs, err := sh.load(ids)
	if err != nil {
		return nil, err
	}
	return index.NewSearchResult(int64(res.Total), false, docs, clauses)
}

func order(q *index.Query) []string {
	first := map[index.Sort][]string{
		index.SortScore:     {"-" + fieldScore, "-" + fieldTime},
		index.SortTime:      {"-" + fieldTime},
		index.SortSize:      {"-" + fieldSize, "-" + fieldTime},
		index.SortRelevance: {"-_score", "-" + fieldTime},
	}
	return append(first[q.Sort], "_id")
}

func build(q *index.Query, clauses []index.Clause) query.Query {
	b := bleve.NewBooleanQuery()
	must := 0
	add := func(c query.Query) { b.AddMust(c); must++ }
	for _, c := range clauses {
		if c.Not {
			b.AddMustNot(phrase(c))
			continue
		}
		add(phrase(c))
	}
	for _, f := range q.Filters() {
		any := make([]query.Query, 0, len(f.Values))
		for _, v := range f.Values {
			t := bleve.NewTermQuery(term(f.Field, v))
			t.SetField(fieldTerms)
			any = append(any, t)
		}
		add(bleve.NewDisjunctionQuery(any...))
	}
	if !q.From.IsZero() || !q.To.IsZero() {
		add(between(q))
	}
	if q.MinScore > 0 {
		yes := true
		r := bleve.NewTermRangeInclusiveQuery(sortableScore(q.MinScore), "", &yes, nil)
		r.SetField(fieldScore)
		add(r)
	}
	if q.Kind == index.KindClusters && !q.Merged {
		t := bleve.NewTermQuery(term(termMerged, ""))
		t.SetField(fieldTerms)
		b.AddMustNot(t)
	}
	if must == 0 {
		b.AddMust(bleve.NewMatchAllQuery())
	}
	return b
}

// phrase matches a clause in the title or in the text.
func phrase(c index.Clause) query.Query {
	in := func(field string, boost float64) query.Query {
		if len(c.Words) == 1 {
			t := bleve.NewTermQuery(c.Words[0])
			t.SetField(field)
			t.SetBoost(boost)
			return t
		}
		p := bleve.NewPhraseQuery(c.Words, field)
		p.SetBoost(boost)
		return p
	}
	return bleve.NewDisjunctionQuery(in(fieldTitle, titleBoost), in(fieldText, 1))
}

func between(q *index.Query) query.Query {
	var from, to *float64
	if !q.From.IsZero() {
		v := float64(q.From.UnixMilli())
		from = &v
	}
	if !q.To.IsZero() {
		v := float64(q.To.UnixMilli())
		to = &v
	}
	yes, no := true, false
	r := bleve.NewNumericRangeInclusiveQuery(from, to, &yes, &no)
	r.SetField(fieldTime)
	return r
}
