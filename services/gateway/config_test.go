package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.yaml.in/yaml/v3"
)

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	_, entry := newKey(t, AnyPlatform)
	tests := []struct {
		name   string
		change func(*Config)
		want   []string // parts of the error; none: valid
	}{
		{"default", func(*Config) {}, []string{"keys_file: no key is configured: make one with `palermo keys`"}},
		{"anonymous on loopback", func(c *Config) { c.AllowAnonymous = true }, nil},
		{"anonymous on IPv6 loopback", func(c *Config) { c.AllowAnonymous, c.Listen = true, "[::1]:80" }, nil},
		{"anonymous on localhost", func(c *Config) { c.AllowAnonymous, c.Listen = true, "localhost:0" }, nil},
		{"anonymous on every address", func(c *Config) { c.AllowAnonymous, c.Listen = true, ":8080" }, []string{"allow_anonymous: listen is not a loopback"}},
		{"anonymous on a name", func(c *Config) { c.AllowAnonymous, c.Listen = true, "gateway:8080" }, []string{"allow_anonymous"}},
		{"anonymous beside keys", func(c *Config) { c.AllowAnonymous, c.Keys = true, []KeyEntry{entry} }, []string{"allow_anonymous: is set beside keys"}},
		{"keys on every address", func(c *Config) { c.Keys, c.Listen = []KeyEntry{entry}, "0.0.0.0:443" }, nil},
		{"key twice", func(c *Config) { c.Keys = []KeyEntry{entry, entry} }, []string{"keys[1]: id " + entry.ID + " is there twice"}},
		{"bad key", func(c *Config) {
			c.Keys = []KeyEntry{{ID: "A", SHA256: "00", Platforms: []string{"a/b"}, Rate: &RateConfig{}}}
		}, []string{"keys[0]: id: is not", "sha256: is not 64", `platforms: "a/b"`, "rate.ads_per_second", "rate.burst"}},
		{"key without platforms", func(c *Config) { e := entry; e.Platforms = nil; c.Keys = []KeyEntry{e} }, []string{"platforms: is empty"}},
		{"all wrong", func(c *Config) { *c = Config{KeysFile: "x", KeysReload: -1, TLS: TLSConfig{CertFile: "x"}} }, []string{
			"listen:", "topic:", "keys_reload:", "tls:", "limits.body_bytes:", "limits.decoded_bytes: 0 is too small: set at least 1048576",
			"limits.chunk_ads:", "limits.chunk_bytes:", "limits.errors:", "limits.requests:", "limits.requests_per_key:",
			"limits.connections:", "rate.ads_per_second:", "rate.burst:", "timeouts.header:", "timeouts.stall:",
			"timeouts.request:", "timeouts.idle:", "timeouts.write:", "timeouts.shutdown:",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := DefaultConfig()
			tt.change(&c)
			err := c.Validate()
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			for _, part := range tt.want {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestConfigFromYAML(t *testing.T) {
	t.Parallel()
	c := DefaultConfig()
	d := yaml.NewDecoder(strings.NewReader(`
listen: 127.0.0.1:9999
keys:
  - {id: a1, sha256: "` + strings.Repeat("0f", 32) + `", platforms: [jobs.example], expires: 2027-01-01T00:00:00Z, rate: {ads_per_second: 1.5, burst: 3}, note: the jobs people}
timeouts: {write: 1m}
`))
	d.KnownFields(true)
	require.NoError(t, d.Decode(&c))
	require.NoError(t, c.Validate())
	require.Equal(t, time.Minute, c.Timeouts.Write)
	require.Equal(t, 15*time.Second, c.Timeouts.Stall)
	require.Equal(t, &RateConfig{AdsPerSecond: 1.5, Burst: 3}, c.Keys[0].Rate)
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	plain, entry, err := NewKey()
	require.NoError(t, err)
	require.Regexp(t, `^palermo_[a-z2-7]{8}_[a-z2-7]{52}$`, plain)
	require.Equal(t, entry.ID, keyID(plain))
	sum := sha256.Sum256([]byte(plain))
	require.Equal(t, hex.EncodeToString(sum[:]), entry.SHA256)
	require.Empty(t, entry.Platforms, "a key is for nobody until it is said for whom")
	require.Error(t, entry.Validate())
	entry.Platforms = []string{AnyPlatform}
	require.NoError(t, entry.Validate())
	other, _, err := NewKey()
	require.NoError(t, err)
	require.NotEqual(t, plain, other)
	for _, bad := range []string{"", "palermo", "palermo_", "palermo_abc", "other_abc_def"} {
		require.Empty(t, keyID(bad))
	}
}

func writeKeys(t *testing.T, path string, entries ...KeyEntry) {
	t.Helper()
	b, err := yaml.Marshal(map[string]any{"keys": entries})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

func TestKeysFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	first, entry := newKey(t, AnyPlatform)
	inline, inlineEntry := newKey(t, AnyPlatform)
	entry.Rate = &RateConfig{AdsPerSecond: 0.001, Burst: 2}
	writeKeys(t, path, entry)
	f := newFixture(t, func(c *Config, d *Deps) {
		withKeys(inlineEntry)(c, d)
		c.KeysFile = path
	})
	send := func(key string) int {
		w, _ := f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+key))
		return w.Code
	}
	require.Equal(t, 202, send(first))
	require.Equal(t, 202, send(inline))

	// A second key: the first keeps what it has used of its rate.
	second, secondEntry := newKey(t, AnyPlatform)
	writeKeys(t, path, entry, secondEntry)
	require.Equal(t, 401, send(second))
	require.NoError(t, f.loadKeys())
	require.Equal(t, 202, send(second))
	require.Equal(t, 202, send(first))
	require.Equal(t, 429, send(first))

	// A file that is wrong changes nothing.
	for _, content := range []string{"keys: [{id: x}]", "nokeys: []", "{", "keys: 1", strings.Repeat("#", maxKeysFile+1)} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		require.Error(t, f.loadKeys(), content[:min(20, len(content))])
		require.Equal(t, 202, send(second))
	}
	require.NoError(t, os.Remove(path))
	require.ErrorContains(t, f.loadKeys(), "keys_file")

	// Revoked.
	writeKeys(t, path, entry)
	require.NoError(t, f.loadKeys())
	require.Equal(t, 401, send(second))
	require.Equal(t, 202, send(inline))
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	good := DefaultConfig()
	good.AllowAnonymous = true
	deps := Deps{Producer: &fakeProducer{}, Logger: zap.NewNop(), Registry: prometheus.NewRegistry()}
	_, err := New(DefaultConfig(), deps)
	require.ErrorContains(t, err, "no key is configured")
	_, err = New(good, Deps{})
	require.ErrorContains(t, err, "producer, logger and registry are needed")

	c := DefaultConfig()
	c.KeysFile = filepath.Join(t.TempDir(), "none.yaml")
	_, err = New(c, Deps{Producer: deps.Producer, Logger: deps.Logger, Registry: prometheus.NewRegistry()})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(c.KeysFile, nil, 0o600))
	_, err = New(c, Deps{Producer: deps.Producer, Logger: deps.Logger, Registry: prometheus.NewRegistry()})
	require.ErrorContains(t, err, "holds no key")
}
