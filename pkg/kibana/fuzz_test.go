package kibana

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever stands in a source: no panic; and what the checks let through can be
// built, twice with the same bytes, is marked, and can be read back as queries.
func FuzzSource(f *testing.F) {
	for _, s := range []string{viewSource, searchSource, boardSource} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		files := []string{viewSource, searchSource, string(b)}
		if parsed, err := parseSource(b); err != nil {
			require.Nil(t, parsed)
			return
		} else if parsed.DataView != nil {
			files = files[2:]
		}
		built, err := Build(folder(files...))
		if err != nil {
			return
		}
		again, err := Build(folder(files...))
		require.NoError(t, err)
		require.Equal(t, string(built), string(again))
		objects, err := decode(built)
		require.NoError(t, err)
		for i := range objects {
			a, err := objects[i].read()
			require.NoError(t, err)
			require.True(t, a.marked())
		}
		queries, err := Queries(built)
		require.NoError(t, err)
		for _, q := range queries {
			require.True(t, json.Valid(q.Body))
		}
	})
}

// Any filter is an error or a query that is JSON, and joining keeps it one.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{`a: b`, `a: ("x" or y) and not b > 1`, `a: { b: * }`, `((`, `a:"`, `a <= now-1d`, "\v>0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := parseFilter(s)
		if err != nil {
			require.Nil(t, e)
			return
		}
		if e == nil {
			return
		}
		b, err := json.Marshal(e.query())
		require.NoError(t, err)
		require.True(t, json.Valid(b))
		if len(s) > maxFilterBytes/2 {
			return
		}
		_, err = parseFilter(joinFilters(s, "x: y"))
		require.NoError(t, err)
	})
}

// Whatever file is given, and whatever a server answers: no panic.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"type":"dashboard","id":"palermo-a","attributes":{"panelsJSON":"[{}]"},"references":[]}`))
	whole, err := Build(folder(viewSource, searchSource, boardSource))
	require.NoError(f, err)
	f.Add(whole)
	f.Add([]byte(`{"exportedCount":1}`))
	f.Add([]byte(`{"hits":{"total":{"value":1}},"aggregations":{"by0":{"buckets":{"a":{"doc_count":1}}}}}`))
	queries, err := Queries(SavedObjects())
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, b []byte) {
		if out, err := WithPrefix(b, "other"); err == nil {
			require.NotEmpty(t, out)
		}
		_, _ = Queries(b)
		for i := range queries {
			_ = queries[i].Check(b)
		}
	})
}
