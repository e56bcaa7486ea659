package indexer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// Settings is the configuration of the indexer's binary. Kafka's topic and
// group are not set: the indexer reads both topics of Indexer, each in a group
// of its own.
type Settings struct {
	stage.Settings `yaml:",inline"`
	Indexer        Config         `yaml:"indexer"`
	Elasticsearch  elastic.Config `yaml:"elasticsearch"`
}

// DefaultSettings returns the settings to start from.
func DefaultSettings() Settings {
	c := DefaultConfig()
	s := Settings{Settings: stage.DefaultSettings("indexer", c.AdsTopic, 9404), Indexer: c, Elasticsearch: elastic.DefaultConfig()}
	s.Elasticsearch.Addresses = []string{"http://127.0.0.1:9200"}
	return s
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Settings.Validate())
	if err := s.Indexer.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("indexer: %w", err))
	}
	if err := s.Elasticsearch.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("elasticsearch: %w", err))
	}
	return errors.Join(errs...)
}

// service runs one consumer a topic over one store.
type service struct {
	store         index.Store
	ads, clusters *stream.Runner
	logger        *zap.Logger
	retry         stream.Retry
	// waiting is why the indices are not set up yet; nil once they are.
	waiting atomic.Pointer[error]
}

// errSettingUp is why a service that has just begun is not ready.
var errSettingUp = errors.New("the indices are being set up")

// NewService makes the indexer as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	store, err := elastic.New(s.Elasticsearch, elastic.Deps{Registerer: d.Registry})
	if err != nil {
		return nil, err
	}
	svc := newService(store, d.Logger, s.Kafka.Retry)
	if svc.ads, err = svc.runner(s, d, "indexer", s.Indexer.AdsTopic); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if svc.clusters, err = svc.runner(s, d, "indexer-clusters", s.Indexer.ClustersTopic); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return svc, nil
}

func newService(store index.Store, logger *zap.Logger, retry stream.Retry) *service {
	s := &service{store: store, logger: logger, retry: retry}
	s.waiting.Store(&errSettingUp)
	return s
}

func (s *service) runner(set Settings, d ops.Deps, name, topic string) (*stream.Runner, error) {
	set.Kafka.Stage, set.Kafka.Group, set.Kafka.Topic = name, "palermo-"+name, topic
	set.Kafka.DeadLetterTopic = topic + stream.DeadLetterSuffix
	d.Logger = d.Logger.Named(name)

	return stage.NewRunner(set.Settings, d, func(int) (stream.Handler, error) {
		return NewHandler(set.Indexer, s.store)
	})
}

// Live reports whether both loops turn.
func (s *service) Live() error { return errors.Join(s.ads.Live(), s.clusters.Live()) }

// Ready reports whether the indices are there and both consumers work.
func (s *service) Ready() error {
	if err := s.waiting.Load(); err != nil {
		return *err
	}
	return errors.Join(s.ads.Ready(), s.clusters.Ready())
}

// setUp sets up the indices. While the cluster cannot be reached it tries again:
// an indexer that starts while Elasticsearch restarts must not need a second
// start. An error that no retry can mend is returned.
func (s *service) setUp(ctx context.Context) error {
	for n := 1; ; n++ {
		err := s.store.Setup(ctx)
		if err == nil {
			s.waiting.Store(nil)
			return nil
		}
		err = fmt.Errorf("set up the indices: %w", err)
		var ie *index.Error
		if !errors.As(err, &ie) || ie.Fatal() {
			return err
		}
		s.waiting.Store(&err)
		if n&(n-1) == 0 {
			s.logger.Warn("cannot set up the indices, trying again", zap.Int("attempt", n), zap.Error(err))
		}
		if !s.retry.Wait(ctx, n, ie.RetryAfter()) {
			return nil
		}
	}
}

// Run works until ctx ends.
func (s *service) Run(ctx context.Context) error {
	if err := s.setUp(ctx); err != nil {
		return errors.Join(err, s.store.Close())
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.ads.Run(gctx) })
	g.Go(func() error { return s.clusters.Run(gctx) })
	return errors.Join(g.Wait(), s.store.Close())
}
