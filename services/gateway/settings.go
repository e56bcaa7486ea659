package gateway

import (
	"context"
	"errors"
	"fmt"
	"time"

	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// Settings is the configuration of the gateway's binary. Of Kafka only how the
// brokers are reached is used.
type Settings struct {
	stage.Settings `yaml:",inline"`
	Gateway        Config `yaml:"gateway"`
}

// DefaultSettings returns the settings to start from.
func DefaultSettings() Settings {
	c := DefaultConfig()
	return Settings{Settings: stage.DefaultSettings("gateway", c.Topic, 9400), Gateway: c}
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Settings.Validate())
	if err := s.Gateway.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("gateway: %w", err))
	}
	return errors.Join(errs...)
}

// standalone is the gateway with a producer of its own.
type standalone struct {
	*Service
	producer *stream.Producer
}

// NewService makes the gateway as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	sec, err := s.Security()
	if err != nil {
		return nil, err
	}
	cfg := stream.DefaultProducerConfig()
	cfg.Brokers, cfg.ClientID, cfg.Security = s.Kafka.Brokers, s.Kafka.ClientID, sec
	cfg.MaxMessageBytes = s.Kafka.MaxMessageBytes
	p, err := stream.NewProducer(cfg, d.Logger.Named("producer"), d.Registry)
	if err != nil {
		return nil, err
	}
	svc, err := New(s.Gateway, Deps{Producer: p, Logger: d.Logger, Registry: d.Registry})
	if err != nil {
		return nil, errors.Join(err, p.Close(context.Background()))
	}
	return &standalone{svc, p}, nil
}

// Run serves until ctx ends, then closes the producer.
func (s *standalone) Run(ctx context.Context) error {
	err := s.Service.Run(ctx)
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return errors.Join(err, s.producer.Close(closing))
}
