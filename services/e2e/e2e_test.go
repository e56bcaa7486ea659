//go:build unix

package e2e

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/kibana"
	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

// counts is what palermo verify -json prints.
type counts struct {
	Ads          int   `json:"ads"`
	Indexed      int   `json:"indexed"`
	DeadLettered int   `json:"dead_lettered"`
	Missing      int   `json:"missing"`
	InIndex      int64 `json:"documents_in_index"`
}

// verify waits until every advert has arrived, and checks that none is there
// twice.
func (r *rig) verify(ads int, wait time.Duration) {
	r.tb.Helper()
	out, err := r.tryPalermo(r.kafkaArgs(r.elasticArgs("verify", "-json", "-wait", wait.String())...)...)
	require.NoError(r.tb, err)
	var c counts
	require.NoError(r.tb, json.Unmarshal([]byte(out), &c))
	require.Zero(r.tb, c.Missing)
	require.Equal(r.tb, ads, c.Ads)
	require.Equal(r.tb, ads, c.Indexed+c.DeadLettered)
	require.Equal(r.tb, int64(c.Indexed), c.InIndex, "a document is in the index twice")
	r.tb.Logf("raw %d = indexed %d + dead-lettered %d; %d documents", c.Ads, c.Indexed, c.DeadLettered, c.InIndex)
}

// clusterFacts is what two runs must agree on for a cluster.
type clusterFacts struct {
	Size  int
	Level string
}

// clustering is the outcome of a run: each advert's cluster, and the clusters.
type clustering struct {
	of       map[string]string
	clusters map[string]clusterFacts
}

// analyzed runs palermo analyze on a feed.
func (r *rig) analyzed(feed string) clustering {
	r.tb.Helper()
	dir := r.tb.TempDir()
	r.palermo("analyze", "-top", "0", "-token-key", r.key, "-out", dir, feed)
	c := clustering{of: map[string]string{}, clusters: map[string]clusterFacts{}}
	r.lines(filepath.Join(dir, "ads.ndjson"), func(line []byte) {
		var ad struct {
			Platform  string `json:"platform"`
			ID        string `json:"id"`
			ClusterID string `json:"cluster_id"`
		}
		require.NoError(r.tb, json.Unmarshal(line, &ad))
		c.of[ad.Platform+"/"+ad.ID] = ad.ClusterID
	})
	r.lines(filepath.Join(dir, "clusters.ndjson"), func(line []byte) {
		var cl struct {
			ClusterID string `json:"cluster_id"`
			Size      int    `json:"size"`
			Level     string `json:"level"`
		}
		require.NoError(r.tb, json.Unmarshal(line, &cl))
		c.clusters[cl.ClusterID] = clusterFacts{cl.Size, cl.Level}
	})
	return c
}

func (r *rig) lines(path string, f func([]byte)) {
	r.tb.Helper()
	file, err := os.Open(path)
	require.NoError(r.tb, err)
	defer func() { require.NoError(r.tb, file.Close()) }()
	s := bufio.NewScanner(file)
	s.Buffer(nil, 16<<20)
	for s.Scan() {
		f(s.Bytes())
	}
	require.NoError(r.tb, s.Err())
}

// indexed reads the same from Elasticsearch, links of merged clusters followed.
func (r *rig) indexed() clustering {
	r.tb.Helper()
	c := clustering{of: map[string]string{}, clusters: map[string]clusterFacts{}}
	into := map[string]string{}
	r.documents("clusters", "cluster_id", []string{"cluster_id", "merged_into", "size", "level"}, func(doc map[string]any) {
		id, _ := doc["cluster_id"].(string)
		if to, _ := doc["merged_into"].(string); to != "" {
			into[id] = to
			return
		}
		size, _ := doc["size"].(float64)
		level, _ := doc["level"].(string)
		c.clusters[id] = clusterFacts{int(size), level}
	})
	r.documents("ads", "doc_id", []string{"platform", "ad_id", "cluster_id"}, func(doc map[string]any) {
		id, _ := doc["cluster_id"].(string)
		for to := into[id]; to != ""; to = into[id] {
			id = to
		}
		c.of[fmt.Sprintf("%v/%v", doc["platform"], doc["ad_id"])] = id
	})
	return c
}

// documents reads all documents of a kind, page by page.
func (r *rig) documents(kind, sort string, fields []string, f func(map[string]any)) {
	r.tb.Helper()
	var after []any
	for {
		body := map[string]any{"size": 10_000, "_source": fields, "sort": []any{map[string]any{sort: "asc"}}}
		if after != nil {
			body["search_after"] = after
		}
		var answer struct {
			Hits struct {
				Hits []struct {
					Source map[string]any `json:"_source"`
					Sort   []any          `json:"sort"`
				} `json:"hits"`
			} `json:"hits"`
		}
		r.ask(http.MethodPost, "/"+r.prefix+"-"+kind+"/_search", body, &answer)
		for _, h := range answer.Hits.Hits {
			f(h.Source)
			after = h.Sort
		}
		if len(answer.Hits.Hits) < 10_000 {
			return
		}
	}
}

// asClustered writes the feed in the order in which ads.normalized holds it:
// with several partitions and members before it, that is the order of arrival,
// and clusters are a function of it.
func (r *rig) asClustered(a *stream.Admin) string {
	r.tb.Helper()
	byKey := map[string]string{}
	r.lines(r.feed, func(line []byte) {
		var ad struct {
			Platform string `json:"platform"`
			ID       string `json:"id"`
		}
		require.NoError(r.tb, json.Unmarshal(line, &ad))
		byKey[ad.Platform+"/"+ad.ID] = string(line)
	})
	path := filepath.Join(r.dir, "ordered.ndjson")
	f, err := os.Create(path)
	require.NoError(r.tb, err)
	w := bufio.NewWriter(f)
	require.NoError(r.tb, a.Scan(r.tb.Context(), "ads.normalized", stream.ScanOptions{}, func(rec stream.Record) error {
		line, ok := byKey[string(rec.Key)]
		if !ok {
			return nil // seen before: a copy that a retry made
		}
		delete(byKey, string(rec.Key))
		_, err := w.WriteString(line + "\n")
		return err
	}))
	require.Empty(r.tb, byKey, "every advert is on ads.normalized")
	require.NoError(r.tb, w.Flush())
	require.NoError(r.tb, f.Close())
	return path
}

// compare checks that the index holds the clusters that palermo analyze makes
// from the same log, and logs how far they agree with those of the feed's own
// order.
func (r *rig) compare(a *stream.Admin) {
	r.tb.Helper()
	got := r.indexed()
	want := r.analyzed(r.asClustered(a))
	require.Len(r.tb, got.of, len(want.of))
	differ := 0
	for ad, cluster := range want.of {
		if got.of[ad] != cluster {
			differ++
		}
	}
	require.Zero(r.tb, differ, "adverts that are in another cluster")
	require.Equal(r.tb, want.clusters, got.clusters)
	original := r.analyzed(r.feed)
	r.tb.Logf("%d adverts in %d clusters, as palermo analyze makes them; adjusted Rand index with the feed's own order: %.5f",
		len(got.of), len(got.clusters), adjustedRand(got.of, original.of))
}

// adjustedRand is the adjusted Rand index of two clusterings of the same items
// (Hubert and Arabie 1985): 1 where they are equal, about 0 where they have no
// more in common than chance.
func adjustedRand(a, b map[string]string) float64 {
	pairs := func(n int) float64 { return float64(n) * float64(n-1) / 2 }
	type cell struct{ a, b string }
	cells, rows, columns := map[cell]int{}, map[string]int{}, map[string]int{}
	for item, ca := range a {
		cb := b[item]
		cells[cell{ca, cb}]++
		rows[ca]++
		columns[cb]++
	}
	var both, inA, inB float64
	for _, n := range cells {
		both += pairs(n)
	}
	for _, n := range rows {
		inA += pairs(n)
	}
	for _, n := range columns {
		inB += pairs(n)
	}
	expected := inA * inB / pairs(len(a))
	if highest := (inA + inB) / 2; highest != expected {
		return (both - expected) / (highest - expected)
	}
	return 1
}

// checkPanels runs what every panel and search of the dashboards asks for and
// wants data from each, except from those that look for what is seldom there.
func (r *rig) checkPanels() {
	r.tb.Helper()
	objects, err := kibana.WithPrefix(kibana.SavedObjects(), r.prefix)
	require.NoError(r.tb, err)
	queries, err := kibana.Queries(objects)
	require.NoError(r.tb, err)
	require.NotEmpty(r.tb, queries)
	var empty []string
	for _, q := range queries {
		var answer json.RawMessage
		r.ask(http.MethodPost, "/"+q.Index+"/_search", q.Body, &answer)
		err := q.Check(answer)
		if errors.Is(err, kibana.ErrNoData) && q.OftenEmpty {
			empty = append(empty, q.Name)
			continue
		}
		require.NoError(r.tb, err, "%s", q.Name)
	}
	r.tb.Logf("%d panels and searches have data, %d look for what this feed does not hold: %q", len(queries)-len(empty), len(empty), empty)
}

// TestPipeline sends a feed through two processes of every stage, and then makes
// the index anew from the topics.
func TestPipeline(t *testing.T) {
	r := newRig(t, streamtest.KafkaOptions{}, false)
	a := r.administer()
	if r.kafka == nil {
		topics, err := a.Topics(t.Context(), []string{"ads.raw"})
		require.NoError(t, err)
		if len(topics) > 0 {
			t.Skip("the brokers hold a topic ads.raw already, which this test would write to: name brokers without it")
		}
	}
	ads := adsToSend(t, 100_000)
	r.generate(ads)
	t.Log(r.palermo(r.kafkaArgs("setup", "topics", "-partitions", "4", "-replication", "1")...))
	r.palermo(r.elasticArgs("setup", "elasticsearch")...)
	gateway := r.launchAll()

	start := time.Now()
	r.palermo("ingest", "-server", gateway, r.feed)
	sent := time.Since(start)
	r.verify(ads, 10*time.Minute)
	all := time.Since(start)
	t.Logf("acknowledged %.0f ads/s; through the whole pipeline %.0f ads/s", float64(ads)/sent.Seconds(), float64(ads)/all.Seconds())
	r.logCPU(ads)
	r.compare(a)
	r.checkPanels()

	// The index is made again from the topics, into another one, with nothing
	// else running: that is also how fast the indexer is.
	out, err := r.tryPalermo(r.kafkaArgs("reindex")...)
	require.Error(t, err, "indexers are running: %s", out)
	for name, s := range r.services {
		s.Stop()
		delete(r.services, name)
	}
	r.palermo(r.kafkaArgs("reindex")...)
	records := arrived(t.Context(), a, "ads.scored") + arrived(t.Context(), a, "clusters.scored")
	before := r.indexed()
	r.prefix += "-again"
	r.palermo(r.elasticArgs("setup", "elasticsearch")...)
	start = time.Now()
	r.launch("indexer-1")
	require.Eventually(t, func() bool {
		for group, topic := range map[string]string{"palermo-indexer": "ads.scored", "palermo-indexer-clusters": "clusters.scored"} {
			if lag, err := a.Lag(t.Context(), group, topic); err != nil || lag > 0 {
				return false
			}
		}
		return true
	}, 10*time.Minute, 100*time.Millisecond)
	took := time.Since(start)
	t.Logf("one indexer: %d records in %.1f s: %.0f records/s, %.0f ads/s with their clusters", records, took.Seconds(), float64(records)/took.Seconds(), float64(ads)/took.Seconds())
	r.logCPU(ads)
	r.ask(http.MethodPost, "/"+r.prefix+"-*/_refresh", nil, nil)
	require.Equal(t, before, r.indexed(), "an index that was made again is the same")
}

// TestPipelineUnderFaults sends a feed while the broker is restarted twice,
// Elasticsearch is down for half a minute, and one process of every stage is
// killed.
func TestPipelineUnderFaults(t *testing.T) {
	r := newRig(t, streamtest.KafkaOptions{}, true)
	a := r.administer()
	ads := adsToSend(t, 100_000)
	r.generate(ads)
	r.palermo(r.kafkaArgs("setup", "topics", "-partitions", "4", "-replication", "1")...)
	r.palermo(r.elasticArgs("setup", "elasticsearch")...)
	gateway := r.launchAll()

	start := time.Now()
	ingested := make(chan error, 1)
	go func() {
		_, err := r.tryPalermo("ingest", "-server", gateway, r.feed)
		ingested <- err
	}()
	// Faults come by progress, not by time: at shares of the adverts that have
	// come as far as a topic.
	reached := func(topic string, share float64) {
		t.Helper()
		require.Eventually(t, func() bool {
			return float64(arrived(t.Context(), a, topic)) >= share*float64(ads)
		}, 5*time.Minute, 20*time.Millisecond, "%s up to %.0f%%", topic, share*100)
		t.Logf("%5.1f s: %s has %.0f%%", time.Since(start).Seconds(), topic, share*100)
	}
	reached("ads.raw", 0.1)
	r.kafka.Kill()
	r.kafka.Start(t)
	reached("ads.normalized", 0.1)
	r.crash("normalizer-1")
	reached("ads.clustered", 0.15)
	// Only one of the two is at work; which one, is up to the brokers.
	r.crash("clusterer-1")
	r.crash("clusterer-2")
	reached("ads.scored", 0.2)
	r.crash("scorer-1")
	reached("ads.raw", 0.5)
	r.es.Stop()
	down := time.NewTimer(30 * time.Second)
	indexer := r.services["indexer-1"]
	indexer.Kill()
	<-down.C
	r.es.Start()
	indexer.Start(t)
	reached("ads.scored", 0.3)
	r.kafka.Stop()
	r.kafka.Start(t)
	require.NoError(t, <-ingested)
	r.verify(ads, 10*time.Minute)
	t.Logf("through the whole pipeline in %.0f s", time.Since(start).Seconds())
	r.compare(a)
	for name, s := range r.services {
		require.True(t, s.Running(), "%s still runs", name)
	}
}

// TestPipelineWithRights runs every service as a user of its own, over TLS and
// SCRAM, with the rights that `palermo setup acls` gives and no others.
func TestPipelineWithRights(t *testing.T) {
	users := map[string]string{streamtest.AdminUser: "admin-secret"}
	names := []string{"gateway", "normalizer", "clusterer", "scorer", "indexer", "operator"}
	for _, n := range names {
		users["palermo-"+n] = "secret-of-" + n
	}
	r := newRig(t, streamtest.KafkaOptions{Secure: true, Users: users}, true)
	as := func(user string) []string {
		return []string{
			"PALERMO_TLS_ENABLED=true", "PALERMO_TLS_CA_FILE=" + r.kafka.CAFile(),
			"PALERMO_SASL_MECHANISM=SCRAM-SHA-512", "PALERMO_SASL_USERNAME=" + user, "PALERMO_SASL_PASSWORD=" + users[user],
			"PALERMO_KAFKA_PASSWORD=" + users[user],
		}
	}
	r.login = func(name string) []string { return as("palermo-" + name) }
	secure := func(user string, args ...string) []string {
		return r.kafkaArgs(append(args, "-kafka-tls", "-kafka-ca", r.kafka.CAFile(), "-kafka-sasl", "SCRAM-SHA-512", "-kafka-user", user)...)
	}
	asAdmin := func(args ...string) string {
		login := r.login
		r.login = func(string) []string { return as(streamtest.AdminUser) }
		defer func() { r.login = login }()
		return r.palermo(secure(streamtest.AdminUser, args...)...)
	}
	asAdmin("setup", "topics", "-partitions", "2", "-replication", "1")
	again := asAdmin("setup", "topics", "-partitions", "2", "-replication", "1")
	require.NotContains(t, again, "made", "a second time changes nothing")
	_, err := r.tryPalermo(secure("palermo-operator", "tap", "ads.raw")...)
	require.Error(t, err, "nobody has rights yet")
	asAdmin("setup", "acls", "-apply")

	const ads = 2000
	r.generate(ads)
	gateway := r.launchAll()
	r.palermo("ingest", "-server", gateway, r.feed)
	out := r.palermo(secure("palermo-operator", r.elasticArgs("verify", "-wait", "3m")...)...)
	require.Contains(t, out, fmt.Sprintf("raw %d = indexed %d", ads, ads))
	require.NotEmpty(t, r.palermo(secure("palermo-operator", "tap", "-n", "1", "ads.scored")...))
	r.palermo(secure("palermo-operator", "dlq", "list")...)
	for name, s := range r.services {
		log := s.Log()
		require.NotContains(t, log, "TopicAuthorizationFailed", "%s lacks a right", name)
		require.NotContains(t, strings.ToLower(log), "secret-of-", "%s shows a secret", name)
	}
}
