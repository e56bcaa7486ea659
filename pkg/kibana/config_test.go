package kibana

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

func TestConfigNamesEveryProblem(t *testing.T) {
	t.Parallel()
	valid := func() Config {
		c := DefaultConfig()
		c.URL = "https://kibana.example:5601/base"
		return c
	}
	require.NoError(t, valid().Validate())
	require.ErrorContains(t, DefaultConfig().Validate(), "url: is empty")
	for _, c := range []struct {
		want   string
		change func(*Config)
	}{
		{"url: is not", func(c *Config) { c.URL = "kibana:5601" }},
		{"url: is not", func(c *Config) { c.URL = "https://%zz" }},
		{"url: holds a user", func(c *Config) { c.URL = "https://a:b@kibana" }},
		{"url: holds a query", func(c *Config) { c.URL = "https://kibana/?a=b" }},
		{"set space", func(c *Config) { c.URL = "https://kibana/s/team" }},
		{"set space", func(c *Config) { c.URL = "https://kibana/app/dashboards" }},
		{"in the clear", func(c *Config) { c.URL = "http://kibana"; c.APIKey = "k" }},
		{"api_key:", func(c *Config) { c.APIKey, c.Username, c.Password = "k", "u", "p" }},
		{"username:", func(c *Config) { c.Password = "p" }},
		{"space:", func(c *Config) { c.Space = "../other" }},
		{"request_timeout", func(c *Config) { c.RequestTimeout = 0 }},
		{"backoff_min", func(c *Config) { c.BackoffMax = 0 }},
	} {
		cfg := valid()
		c.change(&cfg)
		require.ErrorContains(t, cfg.Validate(), c.want)
		_, err := Import(t.Context(), cfg, SavedObjects())
		require.ErrorContains(t, err, c.want)
	}
	both := Config{}.Validate()
	require.ErrorContains(t, both, "url:")
	require.ErrorContains(t, both, "backoff_min:")
}

func TestASecretIsNeverShown(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.APIKey, cfg.Password = "hush-key", "hush-password"
	j, err := json.Marshal(cfg)
	require.NoError(t, err)
	y, err := yaml.Marshal(cfg)
	require.NoError(t, err)
	for _, shown := range []string{fmt.Sprint(cfg), fmt.Sprintf("%+v", cfg), fmt.Sprintf("%#v", cfg), string(j), string(y)} {
		require.NotContains(t, shown, "hush")
		require.Contains(t, shown, "[redacted]")
	}
}

func TestPlainWords(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a b", plain(" a\r\n\tb\x00\u202e\xff "))
	require.Equal(t, "key [redacted]!", plain("key hush!", "", "hush"))
	long := plain(fmt.Sprintf("%0300d", 0))
	require.Len(t, []rune(long), maxShown+1)
}
