package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

func newProducer(t *testing.T, b *streamtest.Broker, change func(*stream.ProducerConfig)) *stream.Producer {
	t.Helper()
	conf := stream.DefaultProducerConfig()
	conf.Brokers = b.ListenAddrs()
	conf.Retry = stream.Retry{Min: time.Millisecond, Max: 5 * time.Millisecond}
	if change != nil {
		change(&conf)
	}
	p, err := stream.NewProducer(conf, nil, prometheus.NewRegistry())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
	return p
}

func TestProducer(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	b.Topic(t, "t", 4)
	p := newProducer(t, b, nil)
	require.NoError(t, p.Ready(t.Context()))
	var msgs []stream.Message
	for i := range 100 {
		msgs = append(msgs, stream.Message{Topic: "t", Key: fmt.Appendf(nil, "k%d", i), Value: []byte("v"), Headers: []stream.Header{{Key: "h", Value: []byte("x")}}})
	}
	require.NoError(t, p.Write(t.Context(), msgs))
	require.NoError(t, p.Write(t.Context(), nil))
	require.Len(t, b.Records(t, "t"), 100)
}

// A message that is too large or whose topic is unknown holds up no other.
func TestProducerErrorsAreEachTheirOwn(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	b.Topic(t, "t", 1)
	p := newProducer(t, b, nil)
	err := p.Write(t.Context(), []stream.Message{
		{Topic: "t", Value: []byte("a")},
		{Topic: "t", Value: make([]byte, 2<<20)},
		{Topic: "t", Value: []byte("b")},
	})
	var each stream.WriteErrors
	require.ErrorAs(t, err, &each)
	require.Len(t, each, 3)
	require.NoError(t, each[0])
	require.ErrorIs(t, each[1], stream.ErrTooLarge)
	require.NoError(t, each[2])
	require.ErrorIs(t, err, stream.ErrTooLarge)
	require.Len(t, b.Records(t, "t"), 2)
}

func TestProducerRetries(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	b.Topic(t, "t", 1)
	p := newProducer(t, b, nil)
	require.NoError(t, p.Write(t.Context(), []stream.Message{{Topic: "t", Value: []byte("a")}}))
	b.DropAnswers(kmsg.Produce, 2) // plain io.EOF, which kafka-go does not repeat
	require.NoError(t, p.Write(t.Context(), []stream.Message{{Topic: "t", Value: []byte("b")}}))
	b.FailProduce("t", kerr.NotEnoughReplicas, 3)
	require.NoError(t, p.Write(t.Context(), []stream.Message{{Topic: "t", Value: []byte("c")}}))
	f := b.FailProduce("t", kerr.NotEnoughReplicas, -1)
	require.Error(t, p.Write(t.Context(), []stream.Message{{Topic: "t", Value: []byte("d")}}))
	require.Equal(t, 8, f.Hits())
	f.Remove()
	require.Len(t, b.Records(t, "t"), 3)
}

func TestProducerCancel(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	b.Topic(t, "t", 1)
	p := newProducer(t, b, func(c *stream.ProducerConfig) { c.Retry = stream.Retry{Min: time.Hour, Max: time.Hour} })
	f := b.FailProduce("t", kerr.NotEnoughReplicas, -1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Write(ctx, []stream.Message{{Topic: "t", Value: []byte("a")}}) }()
	require.NoError(t, f.Wait(t.Context(), 1))
	cancel()
	require.Error(t, <-done)
}

func TestProducerConfig(t *testing.T) {
	t.Parallel()
	_, err := stream.NewProducer(stream.ProducerConfig{}, nil, nil)
	for _, want := range []string{"brokers", "max_message_bytes", "batch_timeout", "retry"} {
		require.ErrorContains(t, err, want)
	}
}

// The partition of a key is the Java client's; these are its test vectors.
func TestPartitionOfKey(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	const n = 1000003 % 97 // any number that tells the hashes apart
	b.Topic(t, "t", n)
	p := newProducer(t, b, nil)
	vectors := map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "abc": 479470107,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
	}
	for key := range vectors {
		require.NoError(t, p.Write(t.Context(), []stream.Message{{Topic: "t", Key: []byte(key)}}))
	}
	for _, rec := range b.Records(t, "t") {
		require.Equal(t, int(vectors[string(rec.Key)]&0x7fffffff)%n, rec.Partition, string(rec.Key))
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	a := b.Admin(t)
	ctx := t.Context()
	require.NoError(t, a.Ping(ctx))
	specs := []stream.TopicSpec{
		{Name: "one", Partitions: 3, Replication: 1, Retention: time.Hour},
		{Name: "two", Partitions: 1, Replication: 1, Retention: -1, MaxMessageBytes: 3 << 20, Cleanup: "compact"},
	}
	require.NoError(t, a.EnsureTopics(ctx, specs))
	require.NoError(t, a.EnsureTopics(ctx, specs))
	require.NoError(t, a.EnsureTopics(ctx, nil))
	require.Equal(t, "3145728", *b.TopicInfo("two").Configs["max.message.bytes"])
	specs[0].Partitions = 4
	require.ErrorContains(t, a.EnsureTopics(ctx, specs), "has 3 partitions, not 4")
	require.Error(t, a.EnsureTopics(ctx, []stream.TopicSpec{{Name: "x"}}))

	for i := range 30 {
		b.Write(t, stream.Message{Topic: "one", Key: fmt.Appendf(nil, "k%d", i)})
	}
	offsets, err := a.Offsets(ctx, "one")
	require.NoError(t, err)
	require.Len(t, offsets, 3)
	var sum int64
	for _, o := range offsets {
		sum += o.Next - o.First
	}
	require.Equal(t, int64(30), sum)
	lag, err := a.Lag(ctx, "nobody", "one")
	require.NoError(t, err)
	require.Equal(t, int64(30), lag)
	_, err = a.Offsets(ctx, "none")
	require.Error(t, err)
}

func TestRewind(t *testing.T) {
	t.Parallel()
	r := newRig(t, 2)
	r.fill(0, 100)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	a := r.Admin(t)
	require.ErrorContains(t, a.Rewind(t.Context(), "g", "in"), "stop them first")
	require.NoError(t, s.stop())
	require.NoError(t, a.Rewind(t.Context(), "g", "in"))
	lag, err := a.Lag(t.Context(), "g", "in")
	require.NoError(t, err)
	require.Equal(t, int64(100), lag)
	require.Error(t, a.Rewind(t.Context(), "g", "none"))
}

func TestScan(t *testing.T) {
	t.Parallel()
	b := streamtest.NewBroker(t)
	b.Topic(t, "t", 2)
	a := b.Admin(t)
	ctx := t.Context()
	var msgs []stream.Message
	for i := range 100 {
		msgs = append(msgs, stream.Message{Topic: "t", Key: fmt.Appendf(nil, "k%d", i)})
	}
	b.Write(t, msgs...)
	count := func(o stream.ScanOptions) (n int) {
		require.NoError(t, a.Scan(ctx, "t", o, func(stream.Record) error { n++; return nil }))
		return n
	}
	all := count(stream.ScanOptions{})
	require.Equal(t, 100, all)
	require.Equal(t, all, count(stream.ScanOptions{Partitions: []int{0}})+count(stream.ScanOptions{Partitions: []int{1}}))
	require.Equal(t, 10, count(stream.ScanOptions{From: 5, Until: 10}))
	require.Error(t, a.Scan(ctx, "t", stream.ScanOptions{Partitions: []int{2}}, nil))
	n := 0
	require.NoError(t, a.Scan(ctx, "t", stream.ScanOptions{}, func(stream.Record) error {
		if n++; n == 3 {
			return stream.ErrStopScan
		}
		return nil
	}))
	require.Equal(t, 3, n)
	boom := errors.New("boom")
	require.ErrorIs(t, a.Scan(ctx, "t", stream.ScanOptions{}, func(stream.Record) error { return boom }), boom)
}
