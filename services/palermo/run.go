package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"palermo.internal/pkg/ops"
)

const runHelp = `
Runs the whole pipeline in this process: gateway, normalizer, clusterer, scorer
and indexer, through the Kafka protocol. Without -brokers it starts a broker of
its own, without -elasticsearch an index of its own, both in the data folder and
on loopback only. Stop it with Ctrl-C; start it again and it goes on where it
was, also after a crash.

Send adverts:   curl -H 'Content-Type: application/x-ndjson' --data-binary @feed.ndjson http://127.0.0.1:8080/v1/ads
                palermo ingest feed.ndjson
Look at them:   palermo search WORDS, palermo verify, palermo tap ads.scored`

func runCommand() command {
	return command{name: "run", summary: "run the whole pipeline in one process", run: runRun}
}

func addNodeFlags(env *environment, fs *flag.FlagSet, cfg *nodeConfig) {
	fs.StringVar(&cfg.dataDir, "data", defaultDataDir, "`folder` for the broker, the index, the state and the token key")
	cfg.kafkaFlags = addKafkaFlags(env, fs, ", instead of the embedded one")
	fs.IntVar(&cfg.brokerPort, "broker-port", 19092, "loopback `port` of the embedded broker; 0 picks a free one")
	fs.IntVar(&cfg.partitions, "partitions", 4, "partitions of topics that are made; ads.normalized always has one")
	fs.IntVar(&cfg.replication, "replication", 1, "replicas of topics that are made on brokers that are named")
	fs.StringVar(&cfg.gateway, "gateway", "127.0.0.1:8080", "`address` where adverts are taken in")
	fs.StringVar(&cfg.gatewayKeys, "gateway-keys", "", "`file` with API keys (`palermo keys gateway`); without it anyone on this machine may send")
	fs.StringVar(&cfg.query, "query", "127.0.0.1:8081", "loopback `address` where searches are answered")
	fs.StringVar(&cfg.admin, "admin", "127.0.0.1:8082", "`address` of /livez, /readyz and /metrics, or off")
	cfg.elastic = addElasticFlags(env, fs)
	cfg.pipeline = addPipelineFlags(fs)
}

func runRun(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "run", "", runHelp)
	var cfg nodeConfig
	addNodeFlags(env, fs, &cfg)
	log := ops.LogConfig{Level: "info", Format: "json"}
	if env.interactive() {
		log.Format = "console"
	}
	fs.StringVar(&log.Level, "log-level", log.Level, "debug, info, warn or error")
	fs.StringVar(&log.Format, "log-format", log.Format, "json or console")
	if err := noArguments(fs, args); err != nil {
		return err
	}
	if cfg.partitions < 1 || cfg.partitions > 1000 {
		return usagef("-partitions: %d is not within 1 and 1000", cfg.partitions)
	}
	if cfg.kafkaFlags.named() {
		var err error
		if cfg.kafka, err = cfg.kafkaFlags.access(); err != nil {
			return err
		}
	}
	logger, err := ops.NewLogger(log, env.stderr)
	if err != nil {
		return &usageError{err}
	}
	n, err := newNode(ctx, cfg, logger)
	if err != nil {
		return err
	}
	info := runInfo{PID: os.Getpid(), Brokers: n.kafka.brokers, Query: n.query.address(), Gateway: n.gatewayAddr, Admin: cfg.admin}
	if err := info.write(cfg.dataDir); err != nil {
		return errors.Join(err, n.close(ctx))
	}
	fmt.Fprintf(env.stderr, "palermo run: adverts to http://%s/v1/ads, searches at http://%s/v1/search, brokers %v, data in %s; Ctrl-C stops\n",
		info.Gateway, info.Query, info.Brokers, printable(cfg.dataDir))
	err = ops.Run(ctx, ops.AdminConfig{Listen: cfg.admin}, n.registry, n, logger)
	if rmErr := os.Remove(runInfoPath(cfg.dataDir)); rmErr != nil && !errors.Is(rmErr, os.ErrNotExist) {
		err = errors.Join(err, fmt.Errorf("remove run.json: %w", rmErr))
	}
	return err
}
