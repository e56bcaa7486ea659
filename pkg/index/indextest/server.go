//go:build unix

package indextest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// EnvElasticsearchHome names the environment variable with the folder of an
// unpacked Elasticsearch that tests may start processes of their own from.
const EnvElasticsearchHome = "PALERMO_ELASTICSEARCH_HOME"

// EnvJava names the environment variable with the Java that StartServer runs;
// without it, it is the one in PATH.
const EnvJava = "PALERMO_JAVA"

const (
	// The server refuses to run as root: then it runs as "nobody".
	nobody = 65534
	// The ports lie below those that systems give to outgoing connections, so
	// that a server finds its own free when it comes back.
	firstPort, lastPort = 9400, 9499
	bootTimeout         = 3 * time.Minute
	stopTimeout         = time.Minute
	pollEvery           = 100 * time.Millisecond
	logTail             = 4 << 10
)

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
	tb             testing.TB
	home, dir      string
	java, heap     string
	http, tcp      int
	settings       []string
	cmd            *exec.Cmd
	ended          chan struct{}
	mu             sync.Mutex
	output         bytes.Buffer
	runningAsOther bool
}

// StartServer starts the Elasticsearch that is unpacked in home, waits until it
// answers, and returns its address. The server ends with the test. It has no
// security: it listens on the loopback interface only.
func StartServer(tb testing.TB, home string, opts ...ServerOption) (string, *Server) {
	tb.Helper()
	s := &Server{tb: tb, home: home, heap: "1g", java: os.Getenv(EnvJava), runningAsOther: os.Getuid() == 0}
	for _, o := range opts {
		o(s)
	}
	var err error
	// Not tb.TempDir: only its owner can look into the folder above that one.
	s.dir, err = os.MkdirTemp("", "palermo-elasticsearch-") //nolint:usetesting // see above
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, os.RemoveAll(s.dir)) })
	if s.java == "" {
		s.java, err = exec.LookPath("java")
		require.NoError(tb, err, "set %s to a Java to run the server with", EnvJava)
	}
	s.http, err = freePort()
	require.NoError(tb, err)
	s.tcp, err = freePort()
	require.NoError(tb, err)
	require.NoError(tb, s.prepare())
	tb.Cleanup(func() {
		s.Kill()
		givePort(s.http)
		givePort(s.tcp)
	})
	s.Start()
	return s.URL(), s
}

// URL returns the server's address, which stays the same over a restart.
func (s *Server) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.http) }

// Log returns what the processes wrote so far. It may quote documents.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// Write takes the output of the processes.
func (s *Server) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.Write(b)
}

// Start runs the server on the data that it left, and waits until it answers.
// On a server that runs it does nothing.
func (s *Server) Start() {
	s.tb.Helper()
	if s.cmd != nil {
		return
	}
	require.NoError(s.tb, s.start())
	if err := s.await(); err != nil {
		log := s.Log()
		require.NoError(s.tb, err, "the server's last words:\n%s", log[max(0, len(log)-logTail):])
	}
}

// Stop asks the server to end, as an orderly restart does, and waits for it.
func (s *Server) Stop() {
	s.tb.Helper()
	require.NoError(s.tb, s.end(syscall.SIGTERM))
}

// Kill ends the launcher and the server at once, as the loss of power does to
// a process, and waits until both are gone. On a server that does not run it
// does nothing.
func (s *Server) Kill() {
	s.tb.Helper()
	require.NoError(s.tb, s.end(syscall.SIGKILL))
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
	if !s.runningAsOther {
		return nil
	}
	return filepath.WalkDir(s.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
}

func (s *Server) start() error {
	jars := filepath.Join(s.home, "lib", "*") + string(os.PathListSeparator) + filepath.Join(s.home, "lib", "cli-launcher", "*")
	//nolint:noctx // the process outlives any call; end stops it
	cmd := exec.Command(s.java, "-Xms4m", "-Xmx64m", "-XX:+UseSerialGC",
		"-Dcli.name=server", "-Dcli.script=./bin/elasticsearch", "-Dcli.libs=lib/tools/server-cli",
		"-Des.path.home="+s.home, "-Des.path.conf="+filepath.Join(s.dir, "config"), "-Des.distribution.type=tar",
		"-cp", jars, "org.elasticsearch.launcher.CliToolLauncher")
	cmd.Dir = s.home
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "ES_TMPDIR=" + filepath.Join(s.dir, "tmp"),
		"ES_JAVA_OPTS=-Xms" + s.heap + " -Xmx" + s.heap,
	}
	// One pipe for both: Wait returns only when the last process that holds it,
	// the server itself, is gone.
	cmd.Stdout, cmd.Stderr = s, s
	// The launcher starts the server: a group of their own takes a signal for both.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if s.runningAsOther {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: nobody, Gid: nobody}
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	s.cmd, s.ended = cmd, make(chan struct{})
	go func() {
		defer close(s.ended)
		_ = cmd.Wait() // a server that was killed always says so
	}()
	return nil
}

// await polls the server until it has all its primary shards.
func (s *Server) await() error {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	ctx, cancel := context.WithTimeout(context.Background(), bootTimeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		select {
		case <-s.ended:
			return errors.New("the server ended while it was starting")
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer within %s", bootTimeout)
		case <-tick.C:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/_cluster/health?wait_for_status=yellow&timeout=1s", http.NoBody)
		if err != nil {
			return fmt.Errorf("ask the server: %w", err)
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		if err := res.Body.Close(); err == nil && res.StatusCode == http.StatusOK {
			return nil
		}
	}
}

// end sends a signal to the group and waits until every process of it is gone.
func (s *Server) end(sig syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	if err := syscall.Kill(-s.cmd.Process.Pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal the server: %w", err)
	}
	t := time.NewTimer(stopTimeout)
	defer t.Stop()
	select {
	case <-s.ended:
		s.cmd = nil
		return nil
	case <-t.C:
		return fmt.Errorf("the server did not end within %s", stopTimeout)
	}
}

// taken are the ports that servers of this process hold or will hold again.
var taken = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// freePort returns a port that nobody listens on and keeps it for the caller.
func freePort() (int, error) {
	taken.Lock()
	defer taken.Unlock()
	const n = lastPort - firstPort + 1
	for i, first := 0, rand.IntN(n); i < n; i++ {
		p := firstPort + (first+i)%n
		if taken.ports[p] {
			continue
		}
		var lc net.ListenConfig
		l, err := lc.Listen(context.Background(), "tcp", fmt.Sprintf("127.0.0.1:%d", p))
		if err != nil {
			continue
		}
		if err := l.Close(); err != nil {
			return 0, fmt.Errorf("look for a free port: %w", err)
		}
		taken.ports[p] = true
		return p, nil
	}
	return 0, fmt.Errorf("no port from %d to %d is free", firstPort, lastPort)
}

func givePort(p int) {
	taken.Lock()
	defer taken.Unlock()
	delete(taken.ports, p)
}
