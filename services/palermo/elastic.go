package main

import (
	"context"
	"errors"
	"flag"
	"fmt"

	"github.com/prometheus/client_golang/prometheus"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/ops"
)

// elasticFlags say how Elasticsearch is reached. The secrets come from the
// environment or from files, never from the command line.
type elasticFlags struct {
	urls, ca, prefix *string
	env              func(string) string
}

func addElasticFlags(env *environment, fs *flag.FlagSet) *elasticFlags {
	return &elasticFlags{
		env:    env.getenv,
		urls:   fs.String("elasticsearch", "", "comma-separated `URLs` of Elasticsearch, instead of the embedded index; PALERMO_ELASTICSEARCH_API_KEY holds the API key, or file:PATH"),
		ca:     fs.String("elasticsearch-ca", "", "`file` with the certificates to trust for Elasticsearch, PEM"),
		prefix: fs.String("elasticsearch-prefix", elastic.DefaultConfig().Prefix, "what the `names` of indices and templates begin with"),
	}
}

func (e *elasticFlags) configured() bool { return *e.urls != "" }

// open connects and makes sure that the indices are there. reg may be nil.
func (e *elasticFlags) open(ctx context.Context, reg prometheus.Registerer) (index.Store, error) {
	cfg := elastic.DefaultConfig()
	cfg.Addresses, cfg.CAFile, cfg.Prefix = splitList(*e.urls), *e.ca, *e.prefix
	cfg.APIKey = elastic.Secret(e.env("PALERMO_ELASTICSEARCH_API_KEY"))
	if reg == nil {
		reg = ops.NewRegistry()
	}
	store, err := elastic.New(cfg, elastic.Deps{Registerer: reg})
	if err != nil {
		return nil, &usageError{err}
	}
	if err := store.Setup(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("set up the indices: %w", err), store.Close()) //nolint:contextcheck // closing takes none
	}
	return store, nil
}
