package embedded_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/embedded"
	"palermo.internal/pkg/index/indextest"
)

func config(dir string) embedded.Config {
	cfg := embedded.DefaultConfig()
	cfg.Dir = dir
	return cfg
}

func TestContractWithoutACache(t *testing.T) {
	t.Parallel()
	indextest.Contract(t, func(t *testing.T) index.Store {
		t.Helper()
		cfg := config(t.TempDir())
		cfg.VersionCache = 1
		s, err := embedded.Open(cfg)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

func TestVersionsHoldAcrossAReopening(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	newer := indextest.AdWith(t, 1, 9, "newer", "text")
	s, err := embedded.Open(config(dir))
	require.NoError(t, err)
	_, err = s.Write(t.Context(), []index.Document{newer, indextest.Cluster(t, 1, 4)})
	require.NoError(t, err)
	require.NoError(t, s.Close())

	s = open(t, dir)
	outcomes, err := s.Write(t.Context(), []index.Document{indextest.AdWith(t, 1, 8, "older", "text")})
	require.NoError(t, err)
	require.Equal(t, index.StatusStale, outcomes[0].Status)
	got, err := s.Get(t.Context(), index.KindAds, newer.ID)
	require.NoError(t, err)
	require.Equal(t, newer, got)
	n, err := s.Count(t.Context(), index.KindClusters)
	require.NoError(t, err)
	require.EqualValues(t, 1, n)
}

func TestAFolderIsForOneProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir)
	_, err := embedded.Open(config(dir))
	require.ErrorContains(t, err, "in use by another process")
	require.ErrorContains(t, err, dir)
}

func TestAFolderThatCannotBeMade(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := embedded.Open(config(filepath.Join(file, "index")))
	require.ErrorContains(t, err, "make the folder of the index")
	_, err = embedded.Open(embedded.Config{})
	require.ErrorContains(t, err, "dir:")
	require.ErrorContains(t, err, "version_cache:")
}

func TestAFolderOfANewerProgram(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := embedded.Open(config(dir))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db, err := bolt.Open(filepath.Join(dir, "palermo-index.db"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{0, 0, 0, 2})
	}))
	require.NoError(t, db.Close())
	_, err = embedded.Open(config(dir))
	require.ErrorContains(t, err, "has format 2 and this program reads 1")
}

func TestADamagedFolder(t *testing.T) {
	t.Parallel()
	filled := func(t *testing.T) string {
		t.Helper()
		dir := t.TempDir()
		s, err := embedded.Open(config(dir))
		require.NoError(t, err)
		_, err = s.Write(t.Context(), []index.Document{indextest.Ad(t, 1, 1)})
		require.NoError(t, err)
		require.NoError(t, s.Close())
		return dir
	}
	for name, damage := range map[string]func(t *testing.T, dir string){
		"no lock file any more": func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "palermo-index.db"), []byte("x"), 0o600))
		},
		"no list of segments": func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "ads", "store", "root.bolt"), []byte(strings.Repeat("x", 100)), 0o600))
		},
		"no description": func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "ads", "index_meta.json")))
		},
		"a segment is gone": func(t *testing.T, dir string) {
			t.Helper()
			segments, err := filepath.Glob(filepath.Join(dir, "ads", "store", "*.zap"))
			require.NoError(t, err)
			require.NotEmpty(t, segments)
			for _, s := range segments {
				require.NoError(t, os.Remove(s))
			}
		},
		"a segment is cut": func(t *testing.T, dir string) {
			t.Helper()
			segments, err := filepath.Glob(filepath.Join(dir, "ads", "store", "*.zap"))
			require.NoError(t, err)
			for _, s := range segments {
				require.NoError(t, os.Truncate(s, 10))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filled(t)
			damage(t, dir)
			s, err := embedded.Open(config(dir))
			if s != nil {
				require.NoError(t, s.Close())
			}
			require.ErrorContains(t, err, "is damaged")
			require.ErrorContains(t, err, "move the folder away")
		})
	}
}

// TestTheLatestSegmentIsGone removes the newest files one after the other. A merge
// that was cut short leaves a file that no state needs; while the folder opens
// without an error, all that was acknowledged must be in it.
func TestTheLatestSegmentIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docs := []index.Document{indextest.Ad(t, 1, 1), indextest.Ad(t, 2, 1)}
	for _, d := range docs {
		s, err := embedded.Open(config(dir))
		require.NoError(t, err)
		_, err = s.Write(t.Context(), []index.Document{d})
		require.NoError(t, err)
		require.NoError(t, s.Close())
	}
	for {
		segments, err := filepath.Glob(filepath.Join(dir, "ads", "store", "*.zap"))
		require.NoError(t, err)
		require.NotEmpty(t, segments, "no file was missed")
		require.NoError(t, os.Remove(slices.Max(segments)))
		s, err := embedded.Open(config(dir))
		if err != nil {
			require.ErrorContains(t, err, "is damaged")
			return
		}
		has, err := s.Has(t.Context(), index.KindAds, []string{docs[0].ID, docs[1].ID})
		require.NoError(t, err)
		require.Equal(t, []bool{true, true}, has)
		require.NoError(t, s.Close())
	}
}

func TestAHalfMadeIndexIsMadeAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "ads.new", "store"), 0o700))
	s := open(t, dir)
	_, err := s.Write(t.Context(), []index.Document{indextest.Ad(t, 1, 1)})
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(dir, "ads.new"))
}

// childDir names the folder that a child process of the next test writes to.
const childDir = "PALERMO_TEST_EMBEDDED_CHILD"

// A child process writes batch after batch and reports each that Write has
// acknowledged; it is killed in the middle of it. Everything that was reported
// must be there, and the folder must open, every time.
func TestAKilledProcessLosesNothing(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		writeForEver(t, dir)
		return
	}
	t.Parallel()
	dir := t.TempDir()
	var reported int
	for range 4 {
		reported = max(reported, killAfter(t, dir, reported+6))
		s, err := embedded.Open(config(dir))
		require.NoError(t, err)
		ids := []string{}
		for i := range reported * childBatch {
			ids = append(ids, indextest.Ad(t, i, 1).ID)
		}
		has, err := s.Has(t.Context(), index.KindAds, ids)
		require.NoError(t, err)
		for i, ok := range has {
			require.True(t, ok, "document %d of %d that were reported", i, len(has))
		}
		res, err := s.Search(t.Context(), index.Query{Kind: index.KindAds, Text: "passport", Limit: 1})
		require.NoError(t, err)
		require.GreaterOrEqual(t, res.Total, int64(len(ids)))
		require.NoError(t, s.Close())
	}
}

const childBatch = 20

func writeForEver(t *testing.T, dir string) {
	t.Helper()
	s, err := embedded.Open(config(dir))
	require.NoError(t, err)
	for b := 0; ; b++ {
		var docs []index.Document
		for i := range childBatch {
			docs = append(docs, indextest.Ad(t, b*childBatch+i, 1))
		}
		_, err := s.Write(context.Background(), docs)
		require.NoError(t, err)
		fmt.Printf("durable %d\n", b+1)
	}
}

// killAfter runs the child until it has reported n batches, kills it, and
// returns how many it reported.
func killAfter(t *testing.T, dir string, n int) int {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcessLosesNothing$", "-test.v")
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	reported := 0
	lines := bufio.NewScanner(out)
	killed := false
	for lines.Scan() {
		v, ok := strings.CutPrefix(lines.Text(), "durable ")
		if !ok {
			continue
		}
		b, err := strconv.Atoi(v)
		require.NoError(t, err)
		reported = b
		if reported >= n && !killed {
			require.NoError(t, cmd.Process.Kill())
			killed = true
		}
	}
	_, err = io.Copy(io.Discard, out)
	require.NoError(t, err)
	require.Error(t, cmd.Wait(), "it was killed")
	require.True(t, killed, "the child ended by itself after %d batches", reported)
	return reported
}
