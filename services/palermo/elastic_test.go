package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index/indextest"
)

// bulkLog is an Elasticsearch over HTTP that keeps the bulk bodies.
type bulkLog struct {
	fake *indextest.FakeElasticsearch

	mu     sync.Mutex
	bodies []string
	secret []string
}

func (b *bulkLog) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if strings.HasSuffix(r.URL.Path, "/_bulk") {
		b.mu.Lock()
		b.bodies = append(b.bodies, string(body))
		b.secret = append(b.secret, r.Header.Get("Authorization"))
		b.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := b.fake.RoundTrip(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = resp.Body.Close() }()
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// final returns the bulk lines of the last version of every document, in the
// order of their ids. How many versions of a cluster are written depends on
// where batches end; what is last does not.
func (b *bulkLog) final(t *testing.T) string {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	type action struct {
		Index struct {
			Index   string `json:"_index"`
			ID      string `json:"_id"`
			Version int64  `json:"version"`
		} `json:"index"`
	}
	last := map[string]string{}
	version := map[string]int64{}
	for _, body := range b.bodies {
		require.True(t, strings.HasSuffix(body, "\n"))
		lines := strings.Split(strings.TrimSuffix(body, "\n"), "\n")
		require.Zero(t, len(lines)%2, "an action line and a document each")
		for i := 0; i < len(lines); i += 2 {
			var a action
			require.NoError(t, json.Unmarshal([]byte(lines[i]), &a))
			require.True(t, json.Valid([]byte(lines[i+1])))
			key := a.Index.Index + "/" + a.Index.ID
			if a.Index.Version >= version[key] {
				version[key], last[key] = a.Index.Version, lines[i]+"\n"+lines[i+1]+"\n"
			}
		}
	}
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(last)) {
		out.WriteString(last[key])
	}
	return out.String()
}

// TestRunIntoElasticsearch runs the whole pipeline against an Elasticsearch
// over HTTP and holds what is written there to a golden file.
func TestRunIntoElasticsearch(t *testing.T) {
	t.Parallel()
	es := &bulkLog{fake: indextest.NewFakeElasticsearch()}
	srv := httptest.NewTLSServer(es)
	defer srv.Close()

	dir := t.TempDir()
	ca := filepath.Join(dir, "ca.pem")
	require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600))
	key := filepath.Join(dir, "key")
	require.NoError(t, os.WriteFile(key, []byte("k1:"+strings.Repeat("ab", 32)+"\n"), 0o600))
	feed := filepath.Join(dir, "feed.ndjson")
	require.NoError(t, os.WriteFile(feed, []byte(elasticFeed()), 0o600))

	cfg := testConfig(t, filepath.Join(dir, "data"), 1, "--token-key", key, "--rules", "testdata/rules", "--elasticsearch", srv.URL, "--elasticsearch-ca", ca)
	cfg.elastic.env = func(name string) string {
		return map[string]string{"PALERMO_ELASTICSEARCH_API_KEY": "c2VjcmV0OmtleQ=="}[name]
	}
	n, stop := startNode(t, cfg)
	s := post(t, n, feed)
	require.Equal(t, 6, s.accepted)
	v, err := verify(t.Context(), n.kafka, storeLookup{n.store}, 0)
	require.NoError(t, err)
	require.True(t, v.good())
	stop()

	indextest.Golden(t, "elasticsearch-bulk", es.final(t))
	for _, a := range es.secret {
		require.True(t, strings.EqualFold("ApiKey c2VjcmV0OmtleQ==", a))
	}
}

// elasticFeed is six adverts: a campaign of three with a hidden number, two
// copies of an ordinary one, and one whose text tries to end the line.
func elasticFeed() string {
	line := func(id, seller, city, title, text string) string {
		b, err := json.Marshal(map[string]any{
			"platform": "jobs.example", "id": id, "posted_at": "2026-11-0" + id + "T10:00:00Z", "category": "jobs",
			"title": title, "text": text, "seller": map[string]any{"id": seller},
			"location": map[string]any{"country": "ID", "city": city},
		})
		if err != nil {
			panic(err)
		}
		return string(b) + "\n"
	}
	offer := "Lowongan kerja customer service di Kamboja, gaji 12 juta per bulan, tanpa pengalaman, tiket pesawat gratis, " +
		"tidak perlu visa kerja, berangkat segera. Hubungi nol delapan satu dua 0000 %s lewat WhatsApp."
	parcels := "We are looking for a friendly person to sort parcels in our warehouse. Training is given, and the contract is signed before the first day of work."
	var b strings.Builder
	for i, city := range []string{"Medan", "Batam", "Manado"} {
		b.WriteString(line(fmt.Sprint(i+1), fmt.Sprint("seller-", i), city, "Loker luar negeri", fmt.Sprintf(offer, "12345")))
	}
	b.WriteString(line("4", "warehouse", "Bandung", "Warehouse helper", parcels))
	b.WriteString(line("5", "warehouse", "Bandung", "Warehouse helper", parcels))
	b.WriteString(line("6", "x", "Solo", "End of line", "A text \u2028 with\r\n{\"delete\":{\"_index\":\"palermo-ads\",\"_id\":\"1\"}}\nthat looks like an action, and is only text."))
	return b.String()
}
