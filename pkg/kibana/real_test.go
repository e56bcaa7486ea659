package kibana

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
)

// envElasticsearch names the address of a server to test against. The test
// makes and removes indices whose names begin with "palermo-test-".
const envElasticsearch = "PALERMO_E2E_ELASTICSEARCH"

var run atomic.Int64

func request(t *testing.T, method, url string, body []byte) (int, []byte) {
	t.Helper()
	// Not the test's own context: cleaning up comes after its end.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	b, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	return res.StatusCode, b
}

// filledServer makes a prefix of its own on a real server, with documents in
// it, and returns the address and the prefix.
func filledServer(t *testing.T) (address, prefix string) {
	t.Helper()
	address = os.Getenv(envElasticsearch)
	if address == "" {
		t.Skipf("set %s to the address of an Elasticsearch to test against", envElasticsearch)
	}
	cfg := elastic.DefaultConfig()
	cfg.Addresses, cfg.Replicas = []string{address}, 0
	cfg.Prefix = fmt.Sprintf("palermo-test-kibana-%d-%d", time.Now().UnixMilli(), run.Add(1))
	s, err := elastic.New(cfg, elastic.Deps{Registerer: prometheus.NewRegistry()})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close())
		for _, path := range []string{
			"/" + cfg.Prefix + "-ads-000001," + cfg.Prefix + "-clusters-000001?ignore_unavailable=true",
			"/_index_template/" + cfg.Prefix + "-*", "/_component_template/" + cfg.Prefix + "-*",
		} {
			request(t, http.MethodDelete, address+path, nil)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	require.NoError(t, s.Setup(t.Context()))
	var docs []index.Document
	add := func(d index.Document, err error) {
		require.NoError(t, err)
		docs = append(docs, d)
	}
	for i := range 120 {
		a := indextest.ScoredAd(i)
		if i%5 == 0 {
			// Two typologies, so that a contact meets both, and a counter-sign.
			a.Assessment.Typologies = append(a.Assessment.Typologies, "sexual_exploitation")
			a.Assessment.Indicators = append(a.Assessment.Indicators, &adpb.IndicatorHit{Id: "C1", Title: "A licence", Strength: "counter", Mode: "live"})
		}
		ad, err := index.NewAdDoc(a)
		require.NoError(t, err)
		add(ad.Document())
		c := indextest.ScoredCluster(i, uint64(i)+1)
		c.Profile.BurstAds, c.Profile.AccountsTotal = 12, 5
		if i%40 == 1 {
			c.MergedInto = "c0"
		}
		cluster, err := index.NewClusterDoc(c)
		require.NoError(t, err)
		add(cluster.Document())
	}
	outcomes, err := s.Write(t.Context(), docs)
	require.NoError(t, err)
	for _, o := range outcomes {
		require.Equal(t, index.StatusWritten, o.Status, o.Reason)
	}
	require.NoError(t, s.Refresh(t.Context()))
	return address, cfg.Prefix
}

func TestEveryPanelShowsSomethingOnARealServer(t *testing.T) {
	t.Parallel()
	address, prefix := filledServer(t)
	b, err := WithPrefix(SavedObjects(), prefix)
	require.NoError(t, err)
	queries, err := Queries(b)
	require.NoError(t, err)
	for _, q := range queries {
		require.Contains(t, q.Index, prefix)
		status, answer := request(t, http.MethodPost, address+"/"+q.Index+"/_search", q.Body)
		require.Equal(t, http.StatusOK, status, "%s: %s\n%s", q.Name, q.Body, answer)
		require.NoError(t, q.Check(answer), "%s", q.Body)
	}
	t.Logf("%d queries", len(queries))
}

// What the file says of fields, the server says, too.
func TestFieldsOnARealServer(t *testing.T) {
	t.Parallel()
	address, prefix := filledServer(t)
	for kind, u := range usesOf(t) {
		names := []string{}
		for _, f := range u {
			if !f.runtime {
				names = append(names, f.name)
			}
		}
		slices.Sort(names)
		names = slices.Compact(names)
		status, b := request(t, http.MethodGet, address+"/"+prefix+"-"+kind+"/_field_caps?fields="+strings.Join(names, ","), nil)
		require.Equal(t, http.StatusOK, status, "%s", b)
		var caps struct {
			Fields map[string]map[string]struct {
				Searchable   bool `json:"searchable"`
				Aggregatable bool `json:"aggregatable"`
			} `json:"fields"`
		}
		require.NoError(t, json.Unmarshal(b, &caps))
		for _, f := range u {
			if f.runtime {
				continue
			}
			got := caps.Fields[f.name]
			require.Len(t, got, 1, "%s: %s", kind, f.name)
			for typ, c := range got {
				switch f.use {
				case useAggregate, useNumber, useDate, useSort, useCompare:
					require.True(t, c.Aggregatable, "%s: %s is %s", kind, f.name, typ)
				case useFilter:
					require.True(t, c.Searchable || typ == "nested", "%s: %s is %s", kind, f.name, typ)
				case useShow, useDescribe:
				}
			}
		}
	}
}

var valueList = regexp.MustCompile(`([a-z_.]+): \(([a-z]+(?: or [a-z]+)+)\)`)

// Elasticsearch can parse the language by itself. Where it does, both readings
// of every filter must find the same documents.
func TestFiltersMeanWhatElasticsearchReadsInThem(t *testing.T) {
	t.Parallel()
	address, prefix := filledServer(t)
	compared := 0
	defer func() { t.Logf("%d filters", compared) }()
	for kind, filters := range filtersOf(t) {
		for _, where := range filters {
			e, err := requiredFilter(where)
			require.NoError(t, err, where)
			count := func(q map[string]any) (int, string) {
				b, err := json.Marshal(map[string]any{"query": q})
				require.NoError(t, err)
				status, answer := request(t, http.MethodPost, address+"/"+prefix+"-"+kind+"/_count", b)
				var got struct {
					Count int `json:"count"`
				}
				require.NoError(t, json.Unmarshal(answer, &got))
				return status*1_000_000 + got.Count, string(answer)
			}
			// Kibana reads lists of values; the kql query of 8.19 does not.
			spelt := valueList.ReplaceAllStringFunc(where, func(s string) string {
				m := valueList.FindStringSubmatch(s)
				return "(" + m[1] + ": " + strings.ReplaceAll(m[2], " or ", " or "+m[1]+": ") + ")"
			})
			theirs, answer := count(map[string]any{"kql": map[string]any{"query": spelt}})
			if strings.Contains(answer, "unknown query [kql]") {
				t.Skip("this Elasticsearch has no kql query")
			}
			ours, _ := count(e.query())
			require.Equal(t, theirs, ours, "%s: %s", where, answer)
			compared++
		}
	}
}
