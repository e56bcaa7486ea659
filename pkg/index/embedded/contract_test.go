package embedded_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/embedded"
	"palermo.internal/pkg/index/indextest"
)

func open(tb testing.TB, dir string) *embedded.Store {
	tb.Helper()
	cfg := embedded.DefaultConfig()
	cfg.Dir = dir
	s, err := embedded.Open(cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	indextest.Contract(t, func(t *testing.T) index.Store {
		t.Helper()
		return open(t, t.TempDir())
	})
}
