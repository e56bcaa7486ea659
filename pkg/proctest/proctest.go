//go:build unix

// Package proctest runs server processes for tests: each in a process group of
// its own, so that it can be stopped and killed as a whole and started again.
// It is imported by tests only.
package proctest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// EnvJava names the environment variable with the Java that servers run on;
// without it, it is the one in PATH.
const EnvJava = "PALERMO_JAVA"

const (
	stopTimeout = time.Minute
	pollEvery   = 50 * time.Millisecond
	logTail     = 4 << 10
	// Ports lie below those that systems give to outgoing connections, so that a
	// server finds its own free when it comes back.
	firstPort, lastPort = 9500, 9899
)

// Java returns the Java to run servers on.
func Java(tb testing.TB) string {
	tb.Helper()
	if java := os.Getenv(EnvJava); java != "" {
		return java
	}
	java, err := exec.LookPath("java")
	require.NoError(tb, err, "set %s to a Java to run the server with", EnvJava)
	return java
}

// Process is a server that can be started again and again. Its methods fail the
// test, so they belong on the test's goroutine.
type Process struct {
	// Name says in failures which server it is.
	Name string
	// Command returns the command to run, once a start. Its output is kept.
	Command func() *exec.Cmd
	// Ready returns nil once the server answers; it is asked until then, at most
	// for BootTimeout.
	Ready       func(ctx context.Context) error
	BootTimeout time.Duration

	tb     testing.TB
	cmd    *exec.Cmd
	ended  chan struct{}
	mu     sync.Mutex
	output bytes.Buffer
}

// Start runs the server and waits until it answers. It ends with the test, at
// the latest. On a server that runs, Start does nothing.
func (p *Process) Start(tb testing.TB) {
	tb.Helper()
	if p.cmd != nil {
		return
	}
	if p.tb == nil {
		p.tb = tb
		tb.Cleanup(func() { require.NoError(tb, p.end(syscall.SIGKILL)) })
	}
	cmd := p.Command()
	// One pipe for both: Wait returns only when the last process that holds it
	// is gone, also where a launcher starts the server.
	cmd.Stdout, cmd.Stderr = p, p
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	require.NoError(tb, cmd.Start(), "start %s", p.Name)
	p.cmd, p.ended = cmd, make(chan struct{})
	go func(ended chan struct{}) {
		defer close(ended)
		_ = cmd.Wait() // a server that was killed always says so
	}(p.ended)
	if err := p.await(); err != nil {
		log := p.Log()
		require.NoError(tb, err, "%s: its last words:\n%s", p.Name, log[max(0, len(log)-logTail):])
	}
}

// await asks the server until it answers.
func (p *Process) await() error {
	timeout := p.BootTimeout
	if timeout <= 0 {
		timeout = time.Minute
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	var last error
	for {
		select {
		case <-p.ended:
			return errors.New("the server ended while it was starting")
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer within %s: %w", timeout, errors.Join(ctx.Err(), last))
		case <-tick.C:
		}
		if last = p.Ready(ctx); last == nil {
			return nil
		}
	}
}

// Running reports whether the server was started and has not ended.
func (p *Process) Running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// PID returns the process's id; it must have been started.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Stop asks the server to end, as an orderly restart does, and waits for it.
func (p *Process) Stop() {
	p.tb.Helper()
	require.NoError(p.tb, p.end(syscall.SIGTERM))
}

// Kill ends every process of the server at once, as the loss of power does to
// it, and waits until they are gone.
func (p *Process) Kill() {
	p.tb.Helper()
	require.NoError(p.tb, p.end(syscall.SIGKILL))
}

// end sends a signal to the group and waits until every process of it is gone.
func (p *Process) end(sig syscall.Signal) error {
	if p.cmd == nil {
		return nil
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s: %w", p.Name, err)
	}
	t := time.NewTimer(stopTimeout)
	defer t.Stop()
	select {
	case <-p.ended:
		p.cmd = nil
		return nil
	case <-t.C:
		return fmt.Errorf("%s did not end within %s", p.Name, stopTimeout)
	}
}

// Log returns what the processes wrote so far.
func (p *Process) Log() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// Write takes the output of the processes.
func (p *Process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(b)
}

// taken are the ports that were given away in this process.
var taken = struct {
	sync.Mutex
	ports map[int]bool
}{ports: map[int]bool{}}

// FreePort returns a port of the loopback interface that nobody listens on and
// keeps it for the caller until the test ends.
func FreePort(tb testing.TB) int {
	tb.Helper()
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
		require.NoError(tb, l.Close())
		taken.ports[p] = true
		tb.Cleanup(func() {
			taken.Lock()
			defer taken.Unlock()
			delete(taken.ports, p)
		})
		return p
	}
	require.Failf(tb, "no free port", "none of %d to %d", firstPort, lastPort)
	return 0
}
