// Package streamtest gives tests a broker that speaks the Kafka protocol in
// process, ways to make it fail, and ways to look into its topics. It is
// imported by tests only.
package streamtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"palermo.internal/pkg/stream"
)

// MaxMessageBytes is max.message.bytes of the topics that Broker makes: what
// stream.DefaultConfig asks for, and some.
const MaxMessageBytes = "2097152"

// Broker is one broker on a free port of the loopback interface. It is safe for
// concurrent use.
type Broker struct {
	*kfake.Cluster
}

// NewBroker starts a broker that lives as long as the test. Sessions may be as
// short as 100 ms. opts are added to its own.
func NewBroker(tb testing.TB, opts ...kfake.Opt) *Broker {
	tb.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{
		kfake.NumBrokers(1),
		kfake.GroupMinSessionTimeout(100 * time.Millisecond),
		// A real broker waits 3 s for more members to join a new group.
		kfake.BrokerConfigs(map[string]string{"group.initial.rebalance.delay.ms": "0"}),
	}, opts...)...)
	require.NoError(tb, err)
	tb.Cleanup(c.Close)
	return &Broker{Cluster: c}
}

// Topic makes a topic and its dead-letter topic, each with n partitions.
func (b *Broker) Topic(tb testing.TB, name string, n int32) {
	tb.Helper()
	size := MaxMessageBytes
	for _, t := range []string{name, name + stream.DeadLetterSuffix} {
		require.NoError(tb, b.CreateTopic(t, n, map[string]string{"max.message.bytes": size}))
	}
}

// Config returns settings for a runner on this broker that reads topic: the
// default ones with times fit for a test.
func (b *Broker) Config(group, topic string) stream.Config {
	c := stream.DefaultConfig()
	c.Brokers = b.ListenAddrs()
	c.Stage, c.Group, c.Topic = "test", group, topic
	c.Linger = 5 * time.Millisecond
	c.FetchMaxWait = 50 * time.Millisecond
	c.ReadBatchTimeout = 200 * time.Millisecond
	c.SessionTimeout = 6 * time.Second
	c.RebalanceTimeout = 6 * time.Second
	c.HeartbeatInterval = 50 * time.Millisecond
	c.JoinGroupBackoff = 50 * time.Millisecond
	c.DrainTimeout = 2 * time.Second
	c.ShutdownTimeout = 8 * time.Second
	c.WriteTimeout = 3 * time.Second
	c.Retry = stream.Retry{Min: time.Millisecond, Max: 20 * time.Millisecond}
	c.Breaker.ProbeMin, c.Breaker.ProbeMax = 10*time.Millisecond, 50*time.Millisecond
	c.WatchdogInterval = 100 * time.Millisecond
	return c
}

// Admin returns an Admin on this broker, closed with the test.
func (b *Broker) Admin(tb testing.TB) *stream.Admin {
	tb.Helper()
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: b.ListenAddrs(), Timeout: 5 * time.Second})
	require.NoError(tb, err)
	tb.Cleanup(a.Close)
	return a
}

// Records returns all that topic holds, in order within each partition.
func (b *Broker) Records(tb testing.TB, topic string) []stream.Record {
	tb.Helper()
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: b.ListenAddrs(), Timeout: 5 * time.Second})
	require.NoError(tb, err)
	defer a.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var out []stream.Record
	require.NoError(tb, a.Scan(ctx, topic, stream.ScanOptions{}, func(r stream.Record) error {
		out = append(out, r)
		return nil
	}))
	return out
}

// Write writes messages to their topics.
func (b *Broker) Write(tb testing.TB, msgs ...stream.Message) {
	tb.Helper()
	conf := stream.DefaultProducerConfig()
	conf.Brokers = b.ListenAddrs()
	p, err := stream.NewProducer(conf, nil, nil)
	require.NoError(tb, err)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(tb, p.Write(ctx, msgs))
	require.NoError(tb, p.Close(ctx))
}

// Committed returns the group's committed offset of a partition, -1 if there is
// none.
func (b *Broker) Committed(group, topic string, partition int32) int64 {
	g := b.GroupInfo(group)
	if g == nil {
		return -1
	}
	c, ok := g.Commits[topic][partition]
	if !ok {
		return -1
	}
	return c.Offset
}
