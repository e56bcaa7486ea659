package main

import (
	"context"
	"flag"
	"strings"

	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// kafkaAccess is where the brokers are and how they are spoken to.
type kafkaAccess struct {
	brokers  []string
	security stream.Security
}

// kafkaFlags say how brokers are reached. The password comes from the
// environment or from a file, never from the command line.
type kafkaFlags struct {
	brokers  string
	tls      stage.TLS
	sasl     stage.SASL
	password func() string
}

func addKafkaFlags(env *environment, fs *flag.FlagSet, insteadOf string) *kafkaFlags {
	k := &kafkaFlags{password: func() string { return env.getenv("PALERMO_KAFKA_PASSWORD") }}
	fs.StringVar(&k.brokers, "brokers", "", "comma-separated `host:port` of Kafka brokers"+insteadOf)
	fs.BoolVar(&k.tls.Enabled, "kafka-tls", false, "speak TLS to the brokers")
	fs.StringVar(&k.tls.CAFile, "kafka-ca", "", "`file` with the certificates to trust for the brokers, PEM; the system's without it")
	fs.StringVar(&k.tls.CertFile, "kafka-cert", "", "`file` with the certificate to show to the brokers, PEM")
	fs.StringVar(&k.tls.KeyFile, "kafka-key", "", "`file` with that certificate's key, PEM")
	fs.StringVar(&k.sasl.Mechanism, "kafka-sasl", "", "how to log in at the brokers: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512")
	fs.StringVar(&k.sasl.Username, "kafka-user", "", "`name` to log in with; PALERMO_KAFKA_PASSWORD holds the password, or file:PATH")
	return k
}

// named reports whether brokers were named.
func (k *kafkaFlags) named() bool { return k.brokers != "" }

// access returns the brokers that were named.
func (k *kafkaFlags) access() (kafkaAccess, error) {
	if !k.named() {
		if k.tls != (stage.TLS{}) || k.sasl != (stage.SASL{}) {
			return kafkaAccess{}, usagef("-kafka-tls, -kafka-sasl and the like go with -brokers: name them")
		}
		return kafkaAccess{}, usagef("name the Kafka brokers with -brokers host:port")
	}
	s := stage.Settings{TLS: k.tls, SASL: k.sasl}
	if !k.tls.Enabled && k.tls != (stage.TLS{}) {
		return kafkaAccess{}, usagef("-kafka-ca, -kafka-cert and -kafka-key go with -kafka-tls")
	}
	s.SASL.Password = ops.Secret(k.password())
	sec, err := s.Security()
	if err == nil {
		err = sec.Validate()
	}
	if err != nil {
		return kafkaAccess{}, usagef("reach the brokers: %w", err)
	}
	return kafkaAccess{brokers: splitList(k.brokers), security: sec}, nil
}

// connection says how a command reaches the topics: through the running
// pipeline of a data folder, or through brokers that are named.
type connection struct {
	data  *string
	kafka *kafkaFlags
}

func addConnectFlags(env *environment, fs *flag.FlagSet) connection {
	return connection{data: addDataFlag(fs), kafka: addKafkaFlags(env, fs, ", instead of a running pipeline's")}
}

// access returns the brokers.
func (c connection) access() (kafkaAccess, error) {
	if c.kafka.named() {
		return c.kafka.access()
	}
	run, err := findRun(*c.data)
	if err != nil {
		return kafkaAccess{}, err
	}
	return kafkaAccess{brokers: run.Brokers}, nil
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
func scanAll(ctx context.Context, kafka kafkaAccess, topics []string, f func(stream.Record) error) error {
	for _, t := range topics {
		if err := scanTopic(ctx, kafka, t, f); err != nil {
			return err
		}
	}
	return nil
}
