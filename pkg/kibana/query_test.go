package kibana

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryPartOfADashboardHasItsQuery(t *testing.T) {
	t.Parallel()
	queries, err := Queries(SavedObjects())
	require.NoError(t, err)
	want := 0
	objects := builtObjects(t)
	for i := range objects {
		a := attributesOf(t, &objects[i])
		switch objects[i].Type {
		case typeSearch:
			want++
		case typeDashboard:
			controls, err := a.controls()
			require.NoError(t, err)
			panels, err := a.panels()
			require.NoError(t, err)
			want += len(controls)
			for _, p := range panels {
				if p.Type == panelLens {
					want++
				}
			}
		}
	}
	require.Len(t, queries, want)
	names := map[string]bool{}
	often := 0
	for _, q := range queries {
		require.False(t, names[q.Name], q.Name)
		names[q.Name] = true
		if q.OftenEmpty {
			often++
		}
		// Tombstones are in no panel but those that ask for them.
		if q.Index == "palermo-clusters" && !strings.Contains(q.Name, " / control ") {
			require.Contains(t, string(q.Body), "merged_into", q.Name)
		}
	}
	require.Positive(t, often)
	require.Less(t, often, len(queries)/4, "an empty panel is the exception")
}

func TestReferencesThatLeadNowhere(t *testing.T) {
	t.Parallel()
	whole, err := Build(folder(viewSource, searchSource, boardSource))
	require.NoError(t, err)
	for old, want := range map[string]string{
		`"id":"palermo-ads","name":"table:`:   "no index-pattern gone",
		`"id":"palermo-some","name":"some:`:   "no search gone",
		`"id":"palermo-ads","name":"control`:  "no index-pattern gone",
		`"id":"palermo-ads","name":"kibanaSa`: "no index-pattern gone",
	} {
		_, name, _ := strings.Cut(old, `,`)
		broken := strings.Replace(string(whole), old, `"id":"gone",`+name, 1)
		require.NotEqual(t, string(whole), broken, old)
		_, err := Queries([]byte(broken))
		require.ErrorContains(t, err, want)
	}
	_, err = Queries([]byte(strings.Replace(string(whole), `\"operationType\":\"max\"`, `\"operationType\":\"most\"`, 1)))
	require.ErrorContains(t, err, `"most" is not known`)
	_, err = Queries([]byte("{"))
	require.Error(t, err)
}

func TestCheckSeesWhatAPanelWouldLack(t *testing.T) {
	t.Parallel()
	whole, err := Build(folder(viewSource, searchSource, boardSource))
	require.NoError(t, err)
	queries, err := Queries(whole)
	require.NoError(t, err)
	table := queries[3]
	hits := `"hits":{"total":{"value":3}}`
	row := func(score, words string) string {
		return `{` + hits + `,"aggregations":{"by0":{"buckets":[{"doc_count":0},{"doc_count":3,"metric0":{"value":` + score + `},"metric1":` + words + `}]}}}`
	}
	require.NoError(t, table.Check([]byte(row("0.5", `{"doc_count":0}`))))
	for answer, noData := range map[string]bool{
		row("null", `{"doc_count":1}`):                         true,
		row("0.5", `null`):                                     true,
		`{` + hits + `,"aggregations":{"by0":{"buckets":[]}}}`: true,
		`{` + hits + `}`:                                       true,
		`{"hits":{"total":{"value":0}}}`:                       true,
		`{` + hits + `,"timed_out":true}`:                      false,
		`{` + hits + `,"_shards":{"failed":1}}`:                false,
		`{"error":{"type":"x"}}`:                               false,
		`{}`:                                                   false,
		`nope`:                                                 false,
	} {
		err := table.Check([]byte(answer))
		require.ErrorContains(t, err, "[Palermo] Board / Table", answer)
		require.Equal(t, noData, errors.Is(err, ErrNoData), answer)
	}
	search := queries[0]
	require.NoError(t, search.Check([]byte(`{`+hits+`}`)))
	for answer, want := range map[string]bool{
		`{"top":[{"metrics":{"a":1}}]}`:     true,
		`{"top":[]}`:                        false,
		`{"hits":{"hits":[{}]}}`:            true,
		`{"hits":{"hits":[]}}`:              false,
		`{"values":{"50.0":null}}`:          false,
		`{"values":{"50.0":1}}`:             true,
		`{"value":0}`:                       true,
		`{"buckets":{"a":{"doc_count":1}}}`: true,
		`{"buckets":{"a":{"doc_count":0}}}`: false,
		`{"buckets":["what"]}`:              false,
	} {
		q := Query{Name: "q", aggs: map[string]any{"x": map[string]any{}}}
		err := q.Check([]byte(`{` + hits + `,"aggregations":{"x":` + answer + `}}`))
		require.Equal(t, want, err == nil, answer)
	}
}
