package kibana

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// Two small data views that other sources can use.
const (
	viewSource = `
data_view:
  name: ads
  title: Adverts
  time: at
  id: id
  where: "not gone: true"
  fields:
    id: {type: keyword, label: Id, about: An id.}
    at: {type: date, label: At, about: A time.}
    n: {type: long, label: N, about: A number.}
    gone: {type: boolean, label: Gone, about: Or not.}
    body: {type: text, label: Body, about: Words.}
    in: {type: nested, label: In, about: Objects.}
    in.kind: {type: keyword, label: Kind, about: A kind.}
  runtime:
    twice: {type: long, label: Twice, about: Twice n., script: "emit(2 * doc['n'].value)"}
`
	searchSource = `
searches:
  - {name: some, title: Some, about: Some of them., view: ads, where: "n > 1", columns: [at, body, in], sort: at desc}
`
	boardSource = `
dashboard:
  name: board
  title: Board
  about: A board.
  from: now-1d
  to: now
  controls: [{view: ads, field: id, label: Id}]
  panels:
    - {text: "**Read** this.", at: [0, 0, 48, 4]}
    - {search: some, title: Some, at: [0, 4, 24, 8]}
    - {title: Count, at: [24, 4, 24, 8], type: metric, view: ads, metrics: [{label: All, do: count}]}
    - title: Table
      at: [0, 12, 48, 8]
      type: table
      view: ads
      where: "in: { kind: x }"
      metrics: [{label: Most, do: max, field: twice}, {label: Words, do: last, field: body}]
      by: [{label: Id, do: terms, field: id, size: 5, order: Most}]
`
)

func folder(files ...string) fs.FS {
	out := fstest.MapFS{}
	for i, f := range files {
		out[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(f)}
	}
	return out
}

func TestBuildDoesNotDependOnFiles(t *testing.T) {
	t.Parallel()
	one, err := Build(folder(viewSource, searchSource, boardSource))
	require.NoError(t, err)
	other, err := Build(folder(boardSource, viewSource, searchSource))
	require.NoError(t, err)
	require.Equal(t, string(one), string(other))
	queries, err := Queries(one)
	require.NoError(t, err)
	require.Len(t, queries, 4)
	table := queries[3]
	require.Equal(t, "[Palermo] Board / Table", table.Name)
	require.Equal(t, "palermo-ads", table.Index)
	require.JSONEq(t, `{
		"size": 0, "track_total_hits": true,
		"runtime_mappings": {"twice": {"type": "long", "script": {"source": "emit(2 * doc['n'].value)"}}},
		"query": {"bool": {"filter": [
			{"bool": {"must_not": {"match": {"gone": "true"}}}},
			{"nested": {"path": "in", "query": {"match": {"in.kind": "x"}}, "score_mode": "none"}}
		]}},
		"aggs": {"by0": {
			"terms": {"field": "id", "size": 5, "order": {"metric0": "desc"}},
			"aggs": {
				"metric0": {"max": {"field": "twice"}},
				"metric1": {"filter": {"exists": {"field": "body"}}, "aggs": {"value": {
					"top_hits": {"size": 1, "sort": [{"at": "desc"}], "_source": false, "fields": ["body"]}
				}}}
			}
		}}
	}`, string(table.Body))
}

func TestSourcesNameEveryProblem(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ where, old, new, want string }{
		{viewSource, "name: ads", "name: Ads", `name "Ads" must be`},
		{viewSource, "title: Adverts", "titel: Adverts", "field titel not found"},
		{viewSource, "title: Adverts", "title: ''", "title: must have"},
		{viewSource, "time: at", "time: n", `time: "n" is not a field of type date`},
		{viewSource, "id: id", "id: n", `id: "n" is not a field of type keyword`},
		{viewSource, "gone: true", "went: true", `no field "went"`},
		{viewSource, "type: long, label: N", "type: shape, label: N", `"shape" is not one`},
		{viewSource, "label: N, about: A number.", "label: N", "fields.n: needs a label, and an about"},
		{viewSource, "about: An id.", "about: " + strings.Repeat("x", 290), "must leave"},
		{viewSource, "about: A number.}", "about: A number., format: {params: {}}}", "format: needs an id"},
		{viewSource, "about: A number.}", "about: A number., format: {id: number, params: {x: .nan}}}", "format: params"},
		{viewSource, "about: A number.}", "about: A number., script: emit(1)}", "only a field under runtime"},
		{viewSource, "    twice:", "    n:", "runtime.n: needs a script, and a name"},
		{viewSource, "data_view:", "---\n{}\n---\ndata_view:", "second YAML document"},
		{searchSource, "view: ads", "view: others", `no data view "others"`},
		{searchSource, "name: some", "name: ads", `name "ads" is taken`},
		{searchSource, "n > 1", "n > ", "a value is missing"},
		{searchSource, "n > 1", "body > 1", "body has no order"},
		{searchSource, "n > 1", "in.kind: x", "write in: { … }"},
		{searchSource, "n > 1", "id: { n: x }", `no field "id.n"`},
		{searchSource, "columns: [at, body, in]", "columns: []", "columns: is empty"},
		{searchSource, "columns: [at, body, in]", "columns: [in.kind]", "of nested objects name the outer one"},
		{searchSource, "at desc", "at", "write a field and asc or desc"},
		{searchSource, "at desc", "body desc", "body is of type text"},
		{searchSource, "searches:", "searches: []\ndashboard: {}\ndata_view:", "decode"},
		{boardSource, "from: now-1d", "from: ''", "from and to:"},
		{boardSource, "field: id, label: Id}]\n  panels", "field: body, label: Id}]\n  panels", "body is of type text"},
		{boardSource, "at: [0, 4, 24, 8]", "at: [0, 3, 24, 8]", "overlaps with panels[0]"},
		{boardSource, "at: [24, 4, 24, 8]", "at: [24, 4, 25, 8]", "within 48 columns"},
		{boardSource, "at: [0, 12, 48, 8]", "at: [0, 12, 48]", "decode"},
		{boardSource, "search: some", "search: none", `no search "none"`},
		{boardSource, "search: some", "search: some, text: x", "needs one of text, search and type"},
		{boardSource, "title: Count", "title: Some", "differ from those of the other panels"},
		{boardSource, "type: metric", "type: gauge", `"gauge" is not one of`},
		{boardSource, "metrics: [{label: All, do: count}]", "metrics: []", "metrics: a metric has 1 to 1"},
		{boardSource, "metrics: [{label: All, do: count}]", "by: []", "metrics: a metric has 1 to 1"},
		{boardSource, "do: count", "do: count, field: id", "a count has none"},
		{boardSource, "do: count", "do: guess", `"guess" is not one of`},
		{boardSource, "do: count", "do: sum, field: id", "id is not a number"},
		{boardSource, "do: count", "do: min, field: id", "neither a number nor a date"},
		{boardSource, "do: count", "do: unique_count, field: in.kind", "no chart can count"},
		{boardSource, "do: count", "do: last, field: in", `"in" has no value`},
		{boardSource, "do: count", "do: percentile, field: n", "percentile: must be"},
		{boardSource, "do: count", "do: count, where: 'n'", "write a colon"},
		{boardSource, "do: terms, field: id, size: 5", "do: terms, field: id, size: 0", "size: must be"},
		{boardSource, "order: Most", "order: Least", `no metric "Least"`},
		{boardSource, "order: Most", "order: Words", "cannot be ordered by"},
		{boardSource, "do: terms, field: id, size: 5, order: Most", "do: dates, field: n", `"n" is not a date`},
		{boardSource, "do: terms, field: id, size: 5, order: Most", "do: dates, field: at, size: 5", "are for do: terms"},
		{boardSource, "do: terms, field: id, size: 5, order: Most", "do: filters", "filters: are for"},
		{boardSource, "do: terms, field: id, size: 5, order: Most", "do: filters, filters: [{label: a, where: ''}]", "is empty; write"},
		{boardSource, "do: terms, field: id, size: 5, order: Most", "do: ranges", `"ranges" is not one`},
		{boardSource, "by: [{label: Id", "by: [{label: Most", "label: must be there and differ"},
	} {
		files := []string{viewSource, searchSource, boardSource}
		for i, f := range files {
			if f == c.where {
				require.Contains(t, f, c.old)
				files[i] = strings.Replace(f, c.old, c.new, 1)
			}
		}
		_, err := Build(folder(files...))
		require.ErrorContains(t, err, c.want, "%s -> %s", c.old, c.new)
	}
	for file, want := range map[string]string{
		"":                                "the file is empty",
		"{}":                              "holds one of",
		"\xff":                            "not UTF-8",
		strings.Repeat("#", 1<<20) + "##": "longer than",
	} {
		_, err := Build(folder(file))
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "a.yaml")
	}
	_, err := Build(fstest.MapFS{})
	require.ErrorContains(t, err, "no *.yaml")
}
