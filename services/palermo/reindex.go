package main

import (
	"context"
	"fmt"
)

const reindexHelp = `
Makes the indexer read ads.scored and clusters.scored again from their first
record, for a new or a damaged index. Stop every indexer first, start them
afterwards. Documents have versions, so what is in the index already and newer
stays. How far back the index reaches is how long those topics are kept.

Exit codes: 0 done; 1 an indexer still runs, or the brokers could not be
reached; 2 wrong flags.`

func reindexCommand() command {
	return command{name: "reindex", summary: "make the indexer begin again, for a new index", run: runReindex}
}

func runReindex(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "reindex", "", reindexHelp)
	flags := addKafkaFlags(env, fs, "")
	if err := noArguments(fs, args); err != nil {
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
	t := defaultTopics()
	for _, g := range []struct{ group, topic string }{
		{"palermo-indexer", t.scoredAds}, {"palermo-indexer-clusters", t.scoredClusters},
	} {
		if err := a.Rewind(ctx, g.group, g.topic); err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s begins again at the first record of %s\n", g.group, g.topic)
	}
	return nil
}
