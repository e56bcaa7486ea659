package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/datatest"
	"palermo.internal/pkg/ops"
)

func writeFeed(t *testing.T, name string, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return path
}

func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var out []T
	s := bufio.NewScanner(f)
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		var v T
		require.NoError(t, json.Unmarshal(s.Bytes(), &v))
		out = append(out, v)
	}
	require.NoError(t, s.Err())
	return out
}

func readSummary(t *testing.T, dir string) runSummary {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	require.NoError(t, err)
	var s runSummary
	require.NoError(t, json.Unmarshal(b, &s))
	return s
}

func adJSON(id, text string) string {
	b, err := json.Marshal(map[string]any{
		"platform": "jobs.example", "id": id, "posted_at": "2026-11-01T10:00:00Z", "title": "Vacancy " + id, "text": text,
	})
	if err != nil {
		panic(err)
	}
	return string(b)
}

const longText = "We are looking for a friendly person to help in our warehouse in the north of the city. " +
	"You sort parcels, load the van in the morning and keep the shelves tidy; working hours are from eight to four with an hour for lunch."

func TestAnalyzeBadInputIsKeptAndTheRestGoesOn(t *testing.T) {
	t.Parallel()
	bad := []string{
		`{"platform":"p","id":"1"`,
		`[1,2,3]`,
		`{"platform":"p","id":1,"posted_at":"2026-11-01T10:00:00Z","text":"x"}`,
		`{"platform":"p","posted_at":"2026-11-01T10:00:00Z","text":"x"}`,
		`{"platform":"p","id":"2","posted_at":"yesterday","text":"x"}`,
		`{"platform":"p","id":"3","posted_at":"2026-11-01T10:00:00Z"}`,
		"{\"platform\":\"p\",\"id\":\"4\",\"posted_at\":\"2026-11-01T10:00:00Z\",\"text\":\"\xff\xfe\"}",
		`{"platform":"p","id":"5","id":"6","posted_at":"2026-11-01T10:00:00Z","text":"x"}`,
		`{"platform":"p","id":"a\u0000b","posted_at":"2026-11-01T10:00:00Z","text":"x"}`,
		`{"platform":"p","id":"a\u202eb","posted_at":"2026-11-01T10:00:00Z","text":"x"}`,
		`{"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
		`{"platform":"p","id":"7","posted_at":"2026-11-01T10:00:00Z","text":"` + strings.Repeat("a", 20<<20) + `"}`,
	}
	lines := []string{adJSON("good-1", longText)}
	lines = append(lines, bad...)
	lines = append(lines, "", adJSON("good-2", longText), adJSON("rtl", "text \u202e with \u0000 control \u0007 characters <b>and</b> markup, long enough to be shingled as any other text"))
	out := filepath.Join(t.TempDir(), "out")
	code, stdout, stderr := call(t, "", "analyze", "--out", out, writeFeed(t, "feed.ndjson", lines...))
	require.Equal(t, ops.ExitOK, code, stderr)
	require.Contains(t, stdout, fmt.Sprintf("%d rejected", len(bad)))

	s := readSummary(t, out)
	require.Equal(t, len(bad)+3, s.In)
	require.Equal(t, 3, s.Out)
	require.Equal(t, len(bad), s.Rejected)
	require.Len(t, readLines[adLine](t, filepath.Join(out, "ads.ndjson")), 3)

	rejected := readLines[rejectedLine](t, filepath.Join(out, "rejected.ndjson"))
	require.Len(t, rejected, len(bad))
	seen := map[int]bool{}
	for _, r := range rejected {
		seen[r.Line] = true
		require.NotEmpty(t, r.Code)
		require.NotEmpty(t, r.Reason)
		require.LessOrEqual(t, len(r.Raw), rawShown+3)
	}
	for i := range bad {
		require.True(t, seen[i+2], "line %d", i+2)
	}
}

func TestAnalyzeCountsEveryLineOnce(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	feed := writeFeed(t, "feed.ndjson",
		adJSON("1", longText), adJSON("2", longText), adJSON("1", longText),
		adJSON("2", "Quite another text about a bicycle for sale, blue, three gears, lights that work, collected in the evening near the station."))
	code, _, stderr := call(t, "", "analyze", "--out", out, feed)
	require.Equal(t, ops.ExitOK, code, stderr)
	s := readSummary(t, out)
	require.Equal(t, []int{4, 2, 2, 0}, []int{s.In, s.Out, s.Repeated, s.Rejected})
	ads := readLines[adLine](t, filepath.Join(out, "ads.ndjson"))
	require.Len(t, ads, 2)
	require.NotEqual(t, ads[0].ClusterID, ads[1].ClusterID, "the latest version of an advert counts")
	members := 0
	for _, c := range readLines[clusterLine](t, filepath.Join(out, "clusters.ndjson")) {
		require.Len(t, c.Members, c.Size)
		members += c.Size
	}
	require.Equal(t, 2, members)
}

func TestAnalyzeGroupsNearDuplicates(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	feed := writeFeed(t, "feed.ndjson",
		adJSON("1", longText), adJSON("2", longText+" Call now."),
		adJSON("3", "Quite another text about a bicycle for sale, blue, three gears, lights that work, collected in the evening near the station."))
	code, _, stderr := call(t, "", "analyze", "--out", out, feed)
	require.Equal(t, ops.ExitOK, code, stderr)
	ads := readLines[adLine](t, filepath.Join(out, "ads.ndjson"))
	require.Equal(t, ads[0].ClusterID, ads[1].ClusterID)
	require.NotEqual(t, ads[0].ClusterID, ads[2].ClusterID)
}

func TestAnalyzeReadsCompressedAndStandardInput(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "feed.ndjson.gz")
	f, err := os.Create(path)
	require.NoError(t, err)
	gz := gzip.NewWriter(f)
	_, err = gz.Write([]byte(adJSON("1", longText)))
	require.NoError(t, err)
	require.NoError(t, gz.Close())
	require.NoError(t, f.Close())
	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr := call(t, adJSON("2", longText)+"\n", "analyze", "--out", out, path, "-")
	require.Equal(t, ops.ExitOK, code, stderr)
	require.Equal(t, 2, readSummary(t, out).Out)
}

func TestAnalyzeEmptyFile(t *testing.T) {
	t.Parallel()
	empty := writeFeed(t, "empty.ndjson", "")
	code, _, stderr := call(t, "", "analyze", "--out", filepath.Join(t.TempDir(), "out"), empty)
	require.Equal(t, ops.ExitUsage, code)
	require.Contains(t, stderr, "empty.ndjson: is empty")

	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr = call(t, "", "analyze", "--out", out, empty, writeFeed(t, "good.ndjson", adJSON("1", longText)))
	require.Equal(t, ops.ExitOK, code)
	require.Contains(t, stderr, "is empty")
	require.Equal(t, 1, readSummary(t, out).Out)
}

func TestAnalyzeBrokenArchiveKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	broken := writeFeed(t, "broken.ndjson.gz", "this is no gzip")
	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr := call(t, "", "analyze", "--out", out, broken, writeFeed(t, "good.ndjson", adJSON("1", longText)))
	require.Equal(t, ops.ExitOK, code)
	require.Contains(t, stderr, "not a gzip file")
	require.Equal(t, 1, readSummary(t, out).Out)
}

func TestAnalyzeLeavesNoWorkFiles(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr := call(t, "", "analyze", "--format", "csv", "--out", out, writeFeed(t, "feed.ndjson", adJSON("1", longText)))
	require.Equal(t, ops.ExitOK, code, stderr)
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	require.Equal(t, []string{"ads.csv", "clusters.csv", "rejected.ndjson", "summary.json"}, names)
}

func TestAnalyzeIsDeterministic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := filepath.Join(dir, "feed.ndjson")
	code, _, stderr := call(t, "", "generate", "--ads", "3000", "--seed", "7", "--out", feed)
	require.Equal(t, ops.ExitOK, code, stderr)
	key := filepath.Join(dir, "key")
	require.NoError(t, os.WriteFile(key, []byte("k1:"+strings.Repeat("ab", 32)+"\n"), 0o600))
	var first []byte
	for i := range 2 {
		out := filepath.Join(dir, fmt.Sprint("out", i))
		code, _, stderr := call(t, "", "analyze", "--token-key", key, "--out", out, feed)
		require.Equal(t, ops.ExitOK, code, stderr)
		var all []byte
		for _, name := range []string{"ads.ndjson", "clusters.ndjson"} {
			b, err := os.ReadFile(filepath.Join(out, name))
			require.NoError(t, err)
			all = append(all, b...)
		}
		if i == 0 {
			first = all
		} else {
			require.Equal(t, string(first), string(all))
		}
	}
}

func TestAnalyzeAccountsForTheRealAdverts(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "out")
	code, _, stderr := call(t, "", "analyze", "--out", out,
		datatest.File(t, "fake_jobs/fake_jobs.ndjson"), datatest.File(t, "jobs_id/jobs_id.ndjson"))
	require.Equal(t, ops.ExitOK, code, stderr)
	s := readSummary(t, out)
	require.Equal(t, 3392, s.In)
	require.Equal(t, s.In, s.Out+s.Repeated+s.Rejected)
	require.Len(t, readLines[adLine](t, filepath.Join(out, "ads.ndjson")), s.Out)
}

func TestAnalyzeStopsWhenAsked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := filepath.Join(dir, "feed.ndjson")
	code, _, stderr := call(t, "", "generate", "--ads", "2000", "--out", feed)
	require.Equal(t, ops.ExitOK, code, stderr)
	ctx, cancel := contextCancelled(t)
	defer cancel()
	out := filepath.Join(dir, "out")
	code, _, stderr = callContext(ctx, "", "analyze", "--out", out, feed)
	require.Equal(t, ops.ExitFailure, code)
	require.Contains(t, stderr, "stopped")
	entries, err := os.ReadDir(out)
	require.NoError(t, err)
	require.Empty(t, entries, "a run that was cut short leaves no half a result")
}
