package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/datatest"
	"palermo.internal/pkg/ops"
)

func TestROCAUC(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		scores []scoredLabel
		want   float64
	}{
		{"perfect", []scoredLabel{{0.9, true}, {0.1, false}, {0.8, true}}, 1},
		{"inverted", []scoredLabel{{0.1, true}, {0.9, false}}, 0},
		{"all tied", []scoredLabel{{0.5, true}, {0.5, false}, {0.5, false}}, 0.5},
		{"half", []scoredLabel{{0.5, true}, {0.4, false}, {0.6, false}}, 0.5},
		{"one class", []scoredLabel{{0.5, true}}, 0.5},
	} {
		require.InDelta(t, tc.want, rocAUC(tc.scores), 1e-9, tc.name)
	}
}

func TestPairCounter(t *testing.T) {
	t.Parallel()
	p := newPairCounter()
	for _, x := range [][2]string{{"c1", "g1"}, {"c1", "g1"}, {"c1", "g2"}, {"c2", "g1"}} {
		p.add(x[0], x[1])
	}
	require.Equal(t, pairCount{clusters: 3, truth: 3, both: 1}, p.count())
}

func TestScoresRankFraudsAboveOrdinaryVacancies(t *testing.T) {
	t.Parallel()
	code, out, errs := call(t, "", "eval", "--labels", datatest.File(t, "fake_jobs/fake_jobs.labels.csv"),
		"--min-auc", "0.75", datatest.File(t, "fake_jobs/fake_jobs.ndjson"))
	require.Equal(t, ops.ExitOK, code, "%s%s", out, errs)
	t.Log(out)
}

func TestEvalOnAGeneratedFeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed, truth := filepath.Join(dir, "feed.ndjson"), filepath.Join(dir, "truth.ndjson")
	code, _, errs := call(t, "", "generate", "--ads", "3000", "--out", feed, "--truth", truth)
	require.Equal(t, ops.ExitOK, code, errs)
	code, out, errs := call(t, "", "eval", "--truth", truth, feed)
	require.Equal(t, ops.ExitOK, code, errs)
	require.Contains(t, out, "pairwise precision")
	t.Log(out)
}

func TestEvalWrongUse(t *testing.T) {
	t.Parallel()
	feed := writeFeed(t, "f.ndjson", adJSON("1", longText))
	for _, args := range [][]string{
		{"eval", feed},
		{"eval", "--labels", "/no/such.csv", feed},
		{"eval", "--labels", writeFeed(t, "l.csv", "id,label", "1,maybe"), feed},
	} {
		code, _, errs := call(t, "", args...)
		require.Equal(t, ops.ExitUsage, code, "%v %s", args, errs)
	}
}
