package elastic_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
)

func recorded(t *testing.T, cfg elastic.Config) (*elastic.Store, *indextest.Recorder) {
	t.Helper()
	rec := indextest.NewRecorder(indextest.NewFakeElasticsearch())
	return open(t, cfg, rec), rec
}

// Every request as it stands on the wire. A change here is a change of what
// clusters see: look at the difference before accepting it with REGENERATE=1.
func TestWire(t *testing.T) {
	t.Parallel()
	cfg := fakeConfig()
	cfg.Replicas = 2
	s, rec := recorded(t, cfg)
	ctx := t.Context()
	require.NoError(t, s.Ping(ctx))
	rec.Golden(t, "ping")
	require.NoError(t, s.Setup(ctx))
	rec.Golden(t, "setup-first")
	require.NoError(t, s.Setup(ctx))
	rec.Golden(t, "setup-again")

	_, err := s.Write(ctx, []index.Document{indextest.Ad(t, 1, 7), indextest.Cluster(t, 1, 9), indextest.Ad(t, 2, 8)})
	require.NoError(t, err)
	rec.Golden(t, "bulk")
	_, err = s.Write(ctx, []index.Document{indextest.AdWith(t, 3, 1, indextest.Hostile, indextest.Hostile)})
	require.NoError(t, err)
	rec.Golden(t, "bulk-hostile")

	require.NoError(t, s.Refresh(ctx))
	rec.Golden(t, "refresh")
	_, err = s.Count(ctx, index.KindClusters)
	require.NoError(t, err)
	rec.Golden(t, "count")
	_, err = s.Get(ctx, index.KindAds, "abc")
	require.ErrorIs(t, err, index.ErrNotFound)
	rec.Golden(t, "get")
	_, err = s.Has(ctx, index.KindClusters, []string{"abc", "not an id", "def", "abc"})
	require.NoError(t, err)
	rec.Golden(t, "has")
	_, err = s.Erase(ctx, index.KindAds, []string{"abc"})
	require.NoError(t, err)
	rec.Golden(t, "erase")

	at := time.Date(2026, 11, 24, 1, 2, 3, 4_000_000, time.FixedZone("", 7*3600))
	for name, q := range map[string]index.Query{
		"search-default-ads":      {Kind: index.KindAds},
		"search-default-clusters": {Kind: index.KindClusters},
		"search-merged":           {Kind: index.KindClusters, Merged: true, Sort: index.SortSize, Offset: 20, Limit: 5},
		"search-text":             {Kind: index.KindAds, Text: `bavet "no experience" -puppies -"free of charge"`, Sort: index.SortRelevance},
		"search-filters": {
			Kind: index.KindAds, Levels: []string{"high", "medium"}, Typologies: []string{"forced_labour"},
			Platforms: []string{"jobs.example"}, Clusters: []string{"c01"}, Languages: []string{"id"},
			Indicators: []string{"fl-passport-kept"}, Contacts: []string{"k1:00"}, From: at, To: at.Add(time.Hour),
			MinScore: 0.5, Sort: index.SortTime,
		},
		"search-cluster-filters": {
			Kind: index.KindClusters, Platforms: []string{`hostile"}}`}, Languages: []string{"id"}, Contacts: []string{"k1:00"}, From: at,
		},
	} {
		_, err := s.Search(ctx, q)
		require.NoError(t, err, name)
		rec.Golden(t, name)
	}
}

func TestWireWithoutManaging(t *testing.T) {
	t.Parallel()
	cfg := fakeConfig()
	s, rec := recorded(t, cfg)
	require.NoError(t, s.Setup(t.Context()))
	rec.Wire()
	cfg.Manage = false
	fake := indextest.NewFakeElasticsearch()
	unmanaged := indextest.NewRecorder(fake)
	err := open(t, cfg, unmanaged).Setup(t.Context())
	requireFatal(t, err)
	unmanaged.Golden(t, "setup-unmanaged")
	require.Equal(t, 1, fake.Requests(), "nothing is made")
}

func TestAHostileDocumentStaysOnItsLine(t *testing.T) {
	t.Parallel()
	s, rec := recorded(t, fakeConfig())
	require.NoError(t, s.Setup(t.Context()))
	rec.Wire()
	docs := []index.Document{
		indextest.AdWith(t, 1, 1, indextest.Hostile, indextest.Hostile),
		{Kind: index.KindAds, ID: "a", Version: 1, Body: []byte("{}\n{\"delete\":{\"_id\":\"victim\"}}")},
		{Kind: index.KindAds, ID: "a\"}}\n{\"delete\":{\"_id\":\"victim\"}}", Version: 1, Body: []byte("{}")},
	}
	outcomes, err := s.Write(t.Context(), docs)
	require.NoError(t, err)
	require.Equal(t, index.StatusWritten, outcomes[0].Status)
	require.Equal(t, index.CodeDocument, outcomes[1].Code)
	require.Equal(t, index.CodeID, outcomes[2].Code)
	lines := strings.Split(strings.TrimSpace(rec.Wire()), "\n")
	require.Len(t, lines, 3, "the request, one action and one document")
}
