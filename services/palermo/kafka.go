package main

import (
	"context"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// deadLetterRetention is how long dead letters are kept by default: they hold
// what platforms sent, so not for ever.
const deadLetterRetention = 30 * 24 * time.Hour

// newAdmin prepares a look into the topics.
func newAdmin(brokers []string) (*stream.Admin, error) {
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: brokers, ClientID: "palermo"})
	if err != nil {
		return nil, fmt.Errorf("reach the brokers: %w", err)
	}
	return a, nil
}

// scanTopic reads a topic from its first record to the last one that is there
// when it begins.
func scanTopic(ctx context.Context, brokers []string, topic string, f func(stream.Record) error) error {
	a, err := newAdmin(brokers)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.Scan(ctx, topic, stream.ScanOptions{}, f)
}

// ensureTopics makes the topics that are missing: ads.normalized with the one
// partition that clustering needs, the others with as many as asked for.
func ensureTopics(ctx context.Context, brokers []string, partitions int) error {
	a, err := newAdmin(brokers)
	if err != nil {
		return err
	}
	defer a.Close()
	t := defaultTopics()
	var specs []stream.TopicSpec
	for _, name := range t.inputs() {
		n := partitions
		if name == t.normalized {
			n = 1
		}
		specs = append(specs,
			stream.TopicSpec{Name: name, Partitions: n, Replication: 1, Retention: -1},
			stream.TopicSpec{Name: deadLetterTopic(name), Partitions: n, Replication: 1, Retention: deadLetterRetention})
	}
	if err := a.EnsureTopics(ctx, specs); err != nil {
		return fmt.Errorf("make the topics: %w", err)
	}
	return nil
}

// newProducer returns a producer that waits for every acknowledgement.
func newProducer(brokers []string, logger *zap.Logger, reg prometheus.Registerer) (*stream.Producer, error) {
	cfg := stream.DefaultProducerConfig()
	cfg.Brokers, cfg.MaxMessageBytes = brokers, stage.MaxMessageBytes
	p, err := stream.NewProducer(cfg, logger, reg)
	if err != nil {
		return nil, fmt.Errorf("reach the brokers: %w", err)
	}
	return p, nil
}
