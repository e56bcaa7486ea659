package kibana

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFilters(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a: b`:                   `{"match":{"a":"b"}}`,
		`a:"b c"`:                `{"match_phrase":{"a":"b c"}}`,
		`a: *`:                   `{"exists":{"field":"a"}}`,
		`a: "*"`:                 `{"match_phrase":{"a":"*"}}`,
		`a >= 1`:                 `{"range":{"a":{"gte":"1"}}}`,
		`a<now-1d`:               `{"range":{"a":{"lt":"now-1d"}}}`,
		`NOT a: b`:               `{"bool":{"must_not":{"match":{"a":"b"}}}}`,
		`a: (b)`:                 `{"match":{"a":"b"}}`,
		`a: (b or "c")`:          `{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"b"}},{"match_phrase":{"a":"c"}}]}}`,
		`a: 1 or b: 2 and c: 3`:  `{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"1"}},{"bool":{"filter":[{"match":{"b":"2"}},{"match":{"c":"3"}}]}}]}}`,
		`(a: 1 or b: 2) and c:3`: `{"bool":{"filter":[{"bool":{"minimum_should_match":1,"should":[{"match":{"a":"1"}},{"match":{"b":"2"}}]}},{"match":{"c":"3"}}]}}`,
		`a: { b: c and d: * }`:   `{"nested":{"path":"a","query":{"bool":{"filter":[{"match":{"a.b":"c"}},{"exists":{"field":"a.d"}}]}},"score_mode":"none"}}`,
		`a: {b: c} and d: e`:     `{"bool":{"filter":[{"nested":{"path":"a","query":{"match":{"a.b":"c"}},"score_mode":"none"}},{"match":{"d":"e"}}]}}`,
	} {
		e, err := parseFilter(in)
		require.NoError(t, err, in)
		b, err := json.Marshal(e.query())
		require.NoError(t, err)
		require.JSONEq(t, want, string(b), in)
	}
	e, err := parseFilter(" \n ")
	require.NoError(t, err)
	require.Nil(t, e)
	for in, want := range map[string]string{
		"words":                        "words without a field",
		"a: b c: d":                    "left over",
		"a: b*":                        "part of a value",
		"a*: b":                        "not the name of a field",
		"a:":                           "missing at the end",
		"a: or":                        "put it in quotes",
		`a: ""`:                        "empty",
		`a: "b`:                        "quote is not closed",
		`a: "b\"`:                      "backslash",
		`a: b\*`:                       "backslash",
		"(a: b":                        "bracket is not closed",
		"a: (b and c)":                 "not joined with or",
		"a: { b: { c: d } }":           "inside another one",
		"a: { b: c":                    "brace is not closed",
		"a > *":                        "needs a value to compare",
		"a > ":                         "missing at the end",
		"and a: b":                     "not the name of a field",
		"a: b and":                     "missing at the end",
		"\v>0":                         "cannot be seen",
		"a:\u00a0b":                    "cannot be seen",
		"\xff":                         "not UTF-8",
		strings.Repeat("(", 100):       "nested deeper",
		strings.Repeat("not ", 100):    "nested deeper",
		strings.Repeat("a: b or", 1e3): "longer than",
	} {
		_, err := parseFilter(in)
		require.ErrorContains(t, err, want, in)
	}
}
