//go:build unix

package indextest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/proctest"
)

// EnvElasticsearchHome names the environment variable with the folder of an
// unpacked Elasticsearch that tests may start processes of their own from.
const EnvElasticsearchHome = "PALERMO_ELASTICSEARCH_HOME"

// nobody is who runs the server for root: it refuses to run as root itself.
const nobody = 65534

// ServerOption changes how StartServer runs a server.
type ServerOption func(*Server)

// WithHeap sets the server's heap, as Java writes it; "1g" without it.
func WithHeap(size string) ServerOption { return func(s *Server) { s.heap = size } }

// WithSetting adds a line to the server's elasticsearch.yml.
func WithSetting(key, value string) ServerOption {
	return func(s *Server) { s.settings = append(s.settings, key+": "+value) }
}

// Server is an Elasticsearch process of a test's own, on one node, with its
// data in a folder that goes with the test. Its methods fail the test, so they
// belong on the test's goroutine.
type Server struct {
	process    *proctest.Process
	tb         testing.TB
	home, dir  string
	java, heap string
	http, tcp  int
	settings   []string
}

// StartServer starts the Elasticsearch that is unpacked in home, waits until it
// answers, and returns its address. The server ends with the test. It has no
// security: it listens on the loopback interface only.
func StartServer(tb testing.TB, home string, opts ...ServerOption) (string, *Server) {
	tb.Helper()
	s := &Server{tb: tb, home: home, heap: "1g", java: proctest.Java(tb), http: proctest.FreePort(tb), tcp: proctest.FreePort(tb)}
	for _, o := range opts {
		o(s)
	}
	var err error
	// Not tb.TempDir: only its owner can look into the folder above that one.
	s.dir, err = os.MkdirTemp("", "palermo-elasticsearch-") //nolint:usetesting // see above
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(s.dir)) })
	require.NoError(tb, s.prepare())
	s.process = &proctest.Process{Name: "Elasticsearch", Command: s.command, Ready: s.ready, BootTimeout: 3 * time.Minute}
	s.Start()
	return s.URL(), s
}

// URL returns the server's address, which stays the same over a restart.
func (s *Server) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.http) }

// Log returns what the processes wrote so far. It may quote documents.
func (s *Server) Log() string { return s.process.Log() }

// PID returns the id of the launcher; the server's own process is its child.
func (s *Server) PID() int { return s.process.PID() }

// Start runs the server on the data that it left, and waits until it answers.
// On a server that runs it does nothing.
func (s *Server) Start() {
	s.tb.Helper()
	s.process.Start(s.tb)
}

// Stop asks the server to end, as an orderly restart does, and waits for it.
func (s *Server) Stop() {
	s.tb.Helper()
	s.process.Stop()
}

// Kill ends the launcher and the server at once, as the loss of power does to
// a process, and waits until both are gone. On a server that does not run it
// does nothing.
func (s *Server) Kill() {
	s.tb.Helper()
	s.process.Kill()
}

// prepare writes the settings and hands the folder to who runs the server.
func (s *Server) prepare() error {
	conf := filepath.Join(s.dir, "config")
	for _, d := range []string{conf, filepath.Join(s.dir, "data"), filepath.Join(s.dir, "logs"), filepath.Join(s.dir, "tmp")} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			return fmt.Errorf("make a folder for the server: %w", err)
		}
	}
	for _, name := range []string{"jvm.options", "log4j2.properties"} {
		b, err := os.ReadFile(filepath.Join(s.home, "config", name))
		if err != nil {
			return fmt.Errorf("read the server's defaults: %w", err)
		}
		if err := os.WriteFile(filepath.Join(conf, name), b, 0o600); err != nil {
			return fmt.Errorf("write the server's settings: %w", err)
		}
	}
	lines := append([]string{
		"cluster.name: palermo-test",
		"node.name: palermo-test-1",
		"path.data: " + filepath.Join(s.dir, "data"),
		"path.logs: " + filepath.Join(s.dir, "logs"),
		"http.host: 127.0.0.1",
		fmt.Sprintf("http.port: %d", s.http),
		"transport.host: 127.0.0.1",
		fmt.Sprintf("transport.port: %d", s.tcp),
		"discovery.type: single-node",
		"xpack.security.enabled: false",
		"xpack.security.autoconfiguration.enabled: false",
		// The disks of developers are full more often than those of clusters.
		"cluster.routing.allocation.disk.threshold_enabled: false",
	}, s.settings...)
	if err := os.WriteFile(filepath.Join(conf, "elasticsearch.yml"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		return fmt.Errorf("write the server's settings: %w", err)
	}
	if !asNobody() {
		return nil
	}
	return filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody) //nolint:gosec // nobody else has been let into this folder yet
	})
}

func asNobody() bool { return os.Getuid() == 0 }

// command is the launcher, which starts the server and passes signals on.
func (s *Server) command() *exec.Cmd {
	jars := filepath.Join(s.home, "lib", "*") + string(os.PathListSeparator) + filepath.Join(s.home, "lib", "cli-launcher", "*")
	//nolint:noctx,gosec // the process outlives any call, Process ends it; its words are the test's own
	cmd := exec.Command(s.java, "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC",
		"-Dcli.name=server", "-Dcli.script=./bin/elasticsearch", "-Dcli.libs=lib/tools/server-cli",
		"-Des.path.home="+s.home, "-Des.path.conf="+filepath.Join(s.dir, "config"), "-Des.distribution.type=tar",
		"-cp", jars, "org.elasticsearch.launcher.CliToolLauncher")
	cmd.Dir = s.home
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "ES_TMPDIR=" + filepath.Join(s.dir, "tmp"),
		"ES_JAVA_OPTS=-Xms" + s.heap + " -Xmx" + s.heap,
	}
	if asNobody() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}

// ready reports whether the server has all its primary shards.
func (s *Server) ready(ctx context.Context) error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/_cluster/health?wait_for_status=yellow&timeout=1s", http.NoBody)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	res, err := client.Do(req)
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
