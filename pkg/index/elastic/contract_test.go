package elastic_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
)

func fakeConfig() elastic.Config {
	cfg := elastic.DefaultConfig()
	cfg.Addresses = []string{"http://elasticsearch.test:9200"}
	return cfg
}

// open returns a store on any transport, with pauses of their full length.
func open(tb testing.TB, cfg elastic.Config, rt http.RoundTripper) *elastic.Store {
	tb.Helper()
	s, err := elastic.New(cfg, elastic.Deps{
		Registerer: prometheus.NewRegistry(), Transport: rt,
		Jitter: func(d time.Duration) time.Duration { return d },
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

func TestContract(t *testing.T) {
	t.Parallel()
	indextest.Contract(t, func(t *testing.T) index.Store {
		t.Helper()
		return open(t, fakeConfig(), indextest.NewFakeElasticsearch())
	})
}

func TestContractWithSmallCompressedRequests(t *testing.T) {
	t.Parallel()
	indextest.Contract(t, func(t *testing.T) index.Store {
		t.Helper()
		cfg := fakeConfig()
		cfg.Gzip, cfg.BulkDocs, cfg.BulkBytes, cfg.InFlight = true, 3, 4<<10, 1
		return open(t, cfg, indextest.NewFakeElasticsearch())
	})
}
