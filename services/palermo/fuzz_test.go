package main

import (
	"encoding/json"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParseQuery: any URL query is a search within its bounds, or an error.
func FuzzParseQuery(f *testing.F) {
	f.Add("q=gaji&kind=clusters&level=high,low&limit=5&min_score=0.5")
	f.Add("from=2026-01-01T00:00:00Z&to=yesterday")
	f.Add("limit=-1&offset=99999999999999999999&min_score=NaN")
	f.Fuzz(func(t *testing.T, raw string) {
		v, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		q, err := parseQuery(v)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.Positive(t, q.Limit)
		require.GreaterOrEqual(t, q.Offset, 0)
		require.NoError(t, q.Normalize(), "what is valid once is valid again")
	})
}

// FuzzValueJSON: a record of any topic prints as valid JSON on one line.
func FuzzValueJSON(f *testing.F) {
	f.Add("ads.raw", []byte(`{"a": 1}`))
	f.Add("ads.scored", []byte{0x0a, 0x01})
	f.Add("clusters.scored.dlq", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, topic string, value []byte) {
		out := valueJSON(topic, value)
		require.True(t, json.Valid(out))
		require.NotContains(t, string(out), "\n")
	})
}

// FuzzSafeCell: no line of a cell starts a formula, and nothing is lost.
func FuzzSafeCell(f *testing.F) {
	f.Add("=1+1\n @x")
	f.Add("-5")
	f.Fuzz(func(t *testing.T, s string) {
		once := safeCell(s)
		require.LessOrEqual(t, len(s), len(once))
		require.Equal(t, once, safeCell(once), "a safe cell stays as it is")
	})
}
