//go:build unix

package proctest

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestProcess starts a shell that starts another process: a kill ends both, and
// it can be started again.
func TestProcess(t *testing.T) {
	t.Parallel()
	p := &Process{
		Name: "sleeper",
		Command: func() *exec.Cmd {
			return exec.CommandContext(t.Context(), "sh", "-c", "sleep 100 & echo started; wait")
		},
	}
	p.Ready = func(context.Context) error {
		if !strings.Contains(p.Log(), "started") {
			return errors.New("not yet")
		}
		return nil
	}
	require.False(t, p.Running())
	p.Start(t)
	require.True(t, p.Running())
	first := p.PID()
	p.Start(t)
	require.Equal(t, first, p.PID(), "a second start of a running server does nothing")
	p.Kill()
	require.False(t, p.Running())
	p.Start(t)
	require.NotEqual(t, first, p.PID())
	p.Stop()
	require.False(t, p.Running())
	p.Kill()
}

func TestFreePortIsGivenOnce(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for range 20 {
		p := FreePort(t)
		require.False(t, seen[p])
		seen[p] = true
	}
}
