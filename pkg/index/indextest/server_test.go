//go:build unix

package indextest_test

import (
	"net/http"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index/indextest"
)

// A server comes back on its address with its data, and is gone when it should be.
func TestStartServer(t *testing.T) {
	t.Parallel()
	home := os.Getenv(indextest.EnvElasticsearchHome)
	if home == "" {
		t.Skipf("set %s to the folder of an unpacked Elasticsearch", indextest.EnvElasticsearchHome)
	}
	url, s := indextest.StartServer(t, home, indextest.WithHeap("512m"))
	defer http.DefaultClient.CloseIdleConnections()
	answers := func(method, path string) int {
		req, err := http.NewRequestWithContext(t.Context(), method, url+path, http.NoBody)
		require.NoError(t, err)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0
		}
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, answers(http.MethodPut, "/mine"))
	for _, end := range []func(){s.Kill, s.Stop} {
		end()
		require.Zero(t, answers(http.MethodGet, "/"), "nobody listens")
		end()
		s.Start()
		s.Start()
		require.Equal(t, http.StatusOK, answers(http.MethodGet, "/mine"))
	}
}
