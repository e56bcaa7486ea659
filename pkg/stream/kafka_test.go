//go:build unix

package stream_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

// realKafka is topics of a test's own on a real Kafka: the user's, or one that
// the test has started and may restart.
type realKafka struct {
	tb       testing.TB
	own      *streamtest.Kafka // nil on the user's
	brokers  []string
	security stream.Security
	in, out  string
	log      *zap.Logger
}

var realRuns atomic.Int64

// newRealKafka makes the topics, or skips the test where there is no Kafka.
func newRealKafka(tb testing.TB, partitions int) *realKafka {
	tb.Helper()
	k := &realKafka{tb: tb, log: zaptest.NewLogger(tb, zaptest.Level(zap.ErrorLevel))}
	if named := os.Getenv(streamtest.EnvKafka); named != "" {
		k.brokers = strings.Split(named, ",")
	} else {
		k.own = streamtest.StartKafka(tb, streamtest.KafkaOptions{})
		k.brokers = k.own.Brokers()
		tb.Logf("Apache Kafka %s", k.own.Version())
	}
	name := fmt.Sprintf("palermo-test-%d-%d", time.Now().UnixMilli(), realRuns.Add(1))
	k.in, k.out = name+"-in", name+"-out"
	a := k.admin()
	var specs []stream.TopicSpec
	for _, t := range []string{k.in, k.in + stream.DeadLetterSuffix, k.out} {
		specs = append(specs, stream.TopicSpec{Name: t, Partitions: partitions, Replication: 1, Retention: time.Hour})
	}
	require.NoError(tb, a.EnsureTopics(tb.Context(), specs))
	require.NoError(tb, a.EnsureTopics(tb.Context(), specs), "a second time changes nothing")
	return k
}

func (k *realKafka) admin() *stream.Admin {
	k.tb.Helper()
	a, err := stream.NewAdmin(stream.AdminConfig{Brokers: k.brokers, Security: k.security})
	require.NoError(k.tb, err)
	k.tb.Cleanup(a.Close)
	return a
}

func (k *realKafka) config(group string) stream.Config {
	c := stream.DefaultConfig()
	c.Brokers, c.Security = k.brokers, k.security
	c.Stage, c.Group, c.Topic = "test", group, k.in
	c.OutputTopics = []string{k.out}
	c.SessionTimeout, c.RebalanceTimeout = 6*time.Second, 6*time.Second
	c.HeartbeatInterval, c.JoinGroupBackoff = 500*time.Millisecond, 200*time.Millisecond
	c.DrainTimeout, c.ShutdownTimeout = 2*time.Second, 10*time.Second
	c.MaxBatchRecords = 100
	c.WatchdogInterval = time.Second
	return c
}

// copy writes what is not bad to the output.
func (k *realKafka) copy(_ context.Context, recs []stream.Record) (stream.Result, error) {
	var res stream.Result
	for i, rec := range recs {
		if strings.HasPrefix(string(rec.Key), "bad-") {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: "bad", Err: errors.New("is bad")})
			continue
		}
		res.Out = append(res.Out, stream.Message{Topic: k.out, Key: rec.Key, Value: rec.Value})
	}
	return res, nil
}

func (k *realKafka) start(group string) *running {
	k.tb.Helper()
	s, err := stream.New(k.config(group), stream.Deps{Logger: k.log, NewHandler: always(stream.HandlerFunc(k.copy))})
	require.NoError(k.tb, err)
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{Runner: s, cancel: cancel, done: make(chan struct{})}
	go func() {
		run.err = s.Run(ctx)
		close(run.done)
	}()
	k.tb.Cleanup(func() { cancel(); <-run.done })
	return run
}

// produce writes n records through one producer, a few at a time, until all are
// acknowledged.
func (k *realKafka) produce(ctx context.Context, n int) error {
	conf := stream.DefaultProducerConfig()
	conf.Brokers, conf.Security = k.brokers, k.security
	p, err := stream.NewProducer(conf, k.log, nil)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(ctx) }()
	for from := 0; from < n; from += 50 {
		var msgs []stream.Message
		for i := from; i < min(from+50, n); i++ {
			key := fmt.Sprintf("id-%05d", i)
			if i%97 == 0 {
				key = fmt.Sprintf("bad-%05d", i)
			}
			msgs = append(msgs, stream.Message{Topic: k.in, Key: []byte(key), Value: []byte("value of " + key)})
		}
		for {
			if err := p.Write(ctx, msgs); err == nil {
				break
			} else if ctx.Err() != nil {
				return err
			}
		}
	}
	return nil
}

func (k *realKafka) keys(topic string) map[string]bool {
	k.tb.Helper()
	out := map[string]bool{}
	require.NoError(k.tb, k.admin().Scan(k.tb.Context(), topic, stream.ScanOptions{}, func(r stream.Record) error {
		out[string(r.Key)] = true
		return nil
	}))
	return out
}

// account waits until the group has read all, and checks that every key is in
// the output or in the dead letters, and none in both.
func (k *realKafka) account(group string, n int) {
	k.tb.Helper()
	a := k.admin()
	require.Eventually(k.tb, func() bool {
		lag, err := a.Lag(k.tb.Context(), group, k.in)
		return err == nil && lag == 0
	}, 90*time.Second, 100*time.Millisecond)
	out, dead := k.keys(k.out), k.keys(k.in+stream.DeadLetterSuffix)
	require.Len(k.tb, out, n-(n+96)/97)
	require.Len(k.tb, dead, (n+96)/97)
	for key := range dead {
		require.False(k.tb, out[key], "%s is in both", key)
	}
}

// TestRealKafkaMembersComeAndGo runs a group over a real broker while members
// join and leave.
func TestRealKafkaMembersComeAndGo(t *testing.T) {
	t.Parallel()
	k := newRealKafka(t, 4)
	const n = 6000
	produced := make(chan error, 1)
	go func() { produced <- k.produce(t.Context(), n) }()
	group := k.in
	first := k.start(group)
	for range 3 {
		other := k.start(group)
		require.Eventually(t, func() bool { return other.Ready() == nil }, 30*time.Second, 50*time.Millisecond)
		require.NoError(t, other.stop())
	}
	require.NoError(t, <-produced)
	k.account(group, n)
	require.NoError(t, first.Ready())
	require.NoError(t, first.stop())
}

// TestRealKafkaBrokerRestarts kills the broker, and restarts it in order, while
// a stage reads and a producer writes.
func TestRealKafkaBrokerRestarts(t *testing.T) {
	t.Parallel()
	if os.Getenv(streamtest.EnvKafka) != "" {
		t.Skipf("a broker that is killed: needs one of the test's own; unset %s", streamtest.EnvKafka)
	}
	k := newRealKafka(t, 4)
	const n = 10_000
	group := k.in
	s := k.start(group)
	produced := make(chan error, 1)
	go func() { produced <- k.produce(t.Context(), n) }()
	a := k.admin()
	arrived := func() (sum int64) {
		offsets, err := a.Offsets(t.Context(), k.in)
		if err != nil {
			return 0
		}
		for _, o := range offsets {
			sum += o.Next
		}
		return sum
	}
	require.Eventually(t, func() bool { return arrived() > 500 }, 30*time.Second, 10*time.Millisecond)
	k.own.Kill()
	k.own.Start(t)
	require.Eventually(t, func() bool { return arrived() > 2000 }, 60*time.Second, 10*time.Millisecond)
	k.own.Stop()
	k.own.Start(t)
	require.NoError(t, <-produced)
	k.account(group, n)
	require.NoError(t, s.stop())
}

// TestRealKafkaTopics looks at topics as a real broker describes them.
func TestRealKafkaTopics(t *testing.T) {
	t.Parallel()
	k := newRealKafka(t, 3)
	a := k.admin()
	topics, err := a.Topics(t.Context(), []string{k.in, k.in + "-none"})
	require.NoError(t, err)
	require.Equal(t, map[string]stream.TopicState{k.in: {
		Name: k.in, Partitions: 3, Replication: 1, MaxMessageBytes: 2 << 20, Retention: time.Hour, Cleanup: "delete",
	}}, topics)
	err = a.EnsureTopics(t.Context(), []stream.TopicSpec{{Name: k.in, Partitions: 4, Replication: 1}})
	require.ErrorContains(t, err, "has 3 partitions, not 4")
}

// TestRealKafkaSecurity speaks TLS and SCRAM to a broker that refuses what no
// right allows.
func TestRealKafkaSecurity(t *testing.T) {
	t.Parallel()
	if os.Getenv(streamtest.EnvKafka) != "" {
		t.Skipf("a broker with users and rights: needs one of the test's own; unset %s", streamtest.EnvKafka)
	}
	own := streamtest.StartKafka(t, streamtest.KafkaOptions{Secure: true, Users: map[string]string{
		streamtest.AdminUser: "admin-secret", "stage": "stage-secret", "stranger": "stranger-secret",
	}})
	admin := own.Admin(t, streamtest.AdminUser)
	k := &realKafka{tb: t, own: own, brokers: own.Brokers(), in: "secure-in", out: "secure-out", log: zaptest.NewLogger(t, zaptest.Level(zap.FatalLevel))}
	var specs []stream.TopicSpec
	for _, name := range []string{k.in, k.in + stream.DeadLetterSuffix, k.out} {
		specs = append(specs, stream.TopicSpec{Name: name, Partitions: 2, Replication: 1})
	}
	require.NoError(t, admin.EnsureTopics(t.Context(), specs))

	k.security = own.Security("stranger")
	_, err := k.admin().Offsets(t.Context(), k.in)
	require.Error(t, err, "a user without rights sees nothing")
	wrong := own.Security("stage")
	wrong.SASL.Password = "wrong"
	for name, security := range map[string]stream.Security{"a wrong password": wrong, "plain TCP": {}} {
		a, err := stream.NewAdmin(stream.AdminConfig{Brokers: k.brokers, Security: security, Timeout: 3 * time.Second})
		require.NoError(t, err)
		err = a.Ping(t.Context())
		a.Close()
		require.Error(t, err, name)
		require.NotContains(t, err.Error(), "stage-secret")
	}

	acl := func(resource, name string, operations ...string) (out []stream.ACL) {
		for _, op := range operations {
			out = append(out, stream.ACL{Principal: "User:stage", Resource: resource, Name: name, Operation: op})
		}
		return out
	}
	acls := acl("topic", k.in, "READ", "WRITE", "DESCRIBE")
	acls = append(acls, acl("topic", k.out, "READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS")...)
	acls = append(acls, acl("topic", k.in+stream.DeadLetterSuffix, "READ", "WRITE", "DESCRIBE", "DESCRIBE_CONFIGS")...)
	acls = append(acls, acl("group", "secure", "READ", "DESCRIBE")...)
	require.NoError(t, admin.AllowACLs(t.Context(), acls))
	require.NoError(t, admin.AllowACLs(t.Context(), acls), "a right that is given already stays")
	require.Error(t, admin.AllowACLs(t.Context(), []stream.ACL{{Principal: "User:x", Resource: "planet", Name: "n", Operation: "READ"}}))

	k.security = own.Security("stage")
	s := k.start("secure")
	require.NoError(t, k.produce(t.Context(), 500))
	k.account("secure", 500)
	require.NoError(t, s.stop())
}
