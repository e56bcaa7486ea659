package main

import (
	"context"
	"flag"
	"strings"

	"palermo.internal/pkg/stream"
)

// connection says how a command reaches the topics: through the running
// pipeline of a data folder, or through brokers that are named.
type connection struct {
	data, brokers *string
}

func addConnectFlags(fs *flag.FlagSet) connection {
	return connection{
		data:    addDataFlag(fs),
		brokers: fs.String("brokers", "", "comma-separated `host:port` of Kafka brokers, instead of a running pipeline's"),
	}
}

// addresses returns the brokers.
func (c connection) addresses() ([]string, error) {
	if *c.brokers != "" {
		return splitList(*c.brokers), nil
	}
	run, err := findRun(*c.data)
	if err != nil {
		return nil, err
	}
	return run.Brokers, nil
}

func splitList(s string) []string {
	var out []string
	for p := range strings.SplitSeq(s, ",") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// topics are the names of the pipeline's topics.
type topicNames struct {
	raw, normalized, clustered, scoredAds, scoredClusters string
}

func defaultTopics() topicNames {
	return topicNames{
		raw: "ads.raw", normalized: "ads.normalized", clustered: "ads.clustered",
		scoredAds: "ads.scored", scoredClusters: "clusters.scored",
	}
}

// inputs lists the topics that a stage reads, in the order of the pipeline.
func (t topicNames) inputs() []string {
	return []string{t.raw, t.normalized, t.clustered, t.scoredAds, t.scoredClusters}
}

func deadLetterTopic(topic string) string { return topic + ".dlq" }

// scanAll reads the topics one after the other, each from its first record to
// the last one that was there when the scan began.
func scanAll(ctx context.Context, brokers, topics []string, f func(stream.Record) error) error {
	for _, t := range topics {
		if err := scanTopic(ctx, brokers, t, f); err != nil {
			return err
		}
	}
	return nil
}
