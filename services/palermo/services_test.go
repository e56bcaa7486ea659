package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest"
	"golang.org/x/sync/errgroup"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/services/clusterer"
	"palermo.internal/services/gateway"
	"palermo.internal/services/indexer"
	"palermo.internal/services/normalizer"
	"palermo.internal/services/scorer"
)

// TestServicesOneByOne runs every service as its own binary would, from its own
// settings, against one broker and an Elasticsearch.
func TestServicesOneByOne(t *testing.T) {
	t.Parallel()
	broker, err := startBroker("", 0)
	require.NoError(t, err)
	defer broker.close()
	brokers := broker.addresses()
	kafka := kafkaAccess{brokers: brokers}
	require.NoError(t, topicPlan{partitions: 2, replication: 1, everKept: true}.ensure(t.Context(), kafka))
	es := httptest.NewServer(&bulkLog{fake: indextest.NewFakeElasticsearch()})
	defer es.Close()

	common := func(s *stage.Settings) {
		s.Kafka.Brokers = brokers
		s.Kafka.HeartbeatInterval, s.Kafka.JoinGroupBackoff = 200*time.Millisecond, 100*time.Millisecond
		s.Kafka.SnapshotDir = t.TempDir()
	}
	deps := func(name string) ops.Deps {
		return ops.Deps{Logger: zaptest.NewLogger(t, zaptest.Level(zapcore.ErrorLevel)).Named(name), Registry: prometheus.NewRegistry()}
	}
	var services []ops.Service
	add := func(s ops.Service, err error) {
		t.Helper()
		require.NoError(t, err)
		services = append(services, s)
	}

	n := normalizer.DefaultSettings()
	common(&n.Settings)
	n.TokenKeys = ops.Secret("k1:" + strings.Repeat("ab", 32))
	require.NoError(t, n.Validate())
	add(normalizer.NewService(n, deps("normalizer")))
	c := clusterer.DefaultSettings()
	common(&c.Settings)
	require.NoError(t, c.Validate())
	add(clusterer.NewService(c, deps("clusterer")))
	s := scorer.DefaultSettings()
	common(&s.Settings)
	require.NoError(t, s.Validate())
	add(scorer.NewService(s, deps("scorer")))
	i := indexer.DefaultSettings()
	common(&i.Settings)
	i.Elasticsearch.Addresses = []string{es.URL}
	require.NoError(t, i.Validate())
	add(indexer.NewService(i, deps("indexer")))
	g := gateway.DefaultSettings()
	common(&g.Settings)
	g.Gateway.Listen, g.Gateway.AllowAnonymous = freePort(t), true
	require.NoError(t, g.Validate())
	add(gateway.NewService(g, deps("gateway")))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	group, gctx := errgroup.WithContext(ctx)
	for _, svc := range services {
		group.Go(func() error { return svc.Run(gctx) })
	}

	feed := generateFeed(t, 300)
	files, err := checkFiles([]string{feed})
	require.NoError(t, err)
	env := &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard, getenv: func(string) string { return "" }}
	sender := &sender{url: "http://" + g.Gateway.Listen + "/v1/ads", patience: time.Minute, env: env}
	defer sender.close()
	require.NoError(t, sender.sendFiles(t.Context(), files, func(int) {}))
	require.Equal(t, 300, sender.accepted)

	cfg := elastic.DefaultConfig()
	cfg.Addresses = []string{es.URL}
	store, err := elastic.New(cfg, elastic.Deps{Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	v, err := verify(t.Context(), kafka, storeLookup{store}, time.Minute)
	require.NoError(t, err)
	require.True(t, v.good(), "%+v", v)
	require.Equal(t, 300, v.Indexed)
	clusters, err := store.Count(t.Context(), index.KindClusters)
	require.NoError(t, err)
	require.Positive(t, clusters)
	for i, svc := range services {
		require.NoError(t, svc.Live(), "service %d", i)
		require.NoError(t, svc.Ready(), "service %d", i)
	}

	cancel()
	require.NoError(t, group.Wait())
	http.DefaultClient.CloseIdleConnections()
}

// TestSettingsNameWhatIsWrong keeps the mistakes that a first start makes from
// getting through.
func TestSettingsNameWhatIsWrong(t *testing.T) {
	t.Parallel()
	n := normalizer.DefaultSettings()
	require.ErrorContains(t, n.Validate(), "token_keys")
	n.TokenKeys = "k1:00"
	n.Kafka.Brokers = nil
	n.SASL.Mechanism = "PLAIN"
	n.Log.Level = "loud"
	for _, want := range []string{"kafka", "brokers", "PLAIN", "log.level"} {
		require.ErrorContains(t, n.Validate(), want)
	}
	c := clusterer.DefaultSettings()
	c.Kafka.Topic = "other"
	require.ErrorContains(t, c.Validate(), "kafka.topic")
	require.NotEmpty(t, fmt.Sprint(scorer.DefaultSettings()))
}
