package elastic

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func validConfig() Config {
	c := DefaultConfig()
	c.Addresses = []string{"https://es.example:9200"}
	return c
}

func TestConfigNamesEveryProblem(t *testing.T) {
	t.Parallel()
	require.NoError(t, validConfig().Validate())
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"addresses:", func(c *Config) { c.Addresses = nil }},
		{"addresses[0]:", func(c *Config) { c.Addresses = []string{"es:9200"} }},
		{"addresses[0]: holds a user", func(c *Config) { c.Addresses = []string{"https://a:b@es"} }},
		{"in the clear", func(c *Config) { c.Addresses = []string{"http://es"}; c.APIKey = "k" }},
		{"api_key:", func(c *Config) { c.APIKey, c.Username, c.Password = "k", "u", "p" }},
		{"username:", func(c *Config) { c.Password = "p" }},
		{"cert_file:", func(c *Config) { c.KeyFile = "k" }},
		{"prefix:", func(c *Config) { c.Prefix = `a"*` }},
		{"shards:", func(c *Config) { c.Shards = 0 }},
		{"replicas:", func(c *Config) { c.Replicas = -1 }},
		{"bulk_bytes:", func(c *Config) { c.BulkBytes = 0 }},
		{"bulk_docs:", func(c *Config) { c.BulkDocs = 0 }},
		{"in_flight:", func(c *Config) { c.InFlight = 0 }},
		{"request_timeout", func(c *Config) { c.RequestTimeout = 0 }},
		{"backoff_min", func(c *Config) { c.BackoffMax = 0 }},
	} {
		cfg := validConfig()
		c.change(&cfg)
		require.ErrorContains(t, cfg.Validate(), c.want)
		_, err := New(cfg, Deps{Registerer: prometheus.NewRegistry()})
		require.ErrorContains(t, err, c.want)
	}
	both := Config{}.Validate()
	require.ErrorContains(t, both, "addresses:")
	require.ErrorContains(t, both, "bulk_docs:")
}

func TestASecretIsNeverShown(t *testing.T) {
	t.Parallel()
	cfg := validConfig()
	cfg.APIKey, cfg.Password = "hush-key", "hush-password"
	j, err := json.Marshal(cfg)
	require.NoError(t, err)
	y, err := yaml.Marshal(cfg)
	require.NoError(t, err)
	for _, shown := range []string{
		fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), fmt.Sprintf("%q", cfg.APIKey), string(j), string(y),
	} {
		require.NotContains(t, shown, "hush")
		require.Contains(t, shown, "[redacted]")
	}
	require.Empty(t, Secret("").String())
}

func TestASecretMayBeAFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("hush\n"), 0o600))
	v, err := Secret("file:" + path).reveal()
	require.NoError(t, err)
	require.Equal(t, "hush", v)
	_, err = Secret("file:" + path + ".none").reveal()
	require.ErrorContains(t, err, "key.none")
	cfg := validConfig()
	cfg.APIKey = Secret("file:" + path + ".none")
	_, err = New(cfg, Deps{Registerer: prometheus.NewRegistry()})
	require.Error(t, err)
	cfg = validConfig()
	cfg.CAFile = path
	_, err = New(cfg, Deps{Registerer: prometheus.NewRegistry()})
	require.ErrorContains(t, err, "holds no certificate")
	cfg = validConfig()
	cfg.CertFile, cfg.KeyFile = path, path
	_, err = New(cfg, Deps{Registerer: prometheus.NewRegistry()})
	require.ErrorContains(t, err, "cert_file")
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	require.Equal(t, 3*time.Second, retryAfter(http.Header{"Retry-After": {" 3 "}}, now))
	for v, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "soon": 0, "999999999": maxRetryAfter,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
		"99999999999999999999":                        0,
	} {
		require.Equal(t, want, retryAfter(http.Header{"Retry-After": {v}}, now), "%q", v)
	}
}

func TestCountersAreThereFromTheStart(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	m := newMetrics(reg)
	for _, o := range []string{"written", "stale", "rejected", "retried"} {
		require.Zero(t, testutil.ToFloat64(m.items.WithLabelValues(o)))
	}
	families, err := reg.Gather()
	require.NoError(t, err)
	names := []string{}
	for _, f := range families {
		names = append(names, f.GetName())
	}
	require.Equal(t, []string{"palermo_index_bulk_docs_limit", "palermo_index_items_total", "palermo_index_request_seconds"}, names)
}
