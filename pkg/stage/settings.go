package stage

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stream"
)

// MaxMessageBytes is the largest message that a stage writes: an advert of 1 MiB
// with its key and headers, and what the stages add to it.
const MaxMessageBytes = 1<<20 + 512<<10

// TopicMessageBytes is the max.message.bytes that topics are made with: the
// largest message, the head room that a stage asks for, and some.
const TopicMessageBytes = 2 << 20

// Settings is the part of a stage's configuration that does not depend on what
// the stage does.
type Settings struct {
	ops.Config `yaml:",inline"`
	Kafka      stream.Config `yaml:"kafka"`
	TLS        TLS           `yaml:"tls"`
	SASL       SASL          `yaml:"sasl"`
}

// TLS says how the connection to the brokers is encrypted.
type TLS struct {
	Enabled bool `yaml:"enabled"`
	// CAFile holds the certificates to trust, PEM; the system's if empty.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are the client's own, PEM; both or neither.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
	// ServerName is what the brokers' certificates must say; the host if empty.
	ServerName string `yaml:"server_name"`
}

// SASL says how the process logs in at the brokers.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; none if empty.
	Mechanism string     `yaml:"mechanism"`
	Username  string     `yaml:"username"`
	Password  ops.Secret `yaml:"password"`
}

// DefaultSettings returns the settings of a stage that reads topic.
func DefaultSettings(name, topic string, adminPort int) Settings {
	s := Settings{Config: ops.DefaultConfig(adminPort), Kafka: stream.DefaultConfig()}
	s.Kafka.Brokers = []string{"127.0.0.1:9092"}
	s.Kafka.Stage = name
	s.Kafka.Group = "palermo-" + name
	s.Kafka.Topic = topic
	s.Kafka.MaxMessageBytes = MaxMessageBytes
	s.Kafka.DeadLetterTopic = topic + stream.DeadLetterSuffix
	return s
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Config.Validate())
	if err := s.Kafka.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("kafka: %w", err))
	}
	if (s.TLS.CertFile == "") != (s.TLS.KeyFile == "") {
		errs = append(errs, errors.New("tls.cert_file, tls.key_file: set both or neither"))
	}
	sec := stream.Security{SASL: stream.SASL{Mechanism: s.SASL.Mechanism, Username: s.SASL.Username}}
	if s.TLS.Enabled {
		sec.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	errs = append(errs, sec.Validate())
	return errors.Join(errs...)
}

// Security reads certificates and the password and returns how brokers are
// spoken to.
func (s Settings) Security() (stream.Security, error) {
	password, err := s.SASL.Password.Reveal()
	if err != nil {
		return stream.Security{}, fmt.Errorf("sasl.password: %w", err)
	}
	sec := stream.Security{SASL: stream.SASL{
		Mechanism: s.SASL.Mechanism, Username: s.SASL.Username, Password: password,
	}}
	if !s.TLS.Enabled {
		return sec, nil
	}
	sec.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.TLS.ServerName}
	if s.TLS.CAFile != "" {
		pem, err := os.ReadFile(s.TLS.CAFile)
		if err != nil {
			return stream.Security{}, fmt.Errorf("tls.ca_file: %w", err)
		}
		sec.TLS.RootCAs = x509.NewCertPool()
		if !sec.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return stream.Security{}, fmt.Errorf("tls.ca_file: %s holds no certificate in PEM form", s.TLS.CAFile)
		}
	}
	if s.TLS.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(s.TLS.CertFile, s.TLS.KeyFile)
		if err != nil {
			return stream.Security{}, fmt.Errorf("tls.cert_file: %w", err)
		}
		sec.TLS.Certificates = []tls.Certificate{cert}
	}
	return sec, nil
}
