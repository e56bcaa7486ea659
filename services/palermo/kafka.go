package main

import (
	"context"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// newAdmin prepares a look into the topics.
func newAdmin(kafka kafkaAccess) (*stream.Admin, error) {
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: kafka.brokers, Security: kafka.security, ClientID: "palermo"})
	if err != nil {
		return nil, fmt.Errorf("reach the brokers: %w", err)
	}
	return a, nil
}

// scanTopic reads a topic from its first record to the last one that is there
// when it begins.
func scanTopic(ctx context.Context, kafka kafkaAccess, topic string, f func(stream.Record) error) error {
	a, err := newAdmin(kafka)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Scan(ctx, topic, stream.ScanOptions{}, f)
}

// newProducer returns a producer that waits for every acknowledgement.
func newProducer(kafka kafkaAccess, logger *zap.Logger, reg prometheus.Registerer) (*stream.Producer, error) {
	cfg := stream.DefaultProducerConfig()
	cfg.Brokers, cfg.Security, cfg.MaxMessageBytes = kafka.brokers, kafka.security, stage.MaxMessageBytes
	p, err := stream.NewProducer(cfg, logger, reg)
	if err != nil {
		return nil, fmt.Errorf("reach the brokers: %w", err)
	}
	return p, nil
}
