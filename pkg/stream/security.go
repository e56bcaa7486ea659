package stream

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"
)

// Security is how brokers are spoken to: the zero value is plain TCP without a
// name. It applies to every connection alike, reading and writing.
type Security struct {
	// TLS, if set, encrypts; its certificates authenticate.
	TLS *tls.Config
	// SASL, if its Mechanism is set, authenticates by name and password.
	SASL SASL
}

// SASL is a name and a password, and how they are shown to the broker.
type SASL struct {
	// Mechanism is PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; empty for none.
	Mechanism string
	Username  string
	Password  string
}

// Validate refuses an unknown mechanism, a mechanism without a name, and a
// password that would cross the network in clear.
func (s Security) Validate() error {
	switch s.SASL.Mechanism {
	case "":
		return nil
	case "PLAIN":
		if s.TLS == nil {
			return errors.New("security.sasl: PLAIN without TLS sends the password in clear: configure TLS or use SCRAM-SHA-512")
		}
	case "SCRAM-SHA-256", "SCRAM-SHA-512":
	default:
		return fmt.Errorf("security.sasl: mechanism %q: use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512", s.SASL.Mechanism)
	}
	if s.SASL.Username == "" {
		return errors.New("security.sasl: no user name")
	}
	return nil
}

func (s Security) mechanism() (sasl.Mechanism, error) {
	switch s.SASL.Mechanism {
	case "":
		return nil, nil //nolint:nilnil // no mechanism is what kafka-go takes for none
	case "PLAIN":
		return plain.Mechanism{Username: s.SASL.Username, Password: s.SASL.Password}, nil
	case "SCRAM-SHA-256":
		return wrapScram(scram.Mechanism(scram.SHA256, s.SASL.Username, s.SASL.Password))
	case "SCRAM-SHA-512":
		return wrapScram(scram.Mechanism(scram.SHA512, s.SASL.Username, s.SASL.Password))
	default:
		return nil, s.Validate()
	}
}

func wrapScram(m sasl.Mechanism, err error) (sasl.Mechanism, error) {
	if err != nil {
		return nil, fmt.Errorf("prepare SCRAM: %w", err)
	}
	return m, nil
}
