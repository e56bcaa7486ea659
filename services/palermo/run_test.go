package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stream"
)

// testConfig is a node on free ports in a folder of the test.
func testConfig(t *testing.T, dir string, partitions int, args ...string) nodeConfig {
	t.Helper()
	env := &environment{stdout: io.Discard, getenv: os.Getenv}
	fs := flagSet(env, "test", "", "")
	var cfg nodeConfig
	addNodeFlags(env, fs, &cfg)
	require.NoError(t, noArguments(fs, args))
	cfg.dataDir, cfg.partitions, cfg.quick = dir, partitions, true
	cfg.gateway, cfg.query, cfg.admin, cfg.brokerPort = "127.0.0.1:0", "127.0.0.1:0", "off", 0
	return cfg
}

// startNode runs a node until the test or stop ends it.
func startNode(t *testing.T, cfg nodeConfig) (started *node, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	n, err := newNode(ctx, cfg, zaptest.NewLogger(t, zaptest.Level(zapcore.ErrorLevel)))
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	return n, stop
}

// post sends a file to a node's gateway and waits until it is through.
func post(t *testing.T, n *node, file string) *sender {
	t.Helper()
	env := &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: os.Getenv}
	s := &sender{url: "http://" + n.gatewayAddr + "/v1/ads", patience: time.Minute, env: env}
	defer s.close()
	files, err := checkFiles([]string{file})
	require.NoError(t, err)
	require.NoError(t, s.sendFiles(t.Context(), files, func(int) {}))
	require.NoError(t, waitDrained(t.Context(), n, make(chan error)))
	return s
}

func generateFeed(t *testing.T, ads int) string {
	t.Helper()
	feed := filepath.Join(t.TempDir(), "feed.ndjson")
	code, _, errs := call(t, "", "generate", "--campaigns", "0.3", "--ads", fmt.Sprint(ads), "--out", feed)
	require.Equal(t, ops.ExitOK, code, errs)
	return feed
}

func appendLines(t *testing.T, file string, lines ...string) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	require.NoError(t, err)
	require.NoError(t, f.Close())
}

func TestRunFromGatewayToSearch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := generateFeed(t, 400)
	appendLines(t, feed, `{"platform":"p","id":"broken"`, adJSON("marked", longText+" Zanzibarstrasse."))

	n, stop := startNode(t, testConfig(t, dir, 3))
	s := post(t, n, feed)
	require.Equal(t, 401, s.accepted)
	require.Equal(t, 1, s.refused)

	// A producer of its own writes what no gateway would let through.
	require.NoError(t, n.producer.Write(t.Context(), []stream.Message{
		{Topic: "ads.raw", Key: []byte("x/1"), Value: []byte(`{"platform":"x"}`)},
		{Topic: "ads.raw", Key: []byte("x/2"), Value: []byte("\xff\x00 no JSON")},
	}))
	require.NoError(t, waitDrained(t.Context(), n, make(chan error)))

	q := queryClient{n.query.address()}
	v, err := verify(t.Context(), n.kafka, q, time.Minute)
	require.NoError(t, err)
	require.Equal(t, verification{Raw: 403, Unreadable: 2, Ads: 401, Indexed: 401, InIndex: 401, DeadLettered: 2}, v)

	var found searchAnswer
	require.NoError(t, q.get(t.Context(), "/v1/search?q=zanzibarstrasse", &found))
	require.Len(t, found.Hits, 1)
	var doc index.AdDoc
	require.NoError(t, json.Unmarshal(found.Hits[0].Document, &doc))
	require.Equal(t, "marked", doc.AdID)

	codes := map[string]int{}
	all := letterFilter{topic: new(string), code: new(string), limit: new(int)}
	require.NoError(t, eachLetter(t.Context(), n.kafka, all, func(l stream.DeadLetter, r stream.Record) error {
		codes[l.Code]++
		require.Equal(t, "ads.raw", l.Topic)
		require.NotEmpty(t, r.Value)
		return nil
	}))
	require.Equal(t, map[string]int{"missing_field": 1, "invalid_utf8": 1}, codes)
	stop()

	// Everything is there again after a restart, and nothing twice.
	n, _ = startNode(t, testConfig(t, dir, 3))
	s = post(t, n, feed)
	require.Equal(t, 401, s.accepted)
	v, err = verify(t.Context(), n.kafka, queryClient{n.query.address()}, time.Minute)
	require.NoError(t, err)
	require.Equal(t, verification{Raw: 804, Unreadable: 2, Ads: 401, Indexed: 401, InIndex: 401, DeadLettered: 2}, v)
}

// TestRunAndAnalyzeAgree holds the way over Kafka and the way in process to
// the same clusters and scores.
func TestRunAndAnalyzeAgree(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	feed := generateFeed(t, 1500)
	key := filepath.Join(dir, "key")
	require.NoError(t, os.WriteFile(key, []byte("k1:"+strings.Repeat("ab", 32)+"\n"), 0o600))

	out := filepath.Join(dir, "out")
	code, _, errs := call(t, "", "analyze", "--token-key", key, "--out", out, feed)
	require.Equal(t, ops.ExitOK, code, errs)

	// One partition keeps the order of the file.
	n, _ := startNode(t, testConfig(t, filepath.Join(dir, "data"), 1, "--token-key", key))
	post(t, n, feed)

	clusters := readLines[clusterLine](t, filepath.Join(out, "clusters.ndjson"))
	for _, want := range clusters {
		d, err := n.store.Get(t.Context(), index.KindClusters, want.ClusterID)
		require.NoError(t, err)
		var got index.ClusterDoc
		require.NoError(t, json.Unmarshal(d.Body, &got))
		require.EqualValues(t, want.Size, got.Size, want.ClusterID)
		require.InDelta(t, want.Score, got.Score, 1e-9)
		require.Equal(t, want.Level, got.Level)
		require.Equal(t, want.Reason, got.Reason)
		require.Empty(t, got.MergedInto)
	}
	ids := map[string]string{}
	for _, c := range clusters {
		ids[c.ClusterID] = c.ClusterID
		d, err := n.store.Get(t.Context(), index.KindClusters, c.ClusterID)
		require.NoError(t, err)
		var doc index.ClusterDoc
		require.NoError(t, json.Unmarshal(d.Body, &doc))
		for _, absorbed := range doc.Absorbed {
			ids[absorbed] = c.ClusterID
		}
	}
	want := map[string]adLine{}
	for _, a := range readLines[adLine](t, filepath.Join(out, "ads.ndjson")) {
		want[a.Platform+"/"+a.ID] = a
	}
	require.NoError(t, n.store.Refresh(t.Context()))
	total := len(want)
	for offset := 0; offset < total; offset += index.MaxLimit {
		res, err := n.store.Search(t.Context(), index.Query{Kind: index.KindAds, Offset: offset, Limit: index.MaxLimit})
		require.NoError(t, err)
		for _, h := range res.Hits {
			var got index.AdDoc
			require.NoError(t, json.Unmarshal(h.Body, &got))
			a, ok := want[got.Platform+"/"+got.AdID]
			require.True(t, ok)
			require.Equal(t, a.ClusterID, ids[got.ClusterID])
			require.InDelta(t, a.Score, got.Score, 1e-9)
			delete(want, got.Platform+"/"+got.AdID)
		}
	}
	for key := range want {
		t.Errorf("%s is not in the index", key)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	return l.Addr().String()
}

// process is a `palermo run` of its own.
type process struct {
	cmd *exec.Cmd
	log lockedBuffer
}

// lockedBuffer takes what a process prints while the test looks at it.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func startProcess(t *testing.T, dir, gateway string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{}
	p.cmd = exec.CommandContext(t.Context(), self, "run", "--data", dir, "--gateway", gateway,
		"--query", "127.0.0.1:0", "--admin", "off", "--broker-port", "0", "--partitions", "2", "--log-level", "warn")
	p.cmd.Env = append(os.Environ(), asCommand+"=1")
	p.cmd.Stderr = &p.log
	require.NoError(t, p.cmd.Start())
	require.Eventually(t, func() bool {
		run, err := findRun(dir)
		return err == nil && run.PID == p.cmd.Process.Pid
	}, time.Minute, 20*time.Millisecond, "the process did not start")
	return p
}

// TestRunSurvivesSIGKILL kills the process while a feed is under way, three
// times, and counts afterwards that nothing was lost.
func TestRunSurvivesSIGKILL(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped by -short: starts and kills processes")
	}
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	gateway := freePort(t)
	const ads = 6000
	feed := generateFeed(t, ads)
	p := startProcess(t, dir, gateway)

	sent := make(chan error, 1)
	env := &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: os.Getenv}
	s := &sender{url: "http://" + gateway + "/v1/ads", patience: 2 * time.Minute, env: env}
	defer s.close()
	progress := make(chan struct{}, ads)
	files, err := checkFiles([]string{feed})
	require.NoError(t, err)
	go func() {
		sent <- s.sendFiles(t.Context(), files, func(int) {
			select {
			case progress <- struct{}{}:
			default:
			}
		})
	}()
	for range 3 {
		select {
		case <-progress:
		case err := <-sent:
			sent <- err
		}
		require.NoError(t, p.cmd.Process.Kill())
		require.Error(t, p.cmd.Wait(), "killed")
		p = startProcess(t, dir, gateway)
	}
	require.NoError(t, <-sent)
	require.Equal(t, ads, s.accepted)

	code, out, errs := call(t, "", "verify", "--data", dir, "--wait", "2m")
	require.Equal(t, ops.ExitOK, code, "%s %s %s", out, errs, p.log.String())
	require.Contains(t, out, fmt.Sprintf("raw %d = indexed %d + dead-lettered 0", ads, ads))

	code, out, errs = call(t, "", "search", "--data", dir, "--kind", "clusters", "--level", "high,medium,low")
	require.Equal(t, ops.ExitOK, code, errs)
	require.Contains(t, out, "1 ")
	code, out, errs = call(t, "", "tap", "--data", dir, "-n", "3", "ads.scored")
	require.Equal(t, ops.ExitOK, code, errs)
	require.Equal(t, 3, strings.Count(out, "\n"))
	code, out, errs = call(t, "", "dlq", "--data", dir, "list")
	require.Equal(t, ops.ExitOK, code, errs)
	require.Contains(t, out, "no dead letters")

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait(), "a clean stop: %s", p.log.String())
	code, _, errs = call(t, "", "verify", "--data", dir)
	require.Equal(t, ops.ExitUsage, code)
	require.Contains(t, errs, "no `palermo run` works on")
}
