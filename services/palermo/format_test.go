package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSafeCellDisarmsFormulas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ in, want string }{
		{"ordinary - text", "ordinary - text"},
		{"=1+1", "'=1+1"},
		{"  @SUM(A1)", "'  @SUM(A1)"},
		{"\u00a0=1", "'\u00a0=1"},
		{"-0.5", "-0.5"},
		{"-cmd", "'-cmd"},
		{"\tx", "'\tx"},
		{"\uff1d1", "'\uff1d1"},
		{"first\n=second", "first\n'=second"},
		{"", ""},
	} {
		require.Equal(t, tc.want, safeCell(tc.in), "%q", tc.in)
	}
}

func TestCSVHasAHeaderEvenWithoutRows(t *testing.T) {
	t.Parallel()
	f, err := formatNamed("csv")
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, f.ads(&b).close())
	require.True(t, strings.HasPrefix(b.String(), "platform,id,cluster_id,score"))
}

func TestCSVRoundTrip(t *testing.T) {
	t.Parallel()
	f, err := formatNamed("csv")
	require.NoError(t, err)
	line, err := json.Marshal(adLine{
		Platform: "p", ID: "=x", ClusterID: "c1", Score: 0.25, Level: "low", Typologies: []string{"a", "b"},
		Indicators: []indicatorLine{{ID: "L01", Evidence: []evidenceLine{{Quote: "quoted, \"text\"\nhere"}}}},
	})
	require.NoError(t, err)
	var b bytes.Buffer
	w := f.ads(&b)
	require.NoError(t, w.write(line))
	require.NoError(t, w.close())
	rows, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 2)
	require.Equal(t, []string{"p", "'=x", "c1", "0.25", "low", "a; b", "L01", "L01: quoted, \"text\"\nhere", ""}, rows[1])
}

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	_, err := formatNamed("xml")
	require.ErrorContains(t, err, "ndjson or csv")
}

func TestLeadsTableShowsNoControlCharacters(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, printLeads(&b, []lead{{
		clusterID: "c1", level: "high", score: 0.9, ads: 3, typologies: []string{"forced-labour"},
		reason: "a \x1b[31mred\x1b[0m \u202etext\u202c " + strings.Repeat("word ", 60), places: []string{"ID"},
	}}))
	require.NotContains(t, b.String(), "\x1b")
	require.NotContains(t, b.String(), "\u202e")
	for line := range strings.SplitSeq(b.String(), "\n") {
		require.LessOrEqual(t, len([]rune(line)), tableWidth)
	}
}

func TestNoLeadsIsSaid(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, printLeads(&b, nil))
	require.Contains(t, b.String(), "No lead")
}
