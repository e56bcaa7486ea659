//go:build unix

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index/indextest"
	"palermo.internal/pkg/proctest"
	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

// envElasticsearch names the address of an Elasticsearch of the user's own.
const envElasticsearch = "PALERMO_E2E_ELASTICSEARCH"

// envAds names how many generated adverts go through.
const envAds = "PALERMO_E2E_ADS"

// adsToSend returns how many adverts a test sends.
func adsToSend(tb testing.TB, standard int) int {
	tb.Helper()
	s := os.Getenv(envAds)
	if s == "" {
		return standard
	}
	n, err := strconv.Atoi(s)
	require.NoError(tb, err, envAds)
	return n
}

// build makes every binary once and returns their folder.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "palermo-e2e-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"palermo", "gateway", "normalizer", "clusterer", "scorer", "indexer"} {
		pkg := "../" + name
		if name != "palermo" {
			pkg += "/cmd"
		}
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), pkg).CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w: %s", name, err, out)
		}
	}
	return dir, nil
})

// rig is the servers, the binaries and the files of one test.
type rig struct {
	tb   testing.TB
	bin  string
	dir  string
	feed string
	key  string
	http *http.Client

	kafka   *streamtest.Kafka // nil on the user's
	brokers []string
	es      *indextest.Server // nil on the user's
	esURL   string
	prefix  string

	services map[string]*service
	// login adds what a service or command needs to log in at the brokers.
	login func(name string) []string
}

// service is one process of one service.
type service struct {
	*proctest.Process
	admin string
	// spent is the CPU time of its processes that have ended, as last seen.
	spent float64
}

// newRig builds the binaries, starts what servers the user has not named, and
// makes topics and indices through the command line. It skips the test where a
// server cannot be had.
func newRig(tb testing.TB, opt streamtest.KafkaOptions, needsOwn bool) *rig {
	tb.Helper()
	if needsOwn && (os.Getenv(streamtest.EnvKafka) != "" || os.Getenv(envElasticsearch) != "") {
		tb.Skipf("servers that are killed: needs servers of the test's own; unset %s and %s", streamtest.EnvKafka, envElasticsearch)
	}
	home := os.Getenv(indextest.EnvElasticsearchHome)
	if os.Getenv(envElasticsearch) == "" && home == "" {
		tb.Skipf("Elasticsearch: set %s to an address, or %s to an unpacked server (make integration does)", envElasticsearch, indextest.EnvElasticsearchHome)
	}
	r := &rig{tb: tb, dir: tb.TempDir(), services: map[string]*service{}, login: func(string) []string { return nil }}
	transport := &http.Transport{}
	r.http = &http.Client{Transport: transport, Timeout: 30 * time.Second}
	tb.Cleanup(transport.CloseIdleConnections)
	if named := os.Getenv(streamtest.EnvKafka); named != "" {
		r.brokers = strings.Split(named, ",")
	} else {
		r.kafka = streamtest.StartKafka(tb, opt)
		r.brokers = r.kafka.Brokers()
		tb.Logf("Apache Kafka %s", r.kafka.Version())
	}
	if r.esURL = os.Getenv(envElasticsearch); r.esURL == "" {
		r.esURL, r.es = indextest.StartServer(tb, home)
	}
	tb.Logf("Elasticsearch %s", r.esVersion())
	r.prefix = fmt.Sprintf("palermo-test-%d", time.Now().UnixMilli())
	var err error
	r.bin, err = build()
	require.NoError(tb, err)
	r.key = filepath.Join(r.dir, "token.key")
	require.NoError(tb, os.WriteFile(r.key, []byte("k1:"+strings.Repeat("5a", 32)+"\n"), 0o600))
	tb.Cleanup(r.dropIndices)
	return r
}

func (r *rig) esVersion() string {
	r.tb.Helper()
	var info struct {
		Version struct {
			Number       string `json:"number"`
			Distribution string `json:"distribution"`
		} `json:"version"`
	}
	r.ask(http.MethodGet, "/", nil, &info)
	return strings.TrimSpace(info.Version.Distribution + " " + info.Version.Number)
}

// ask sends a request to Elasticsearch.
func (r *rig) ask(method, path string, body, answer any) {
	r.tb.Helper()
	require.NoError(r.tb, r.tryAsk(method, path, body, answer))
}

func (r *rig) tryAsk(method, path string, body, answer any) error {
	var in io.Reader = http.NoBody
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(context.Background(), method, r.esURL+path, in)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := r.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, res.Status, b)
	}
	if answer == nil {
		return nil
	}
	return json.Unmarshal(b, answer)
}

func (r *rig) dropIndices() {
	if r.es != nil {
		return // they go with the server
	}
	for _, p := range []string{r.prefix, r.prefix + "-again"} {
		for _, path := range []string{
			"/" + p + "-ads-000001," + p + "-clusters-000001?ignore_unavailable=true",
			"/_index_template/" + p + "-*", "/_component_template/" + p + "-*",
		} {
			if err := r.tryAsk(http.MethodDelete, path, nil, nil); err != nil {
				r.tb.Logf("clean up: %v", err)
			}
		}
	}
}

// palermo runs a command to its end and returns what it printed.
func (r *rig) palermo(args ...string) string {
	r.tb.Helper()
	out, err := r.tryPalermo(args...)
	require.NoError(r.tb, err)
	return out
}

func (r *rig) tryPalermo(args ...string) (string, error) {
	//nolint:noctx // every command ends by itself
	cmd := exec.Command(filepath.Join(r.bin, "palermo"), args...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), r.login("operator")...)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("palermo %s: %w: %s%s", args[0], err, out.String(), errOut.String())
	}
	return out.String(), nil
}

// kafkaArgs are the flags with which a command reaches the brokers.
func (r *rig) kafkaArgs(more ...string) []string {
	return append(more, "-brokers", strings.Join(r.brokers, ","))
}

func (r *rig) elasticArgs(more ...string) []string {
	return append(more, "-elasticsearch", r.esURL, "-elasticsearch-prefix", r.prefix)
}

// generate writes a feed.
func (r *rig) generate(ads int) {
	r.tb.Helper()
	r.feed = filepath.Join(r.dir, "feed.ndjson")
	r.palermo("generate", "-ads", strconv.Itoa(ads), "-seed", "3", "-out", r.feed)
}

// launch starts one process of a service under a name such as "scorer-2" and
// waits until it is ready.
func (r *rig) launch(name string, env ...string) {
	r.tb.Helper()
	kind, _, _ := strings.Cut(name, "-")
	admin := fmt.Sprintf("127.0.0.1:%d", proctest.FreePort(r.tb))
	settings := append([]string{
		"PALERMO_ADMIN_LISTEN=" + admin,
		"PALERMO_LOG_LEVEL=warn",
		"PALERMO_KAFKA_BROKERS=" + strings.Join(r.brokers, ","),
		"PALERMO_KAFKA_SNAPSHOT_DIR=" + filepath.Join(r.dir, "state", name),
		// A member that was killed is missed after this long.
		"PALERMO_KAFKA_SESSION_TIMEOUT=9s", "PALERMO_KAFKA_REBALANCE_TIMEOUT=9s",
		"PALERMO_KAFKA_HEARTBEAT_INTERVAL=1s", "PALERMO_KAFKA_DRAIN_TIMEOUT=3s",
		"PALERMO_KAFKA_SNAPSHOT_EVERY=20000",
		"PALERMO_TOKEN_KEYS=file:" + r.key,
		"PALERMO_GATEWAY_ALLOW_ANONYMOUS=true",
		"PALERMO_ELASTICSEARCH_ADDRESSES=" + r.esURL,
		"PALERMO_ELASTICSEARCH_PREFIX=" + r.prefix,
		"PALERMO_ELASTICSEARCH_REPLICAS=0",
	}, env...)
	settings = append(settings, r.login(kind)...)
	s := &service{admin: admin}
	s.Process = &proctest.Process{
		Name: name,
		Command: func() *exec.Cmd {
			cmd := exec.Command(filepath.Join(r.bin, kind)) //nolint:noctx // Process ends it
			cmd.Dir = r.dir
			cmd.Env = append(os.Environ(), settings...)
			return cmd
		},
		Ready:       func(ctx context.Context) error { return r.ready(ctx, admin) },
		BootTimeout: 2 * time.Minute,
	}
	s.Start(r.tb)
	r.services[name] = s
}

func (r *rig) ready(ctx context.Context, admin string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+admin+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	res, err := r.http.Do(req)
	if err != nil {
		return err
	}
	if err := res.Body.Close(); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return errors.New(res.Status)
	}
	return nil
}

// crash kills a process and starts it again.
func (r *rig) crash(name string) {
	r.tb.Helper()
	s := r.services[name]
	s.spent += r.cpu(s)
	s.Kill()
	s.Start(r.tb)
}

// stages are the services with two processes each.
var stages = []string{"normalizer", "clusterer", "scorer", "indexer"}

// launchAll starts two processes of every stage and a gateway, and returns the
// gateway's address.
func (r *rig) launchAll() string {
	r.tb.Helper()
	for _, s := range stages {
		for i := range 2 {
			r.launch(fmt.Sprintf("%s-%d", s, i+1))
		}
	}
	listen := fmt.Sprintf("127.0.0.1:%d", proctest.FreePort(r.tb))
	// A test sends as fast as it can.
	r.launch("gateway-1", "PALERMO_GATEWAY_LISTEN="+listen,
		"PALERMO_GATEWAY_RATE_ADS_PER_SECOND=1000000", "PALERMO_GATEWAY_RATE_BURST=1000000")
	return "http://" + listen
}

// cpu returns the seconds of processor time that a process has used.
func (r *rig) cpu(s *service) float64 {
	r.tb.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, "http://"+s.admin+"/metrics", http.NoBody)
	require.NoError(r.tb, err)
	res, err := r.http.Do(req)
	if err != nil {
		return 0 // it has just ended
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		if v, ok := strings.CutPrefix(lines.Text(), "process_cpu_seconds_total "); ok {
			f, err := strconv.ParseFloat(v, 64)
			require.NoError(r.tb, err)
			return f
		}
	}
	return 0
}

// logCPU logs the processor seconds per million adverts of each service, and of
// the servers where they are the test's own.
func (r *rig) logCPU(ads int) {
	r.tb.Helper()
	sum := map[string]float64{}
	for name, s := range r.services {
		kind, _, _ := strings.Cut(name, "-")
		sum[kind] += s.spent + r.cpu(s)
	}
	if r.kafka != nil {
		sum["kafka"] = processSeconds(r.kafka.PID())
	}
	line := fmt.Sprintf("CPU seconds per million adverts, from %d:", ads)
	for _, kind := range append(append([]string{"gateway"}, stages...), "kafka") {
		if v, ok := sum[kind]; ok {
			line += fmt.Sprintf(" %s %.0f", kind, v*1e6/float64(ads))
		}
	}
	r.tb.Log(line)
}

// processSeconds returns the processor time of another process, 0 where the
// system does not say.
func processSeconds(pid int) float64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	if len(f) < 13 {
		return 0
	}
	user, err1 := strconv.ParseFloat(f[11], 64)
	system, err2 := strconv.ParseFloat(f[12], 64)
	if errors.Join(err1, err2) != nil {
		return 0
	}
	return (user + system) / 100
}

// administer returns a view of the topics.
func (r *rig) administer() *stream.Admin {
	r.tb.Helper()
	conf := stream.AdminConfig{Brokers: r.brokers, ClientID: "e2e"}
	if r.kafka != nil {
		conf.Security = r.kafka.Security(streamtest.AdminUser)
	}
	a, err := stream.NewAdmin(conf)
	require.NoError(r.tb, err)
	r.tb.Cleanup(a.Close)
	return a
}

// arrived returns how many records a topic holds, 0 while nobody answers.
func arrived(ctx context.Context, a *stream.Admin, topic string) (sum int64) {
	offsets, err := a.Offsets(ctx, topic)
	if err != nil {
		return 0
	}
	for _, o := range offsets {
		sum += o.Next
	}
	return sum
}
