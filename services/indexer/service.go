package indexer

import (
	"context"
	"errors"
	"fmt"

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
}

// NewService makes the indexer as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	store, err := elastic.New(s.Elasticsearch, elastic.Deps{Registerer: d.Registry})
	if err != nil {
		return nil, err
	}
	svc := &service{store: store}
	if svc.ads, err = svc.runner(s, d, "indexer", s.Indexer.AdsTopic); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	if svc.clusters, err = svc.runner(s, d, "indexer-clusters", s.Indexer.ClustersTopic); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return svc, nil
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

// Ready reports whether both consumers work.
func (s *service) Ready() error { return errors.Join(s.ads.Ready(), s.clusters.Ready()) }

// Run works until ctx ends.
func (s *service) Run(ctx context.Context) error {
	if err := s.store.Setup(ctx); err != nil {
		return errors.Join(fmt.Errorf("set up the indices: %w", err), s.store.Close())
	}
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.ads.Run(gctx) })
	g.Go(func() error { return s.clusters.Run(gctx) })
	return errors.Join(g.Wait(), s.store.Close())
}
