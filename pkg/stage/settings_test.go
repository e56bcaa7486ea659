package stage_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
)

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	s := stage.DefaultSettings("normalizer", "ads.raw", 9401)
	require.NoError(t, s.Validate())
	require.Equal(t, "ads.raw.dlq", s.Kafka.DeadLetterTopic)
	sec, err := s.Security()
	require.NoError(t, err)
	require.Nil(t, sec.TLS)
}

func TestValidateNamesTheKey(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		set  func(*stage.Settings)
		want string
	}{
		{"no broker", func(s *stage.Settings) { s.Kafka.Brokers = nil }, "brokers"},
		{"half a key pair", func(s *stage.Settings) { s.TLS.CertFile = "x" }, "tls.cert_file"},
		{"unknown mechanism", func(s *stage.Settings) { s.SASL.Mechanism = "OTP" }, "OTP"},
		{"password in clear", func(s *stage.Settings) { s.SASL.Mechanism, s.SASL.Username = "PLAIN", "u" }, "PLAIN"},
		{"bad level", func(s *stage.Settings) { s.Log.Level = "loud" }, "log.level"},
	} {
		s := stage.DefaultSettings("x", "t", 1)
		tc.set(&s)
		require.ErrorContains(t, s.Validate(), tc.want, tc.name)
	}
}

func TestSecurityReadsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	password := filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(password, []byte("s3cret\n"), 0o600))
	s := stage.DefaultSettings("x", "t", 1)
	s.TLS.Enabled = true
	s.SASL = stage.SASL{Mechanism: "SCRAM-SHA-512", Username: "u", Password: ops.Secret("file:" + password)}
	require.NoError(t, s.Validate())
	sec, err := s.Security()
	require.NoError(t, err)
	require.Equal(t, "s3cret", sec.SASL.Password)
	require.NotNil(t, sec.TLS)

	s.TLS.CAFile = filepath.Join(dir, "password")
	_, err = s.Security()
	require.ErrorContains(t, err, "tls.ca_file")
	s.TLS.CAFile, s.SASL.Password = "", "file:/no/such"
	_, err = s.Security()
	require.ErrorContains(t, err, "sasl.password")
}
