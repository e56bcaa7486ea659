package wire

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

// Whatever a server or something in its place answers: no panic; items only if
// there is exactly one for each id, in order, with a status; and the error
// holds nothing of the answer.
func FuzzDecodeBulk(f *testing.F) {
	f.Add([]byte(`{"errors":false,"items":[{"index":{"_id":"a","status":201}},{"index":{"_id":"b","status":409,"error":{"type":"version_conflict_engine_exception"}}}]}`))
	f.Add([]byte(`{"errors":true,"items":[{"index":{"_id":"b","status":201}},{"index":{"_id":"a","status":201}}]}`))
	f.Add([]byte(`{"errors":true,"items":[]}`))
	f.Add([]byte(`{"error":{"type":"x"},"status":400}`))
	f.Add([]byte(`[[[[`))
	ids := []string{"a", "b"}
	f.Fuzz(func(t *testing.T, b []byte) {
		items, err := DecodeBulk(b, ids)
		if err != nil {
			require.Nil(t, items)
			require.Less(t, len(err.Error()), 100)
			return
		}
		require.Len(t, items, len(ids))
		for i, it := range items {
			require.Equal(t, ids[i], it.ID)
			v, o := ClassifyItem(it.Status, it.Error.Type)
			require.NotZero(t, v)
			require.Equal(t, v == VerdictDone, o.Status != 0)
			require.Less(t, len(o.Reason), 200)
		}
	})
}

// A type is shown only if it looks like one; nothing else of an answer is.
func FuzzErrorType(f *testing.F) {
	f.Add([]byte(`{"error":{"type":"mapper_parsing_exception","reason":"x"}}`))
	f.Add([]byte(`{"error":"alias missing"}`))
	f.Add([]byte(`{"error":{"type":"a b"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		shown := PlainType(ErrorType(b))
		require.LessOrEqual(t, len(shown), 80)
		require.Empty(t, strings.Trim(shown, "abcdefghijklmnopqrstuvwxyz_ "))
		require.NotZero(t, ClassifyRequest(400, ErrorType(b)))
	})
}

func FuzzDecodeSearch(f *testing.F) {
	f.Add([]byte(`{"hits":{"total":{"value":1,"relation":"eq"},"hits":[{"_id":"a","_version":1,"_source":{"posted_at":"2026-11-01T00:00:00.000Z"}}]}}`))
	f.Add([]byte(`{"hits":{"hits":[{"_source":1},{}]}}`))
	// No panic, and every body on one line.
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := DecodeSearch(b)
		if err != nil {
			return
		}
		docs, err := a.Documents(index.KindAds)
		if err != nil {
			return
		}
		for _, d := range docs {
			require.NotContains(t, string(d.Body), "\n")
			require.True(t, json.Valid(d.Body))
		}
	})
}

// A document that Check lets through is two lines of a bulk body: one action
// with its own id, and itself.
func FuzzBulkBody(f *testing.F) {
	f.Add("abc", int64(1), []byte(`{"a":"b"}`))
	f.Add("a\"}\n{", int64(1), []byte(`{}`))
	f.Add("a", int64(1), []byte("{}\n{\"delete\":{}}"))
	f.Add("a", int64(1), []byte("{\"a\":\r1}"))
	f.Fuzz(func(t *testing.T, id string, version int64, body []byte) {
		d := index.Document{Kind: index.KindAds, ID: id, Version: version, Body: body}
		if _, bad := d.Check(); bad {
			return
		}
		var b Body
		b.Add(&d, "palermo-ads")
		lines := bytes.Split(b.buf.Bytes(), []byte("\n"))
		require.Len(t, lines, 3)
		require.Empty(t, lines[2])
		var action map[string]map[string]any
		require.NoError(t, json.Unmarshal(lines[0], &action))
		require.Len(t, action, 1)
		require.Equal(t, id, action["index"]["_id"])
		require.Equal(t, body, lines[1])
		require.LessOrEqual(t, b.buf.Len(), len(body)+len(id)+len("palermo-ads")+ActionBytes)
	})
}
