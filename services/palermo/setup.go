package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"time"

	"palermo.internal/pkg/kibana"
	"palermo.internal/pkg/ops"
)

const setupHelp = `
Prepares servers for the pipeline. It may run again at any time, and from several
places at once: topics that are there are left as they are.

topics           makes the topics and their dead-letter topics, and says what of
                 those that were there would not do. Partitions are for life: a
                 key's partition depends on their number
acls             prints the rights that each service needs at the brokers, and
                 with -apply gives them
elasticsearch    puts this version's templates in place, adds new fields to the
                 mappings, and makes the first indices. No document is touched.
                 Index lifecycle is left to you
kibana           imports data views, searches and dashboards, and replaces only
                 what it made itself

Exit codes: 0 done; 1 failed, or a topic is there that the stages would refuse;
2 wrong flags.`

func setupCommand() command {
	return command{name: "setup", args: "topics|acls|elasticsearch|kibana", summary: "prepare Kafka, Elasticsearch and Kibana", run: runSetup}
}

// setupTargets are what setup can prepare.
var setupTargets = []string{"topics", "acls", "elasticsearch", "kibana"}

func runSetup(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "setup", "topics|acls|elasticsearch|kibana", setupHelp)
	kafka := addKafkaFlags(env, fs, "")
	es := addElasticFlags(env, fs)
	plan := defaultTopicPlan()
	fs.IntVar(&plan.partitions, "partitions", plan.partitions, "topics: partitions of each topic that is made; ads.normalized always has one")
	fs.IntVar(&plan.replication, "replication", plan.replication, "topics: replicas of each topic that is made; from 3 on, two must have a record before it counts")
	fs.DurationVar(&plan.raw, "keep-raw", plan.raw, "topics: how long ads.raw is kept; it holds contacts")
	fs.DurationVar(&plan.window, "keep-normalized", plan.window, "topics: how long ads.normalized is kept; at least the clusterer's window")
	fs.DurationVar(&plan.events, "keep-events", plan.events, "topics: how long the topics after it are kept: how far back an index can be made again")
	fs.DurationVar(&plan.letters, "keep-dead-letters", plan.letters, "topics: how long dead letters are kept; they hold contacts")
	kb := addKibanaFlags(env, fs)
	prefix := fs.String("user-prefix", "palermo-", "acls: what the services' `user` names begin with")
	apply := fs.Bool("apply", false, "acls: give the rights at the brokers")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 || !slices.Contains(setupTargets, rest[0]) {
		return usagef("say what to prepare: topics, acls, elasticsearch or kibana")
	}
	switch rest[0] {
	case "topics":
		return setUpTopics(ctx, env, kafka, plan)
	case "acls":
		return setUpACLs(ctx, env, kafka, *prefix, *apply)
	case "elasticsearch":
		return setUpElasticsearch(ctx, env, es)
	default:
		return setUpKibana(ctx, env, kb, *es.prefix)
	}
}

// validate refuses what no broker could do.
func (p topicPlan) validate() error {
	var errs []error
	if p.partitions < 1 || p.partitions > 1000 {
		errs = append(errs, fmt.Errorf("-partitions: %d is not within 1 and 1000", p.partitions))
	}
	if p.replication < 1 || p.replication > 9 {
		errs = append(errs, fmt.Errorf("-replication: %d is not within 1 and 9", p.replication))
	}
	for _, v := range []struct {
		flag string
		d    time.Duration
	}{{"-keep-raw", p.raw}, {"-keep-normalized", p.window}, {"-keep-events", p.events}, {"-keep-dead-letters", p.letters}} {
		if v.d < time.Hour {
			errs = append(errs, fmt.Errorf("%s: %s is below one hour: a stage that is down for that long would lose adverts", v.flag, v.d))
		}
	}
	if len(errs) > 0 {
		return &usageError{errors.Join(errs...)}
	}
	return nil
}

func setUpTopics(ctx context.Context, env *environment, flags *kafkaFlags, plan topicPlan) error {
	if err := plan.validate(); err != nil {
		return err
	}
	kafka, err := flags.access()
	if err != nil {
		return err
	}
	reports, err := plan.setUp(ctx, kafka)
	if err != nil {
		return err
	}
	refused, err := printTopics(env.stdout, reports)
	if err != nil {
		return err
	}
	if refused {
		return errors.New("a topic is not as the stages need it: see the list above")
	}
	return nil
}

func setUpACLs(ctx context.Context, env *environment, flags *kafkaFlags, prefix string, apply bool) error {
	acls := serviceACLs(prefix)
	if err := printACLs(env.stdout, acls); err != nil || !apply {
		return err
	}
	kafka, err := flags.access()
	if err != nil {
		return err
	}
	a, err := newAdmin(kafka)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.AllowACLs(ctx, acls); err != nil {
		return err
	}
	fmt.Fprintf(env.stderr, "%d rights given\n", len(acls))
	return nil
}

func setUpElasticsearch(ctx context.Context, env *environment, es *elasticFlags) error {
	if !es.configured() {
		return usagef("name Elasticsearch with -elasticsearch URL")
	}
	store, err := es.open(ctx, nil)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.stdout, "templates, mappings and indices are in place")
	return store.Close()
}

// kibanaFlags say how Kibana is reached. The secret comes from the environment
// or from a file, never from the command line.
type kibanaFlags struct {
	url, ca, space *string
	env            func(string) string
}

func addKibanaFlags(env *environment, fs *flag.FlagSet) *kibanaFlags {
	return &kibanaFlags{
		env:   env.getenv,
		url:   fs.String("kibana", "", "`URL` of Kibana; PALERMO_KIBANA_API_KEY holds the API key, or file:PATH"),
		ca:    fs.String("kibana-ca", "", "`file` with the certificates to trust for Kibana, PEM"),
		space: fs.String("kibana-space", "", "`space` of Kibana to import into; the default one without it"),
	}
}

func setUpKibana(ctx context.Context, env *environment, flags *kibanaFlags, prefix string) error {
	if *flags.url == "" {
		return usagef("name Kibana with -kibana URL")
	}
	cfg := kibana.DefaultConfig()
	cfg.URL, cfg.CAFile, cfg.Space = *flags.url, *flags.ca, *flags.space
	cfg.APIKey = ops.Secret(flags.env("PALERMO_KIBANA_API_KEY"))
	if err := cfg.Validate(); err != nil {
		return &usageError{err}
	}
	objects, err := kibana.WithPrefix(kibana.SavedObjects(), prefix)
	if err != nil {
		return &usageError{err}
	}
	r, err := kibana.Import(ctx, cfg, objects)
	for _, f := range r.Failed {
		fmt.Fprintf(env.stderr, "not imported: %s %s: %s\n", f.Object.Type, f.Object.ID, printable(f.Reason))
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%d objects made, %d replaced\n", len(r.Created), len(r.Replaced))
	return err
}
