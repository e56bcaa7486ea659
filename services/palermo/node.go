package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/embedded"
	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
	"palermo.internal/services/clusterer"
	"palermo.internal/services/gateway"
	"palermo.internal/services/indexer"
	"palermo.internal/services/normalizer"
	"palermo.internal/services/scorer"
)

// nodeConfig says what a node is made of.
type nodeConfig struct {
	// dataDir holds the embedded broker, the embedded index and the state.
	dataDir string
	// kafka are external brokers; none starts the embedded one.
	kafka      kafkaAccess
	brokerPort int
	partitions int
	// replication is that of topics made on external brokers.
	replication int
	// gateway and query are addresses to listen on; admin may be "off".
	gateway, query, admin string
	gatewayKeys           string
	kafkaFlags            *kafkaFlags
	elastic               *elasticFlags
	pipeline              *pipelineFlags
	// quick shortens the waits that suit a cluster, for tests and the demo.
	quick bool
}

// node is the whole pipeline in one process: the broker or a connection to
// one, the stages, the index, the gateway and the search port.
type node struct {
	cfg      nodeConfig
	logger   *zap.Logger
	registry *prometheus.Registry
	broker   *embeddedBroker
	kafka    kafkaAccess
	store    index.Store
	producer *stream.Producer
	query    *queryServer
	gateway  *gateway.Service
	// gatewayAddr is what the gateway listens on.
	gatewayAddr string
	runners     []namedRunner
}

// namedRunner is one stage at work.
type namedRunner struct {
	name   string
	runner *stream.Runner
}

// newNode starts what the stages need, sinks first. After an error everything
// that was started is stopped again.
func newNode(ctx context.Context, cfg nodeConfig, logger *zap.Logger) (_ *node, err error) {
	n := &node{cfg: cfg, logger: logger, registry: ops.NewRegistry()}
	defer func() {
		if err != nil {
			err = errors.Join(err, n.close(ctx))
		}
	}()
	if err := os.MkdirAll(cfg.dataDir, 0o700); err != nil {
		return nil, usagef("cannot use the data folder %s: %w", printable(cfg.dataDir), err)
	}
	if err := n.openIndex(ctx); err != nil {
		return nil, err
	}
	if err := n.openBroker(ctx); err != nil {
		return nil, err
	}
	keys, err := n.tokenKeys()
	if err != nil {
		return nil, err
	}
	engine, err := loadEngine(*cfg.pipeline.rules)
	if err != nil {
		return nil, err
	}
	if err := n.makeStages(keys, engine); err != nil {
		return nil, err
	}
	if n.query, err = startQueryServer(ctx, cfg.query, n.store, n.lag, logger.Named("query")); err != nil {
		return nil, err
	}
	return n, n.openGateway(ctx)
}

func (n *node) openIndex(ctx context.Context) (err error) {
	if n.cfg.elastic.configured() {
		n.store, err = n.cfg.elastic.open(ctx, n.registry)
		return err
	}
	cfg := embedded.DefaultConfig()
	cfg.Dir = filepath.Join(n.cfg.dataDir, "index")
	if n.store, err = embedded.Open(cfg); err != nil {
		return err
	}
	return n.store.Setup(ctx)
}

func (n *node) openBroker(ctx context.Context) (err error) {
	n.kafka = n.cfg.kafka
	if len(n.kafka.brokers) == 0 {
		if n.broker, err = startBroker(filepath.Join(n.cfg.dataDir, "broker"), n.cfg.brokerPort); err != nil {
			return err
		}
		n.kafka.brokers = n.broker.addresses()
	}
	plan := topicPlan{partitions: n.cfg.partitions, replication: 1, everKept: true}
	if n.broker == nil {
		plan = defaultTopicPlan()
		plan.partitions, plan.replication = n.cfg.partitions, n.cfg.replication
	}
	if err := plan.ensure(ctx, n.kafka); err != nil {
		return err
	}
	n.producer, err = newProducer(n.kafka, n.logger.Named("producer"), n.registry)
	return err
}

func (n *node) tokenKeys() (contact.Keys, error) {
	if *n.cfg.pipeline.tokenKey != "" {
		return keysFromFile(*n.cfg.pipeline.tokenKey)
	}
	return keysKeptIn(filepath.Join(n.cfg.dataDir, "token.key"))
}

// makeStages makes every stage, the last one of the pipeline first.
func (n *node) makeStages(keys contact.Keys, engine *indicator.Engine) error {
	t, p := defaultTopics(), n.cfg.pipeline
	holder := indicator.NewHolder(engine)
	for _, s := range []struct {
		name, topic string
		handler     func() (stream.Handler, error)
	}{
		{"indexer-clusters", t.scoredClusters, func() (stream.Handler, error) { return indexer.NewHandler(indexer.DefaultConfig(), n.store) }},
		{"indexer", t.scoredAds, func() (stream.Handler, error) { return indexer.NewHandler(indexer.DefaultConfig(), n.store) }},
		{"scorer", t.clustered, func() (stream.Handler, error) { return scorer.NewHandler(p.scorer, holder) }},
		{"clusterer", t.normalized, func() (stream.Handler, error) { return clusterer.NewHandler(p.clusterer) }},
		{"normalizer", t.raw, func() (stream.Handler, error) { return normalizer.NewHandler(p.normalizer, keys) }},
	} {
		cfg := stream.DefaultConfig()
		cfg.Brokers, cfg.Security, cfg.Topic, cfg.Stage = n.kafka.brokers, n.kafka.security, s.topic, s.name
		cfg.Group = "palermo-" + s.name
		cfg.DeadLetterTopic = deadLetterTopic(s.topic)
		cfg.MaxMessageBytes = stage.MaxMessageBytes
		cfg.SnapshotDir = filepath.Join(n.cfg.dataDir, "state")
		if n.cfg.quick {
			cfg.SessionTimeout, cfg.RebalanceTimeout = 6*time.Second, 6*time.Second
			cfg.DrainTimeout = 2 * time.Second
			cfg.HeartbeatInterval, cfg.JoinGroupBackoff = 200*time.Millisecond, 100*time.Millisecond
		}
		r, err := stream.New(cfg, stream.Deps{
			Logger:     n.logger.Named(s.name),
			Registry:   n.registry,
			NewHandler: func(int) (stream.Handler, error) { return s.handler() },
		})
		if err != nil {
			return fmt.Errorf("set up the %s: %w", s.name, err)
		}
		n.runners = append(n.runners, namedRunner{s.name, r})
	}
	return nil
}

func (n *node) openGateway(ctx context.Context) error {
	cfg := gateway.DefaultConfig()
	cfg.Listen = n.cfg.gateway
	cfg.KeysFile = n.cfg.gatewayKeys
	if cfg.AllowAnonymous = n.cfg.gatewayKeys == ""; cfg.AllowAnonymous {
		// Whoever may reach this loopback port owns the machine's CPU anyway.
		cfg.Rate = gateway.RateConfig{AdsPerSecond: 100_000, Burst: 1_000_000}
	}
	if err := cfg.Validate(); err != nil {
		return &usageError{err}
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return usagef("-gateway: %w", err)
	}
	n.gateway, err = gateway.New(cfg, gateway.Deps{
		Producer: n.producer, Logger: n.logger.Named("gateway"), Registry: n.registry, Listener: l,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("set up the gateway: %w", err), l.Close())
	}
	n.gatewayAddr = l.Addr().String()
	return nil
}

// Live reports whether every stage's loop turns.
func (n *node) Live() error { return n.each((*stream.Runner).Live) }

// Ready reports whether every stage works.
func (n *node) Ready() error { return n.each((*stream.Runner).Ready) }

func (n *node) each(f func(*stream.Runner) error) error {
	var errs []error
	for _, r := range n.runners {
		if err := f(r.runner); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, err))
		}
	}
	return errors.Join(errs...)
}

// lag returns how many records each stage is behind.
func (n *node) lag(ctx context.Context) (map[string]int64, error) {
	lags := make(map[string]int64, len(n.runners))
	for _, r := range n.runners {
		lag, err := r.runner.Lag(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		lags[r.name] = lag
	}
	return lags, nil
}

// drained reports whether no stage is behind. A stage writes before it
// commits, so when all lags are 0 in the order of the pipeline nothing is
// under way.
func (n *node) drained(ctx context.Context) (bool, error) {
	for _, r := range slices.Backward(n.runners) {
		lag, err := r.runner.Lag(ctx)
		if err != nil || lag > 0 {
			return false, err
		}
	}
	return true, nil
}

// Run works until ctx ends or a part fails, then stops everything, sources
// first.
func (n *node) Run(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	for _, r := range n.runners {
		g.Go(func() error {
			if err := r.runner.Run(gctx); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			return stoppedEarly(gctx, r.name)
		})
	}
	g.Go(func() error {
		if err := n.gateway.Run(gctx); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
		return stoppedEarly(gctx, "gateway")
	})
	g.Go(n.query.serve)
	g.Go(func() error {
		<-gctx.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		return n.query.close(closing)
	})
	return errors.Join(g.Wait(), n.close(context.WithoutCancel(ctx)))
}

// stoppedEarly turns the end of a part that nobody asked to end into a failure.
func stoppedEarly(ctx context.Context, name string) error {
	if ctx.Err() == nil {
		return fmt.Errorf("%s: stopped by itself", name)
	}
	return nil
}

// close frees what the stages used; it may be called for a node that is only
// half made.
func (n *node) close(ctx context.Context) error {
	var errs []error
	if n.producer != nil {
		errs = append(errs, n.producer.Close(ctx))
		n.producer = nil
	}
	if n.store != nil {
		errs = append(errs, n.store.Close())
		n.store = nil
	}
	if n.broker != nil {
		n.broker.close()
		n.broker = nil
	}
	return errors.Join(errs...)
}
