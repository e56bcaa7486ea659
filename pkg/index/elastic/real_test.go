package elastic_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
)

// envElasticsearch names the address of a server to test against. The tests
// make and remove indices whose names begin with "palermo-test-".
const envElasticsearch = "PALERMO_E2E_ELASTICSEARCH"

var run atomic.Int64

func realServer(tb testing.TB) elastic.Config {
	tb.Helper()
	address := os.Getenv(envElasticsearch)
	if address == "" {
		tb.Skipf("set %s to the address of an Elasticsearch to test against", envElasticsearch)
	}
	cfg := elastic.DefaultConfig()
	cfg.Addresses = []string{address}
	cfg.Replicas = 0
	cfg.Prefix = fmt.Sprintf("palermo-test-%d-%d", time.Now().UnixMilli(), run.Add(1))
	return cfg
}

func openReal(tb testing.TB, cfg elastic.Config) *elastic.Store {
	tb.Helper()
	s, err := elastic.New(cfg, elastic.Deps{Registerer: prometheus.NewRegistry()})
	require.NoError(tb, err)
	tb.Cleanup(func() {
		require.NoError(tb, s.Close())
		for _, path := range []string{
			"/" + cfg.Prefix + "-ads-000001," + cfg.Prefix + "-clusters-000001?ignore_unavailable=true",
			"/_index_template/" + cfg.Prefix + "-*", "/_component_template/" + cfg.Prefix + "-*",
		} {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodDelete, cfg.Addresses[0]+path, http.NoBody)
			require.NoError(tb, err)
			res, err := http.DefaultClient.Do(req)
			require.NoError(tb, err)
			require.NoError(tb, res.Body.Close())
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return s
}

func TestContractAgainstARealServer(t *testing.T) {
	t.Parallel()
	realServer(t)
	indextest.Contract(t, func(t *testing.T) index.Store {
		t.Helper()
		return openReal(t, realServer(t))
	})
}
