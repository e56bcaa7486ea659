package ops_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ops"
)

type testConfig struct {
	ops.Config `yaml:",inline"`
	Kafka      struct {
		Brokers []string      `yaml:"brokers"`
		Wait    time.Duration `yaml:"wait"`
		Size    int           `yaml:"size"`
	} `yaml:"kafka"`
	Key  ops.Secret `yaml:"key"`
	Fast bool       `yaml:"fast"`
}

func defaults() *testConfig {
	c := &testConfig{Config: ops.DefaultConfig(9000)}
	c.Kafka.Brokers = []string{"localhost:9092"}
	c.Kafka.Size = 5
	return c
}

func env(m map[string]string) func(string) string {
	return func(k string) string { return m[k] }
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestLoadLaterSourcesWin(t *testing.T) {
	t.Parallel()
	c := defaults()
	path := writeFile(t, "kafka: {size: 1, wait: 2s, brokers: [a:1]}\nlog: {level: debug}\n")
	_, err := ops.Load("x",
		[]string{"-kafka.size=3", "-fast", "-config", path},
		env(map[string]string{"PALERMO_KAFKA_SIZE": "2", "PALERMO_KAFKA_BROKERS": "b:1, c:2", "PALERMO_KEY": "s3cret"}),
		c, io.Discard)
	require.NoError(t, err)
	require.Equal(t, 3, c.Kafka.Size)
	require.Equal(t, 2*time.Second, c.Kafka.Wait)
	require.Equal(t, []string{"b:1", "c:2"}, c.Kafka.Brokers)
	require.Equal(t, "debug", c.Log.Level)
	require.True(t, c.Fast)
	key, err := c.Key.Reveal()
	require.NoError(t, err)
	require.Equal(t, "s3cret", key)
}

func TestLoadRefusesWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		yaml string
		args []string
		env  map[string]string
		want string
	}{
		{"unknown key", "kafka: {sise: 1}", nil, nil, "sise"},
		{"unknown flag", "", []string{"-nope"}, nil, "nope"},
		{"argument", "", []string{"extra"}, nil, "extra"},
		{"bad number in flag", "", []string{"-kafka.size=many"}, nil, "-kafka.size"},
		{"bad duration in env", "", nil, map[string]string{"PALERMO_KAFKA_WAIT": "soon"}, "PALERMO_KAFKA_WAIT"},
		{"not yaml", "{{", nil, nil, "read configuration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-config", writeFile(t, tc.yaml)}, tc.args...)
			_, err := ops.Load("x", args, env(tc.env), defaults(), io.Discard)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestLoadNamesAMissingFile(t *testing.T) {
	t.Parallel()
	_, err := ops.Load("x", []string{"-config", "/no/such.yaml"}, env(nil), defaults(), io.Discard)
	require.ErrorContains(t, err, "/no/such.yaml")
}

func TestSecretIsNeverPrinted(t *testing.T) {
	t.Parallel()
	c := defaults()
	c.Key = "hunter2hunter2"
	var out bytes.Buffer
	require.NoError(t, ops.PrintConfig(&out, c))
	_, err := ops.Load("x", []string{"-help"}, env(nil), c, &out)
	require.ErrorIs(t, err, ops.ErrHelp)
	require.NotContains(t, out.String(), "hunter2")
	require.Contains(t, out.String(), "[redacted]")
	require.NotContains(t, c.Key.GoString(), "hunter2")
	text, err := c.Key.MarshalText()
	require.NoError(t, err)
	require.Equal(t, "[redacted]", string(text))
}

func TestSecretFromFile(t *testing.T) {
	t.Parallel()
	s := ops.Secret("file:" + writeFile(t, "value\n"))
	v, err := s.Reveal()
	require.NoError(t, err)
	require.Equal(t, "value", v)
	_, err = ops.Secret("file:/no/such").Reveal()
	require.ErrorContains(t, err, "/no/such")
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	c := ops.DefaultConfig(1)
	require.NoError(t, c.Validate())
	c.Log.Level, c.Admin.Listen = "loud", ""
	err := c.Validate()
	require.ErrorContains(t, err, "log.level")
	require.ErrorContains(t, err, "admin.listen")
}

func FuzzLoadYAML(f *testing.F) {
	f.Add("kafka: {size: 1}")
	f.Add("a: &a [*a]")
	f.Fuzz(func(t *testing.T, text string) {
		path := filepath.Join(t.TempDir(), "c.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		c := defaults()
		// Any text is either loaded or refused; it never panics.
		if _, err := ops.Load("x", []string{"-config", path}, env(nil), c, io.Discard); err == nil {
			require.NoError(t, ops.PrintConfig(io.Discard, c))
		}
	})
}
