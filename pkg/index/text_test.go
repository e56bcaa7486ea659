package index_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

func TestParseText(t *testing.T) {
	t.Parallel()
	type c = index.Clause
	for in, want := range map[string][]index.Clause{
		"":                   nil,
		"  \t ":              nil,
		"Gaji":               {c{Words: []string{"gaji"}, Text: "Gaji"}},
		"a b":                {c{Words: []string{"a"}, Text: "a"}, c{Words: []string{"b"}, Text: "b"}},
		`"No Fee" x`:         {c{Words: []string{"no", "fee"}, Text: "No Fee"}, c{Words: []string{"x"}, Text: "x"}},
		`-"no fee" -x`:       {c{Words: []string{"no", "fee"}, Text: "no fee", Not: true}, c{Words: []string{"x"}, Text: "x", Not: true}},
		`"open end`:          {c{Words: []string{"open", "end"}, Text: "open end"}},
		`a"b"`:               {c{Words: []string{"a"}, Text: "a"}, c{Words: []string{"b"}, Text: "b"}},
		"well-paid":          {c{Words: []string{"well", "paid"}, Text: "well-paid"}},
		"--x":                {c{Words: []string{"x"}, Text: "-x", Not: true}},
		`- "" * ?`:           nil,
		"งาน":                {c{Words: []string{"ง", "า", "น"}, Text: "งาน"}},
		"招聘 x":               {c{Words: []string{"招", "聘"}, Text: "招聘"}, c{Words: []string{"x"}, Text: "x"}},
		"title:x AND (y OR)": {c{Words: []string{"title", "x"}, Text: "title:x"}, c{Words: []string{"and"}, Text: "AND"}, c{Words: []string{"y"}, Text: "(y"}, c{Words: []string{"or"}, Text: "OR)"}},
	} {
		got, err := index.ParseText(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func text(f index.Fragment) string {
	var b strings.Builder
	for _, s := range f {
		if s.Match {
			b.WriteString("[" + s.Text + "]")
		} else {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

func TestHighlight(t *testing.T) {
	t.Parallel()
	clauses := func(s string) []index.Clause {
		c, err := index.ParseText(s)
		require.NoError(t, err)
		return c
	}
	for _, c := range []struct{ query, in, want string }{
		{"bavet", "Job in Bavet!", "Job in [Bavet]!"},
		{`"no fee"`, "No fee, no... FEE, fee no", "[No fee], [no... FEE], fee no"},
		{"a b", "a b", "[a] [b]"},
		{`"a b" "b c"`, "a b c", "[a b c]"},
		{"-a b", "a b", "a [b]"},
		{"x", "nothing", ""},
		{"kerja", "kerja\x00 <b>kerja</b>", "[kerja]\x00 <b>[kerja]</b>"},
		{"งาน", "หางานดี", "หา[งาน]ดี"},
	} {
		require.Equal(t, c.want, text(index.HighlightAll(c.in, clauses(c.query))), c.query)
	}
	long := strings.Repeat("word ", 200) + "needle " + strings.Repeat("ö", 300) + " needle " + strings.Repeat("word ", 200) + "needle"
	parts := index.Highlight(long, clauses("needle"))
	require.Len(t, parts, 3)
	for _, p := range parts {
		require.Contains(t, text(p), "[needle]")
		require.Less(t, len(text(p)), 220)
		require.True(t, utf8.ValidString(text(p)))
	}
	require.Nil(t, index.Highlight(long, nil))
}

func FuzzText(f *testing.F) {
	f.Add(`gaji "no fee" -x`, "Gaji tinggi, no fee")
	f.Add("\"", "\xff\xfe")
	f.Add("งาน 招聘", "หางาน招聘")
	// No panic; bounded clauses of words in lower case; spans that put together
	// are the text or a part of it.
	f.Fuzz(func(t *testing.T, query, s string) {
		clauses, err := index.ParseText(query)
		if err != nil {
			require.ErrorIs(t, err, index.ErrQuery)
			return
		}
		require.LessOrEqual(t, len(clauses), index.MaxClauses)
		for _, c := range clauses {
			require.NotEmpty(t, c.Words)
			require.Contains(t, query, c.Text)
		}
		plain := func(f index.Fragment) string {
			var b strings.Builder
			for _, s := range f {
				b.WriteString(s.Text)
			}
			return b.String()
		}
		if all := index.HighlightAll(s, clauses); all != nil {
			require.Equal(t, s, plain(all))
		}
		parts := index.Highlight(s, clauses)
		require.LessOrEqual(t, len(parts), 3)
		for _, p := range parts {
			require.Contains(t, s, plain(p))
		}
	})
}
