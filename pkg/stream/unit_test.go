package stream

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress/zstd"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func validConfig() Config {
	c := DefaultConfig()
	c.Brokers, c.Stage, c.Group, c.Topic = []string{"localhost:9092"}, "s", "g", "t"
	return c
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, validConfig().Validate())
	bad := Config{Topic: "t", DeadLetterTopic: "t"}
	err := bad.Validate()
	for _, want := range []string{"brokers", "stage", "group", "dead_letter_topic", "max_batch_records", "linger", "data_loss_policy", "retry", "breaker"} {
		require.ErrorContains(t, err, want)
	}
	for name, change := range map[string]func(*Config){
		"drain_timeout":      func(c *Config) { c.DrainTimeout = 11 * time.Second },
		"heartbeat_interval": func(c *Config) { c.HeartbeatInterval = 11 * time.Second },
		"shutdown_timeout":   func(c *Config) { c.ShutdownTimeout = time.Second },
		"compression":        func(c *Config) { c.Compression = "rar" },
		"PLAIN without TLS":  func(c *Config) { c.Security.SASL = SASL{Mechanism: "PLAIN", Username: "u"} },
		"mechanism":          func(c *Config) { c.Security.SASL.Mechanism = "X" },
		"user name":          func(c *Config) { c.Security.SASL.Mechanism = "SCRAM-SHA-512" },
		"snapshot_every":     func(c *Config) { c.SnapshotEvery = -1 },
	} {
		c := validConfig()
		change(&c)
		require.ErrorContains(t, c.Validate(), name)
	}
	_, err = New(Config{}, Deps{})
	require.Error(t, err)
	_, err = New(validConfig(), Deps{})
	require.ErrorContains(t, err, "NewHandler")
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	for _, m := range []string{"", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"} {
		s := Security{TLS: &tls.Config{MinVersion: tls.VersionTLS12}, SASL: SASL{Mechanism: m, Username: "u", Password: "p"}}
		require.NoError(t, s.Validate())
		conn, err := newConnection([]string{"b:1"}, "c", s, nil, time.Second)
		require.NoError(t, err)
		// Both of kafka-go's ways must be configured.
		require.Equal(t, m != "", conn.dialer.SASLMechanism != nil)
		require.Equal(t, m != "", conn.transport.SASL != nil)
		require.NotNil(t, conn.dialer.TLS)
		require.NotNil(t, conn.transport.TLS)
	}
}

func TestErrorClasses(t *testing.T) {
	t.Parallel()
	base := errors.New("base")
	require.NoError(t, Fatal(nil))
	require.NoError(t, Transient(nil, time.Second))
	require.True(t, IsFatal(fmt.Errorf("x: %w", Fatal(base))))
	require.False(t, IsFatal(base))
	require.ErrorIs(t, Fatal(base), base)
	require.Equal(t, time.Minute, retryAfter(fmt.Errorf("x: %w", Transient(base, time.Minute))))
	require.Zero(t, retryAfter(base))
	require.ErrorIs(t, &RejectError{Code: "c", Err: base}, base)
	for _, err := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, &net.OpError{Err: base}, kafka.NotLeaderForPartition, context.Canceled} {
		require.False(t, undecodable(err), "%v", err)
	}
	require.True(t, undecodable(fmt.Errorf("x: %w", &decodeError{err: base})))
	require.True(t, undecodable(errors.New("unsupported magic byte 9 in header")))
	require.False(t, undecodable(base))
}

func TestRetry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := Retry{Min: time.Duration(rapid.Int64Range(1, 1e9).Draw(t, "min"))}
		r.Max = r.Min + time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "max"))
		d := r.backoff(rapid.IntRange(1, 1000).Draw(t, "n"), 0)
		require.Positive(t, d)
		require.LessOrEqual(t, d, r.Max)
	})
	synctest.Test(t, func(t *testing.T) {
		r := DefaultRetry()
		drain := make(chan struct{})
		began := time.Now()
		n := 0
		require.NoError(t, r.do(t.Context(), drain, func(context.Context, int) error {
			if n++; n < 20 {
				return errors.New("away")
			}
			return nil
		}, func(int, error) {}))
		require.LessOrEqual(t, time.Since(began), 20*r.Max)
		// After the drain begins there is one more attempt.
		n = 0
		go func() { time.Sleep(time.Minute); close(drain) }()
		err := r.do(t.Context(), drain, func(context.Context, int) error { n++; return Transient(errors.New("away"), time.Hour) }, func(int, error) {})
		require.ErrorIs(t, err, errAbandoned)
		require.Equal(t, 2, n)
	})
}

func TestBreakerState(t *testing.T) {
	t.Parallel()
	rejects := func(n int) []Reject {
		out := make([]Reject, n)
		for i := range out {
			out[i].Index = i
		}
		return out
	}
	b := newBreakerState(Breaker{Window: 20, Ratio: 0.5, MinRejects: 5})
	require.True(t, b.admit(4, rejects(4)), "below the minimum")
	require.False(t, b.admit(1, rejects(1)))
	require.False(t, b.admit(1, rejects(1)), "a refused batch is not counted")
	require.True(t, b.admit(10, nil))
	require.True(t, b.admit(1, rejects(1)))
	require.False(t, b.probe(3, rejects(2)))
	require.True(t, b.probe(3, rejects(1)))
	require.True(t, b.admit(20, nil))
	require.True(t, b.admit(10, rejects(10)), "exactly half")
	require.False(t, b.admit(1, rejects(1)))
	rapid.Check(t, func(t *rapid.T) {
		b := newBreakerState(Breaker{Window: rapid.IntRange(1, 30).Draw(t, "w"), Ratio: 0.5, MinRejects: 1})
		for range rapid.IntRange(0, 30).Draw(t, "batches") {
			n := rapid.IntRange(1, 40).Draw(t, "n")
			b.admit(n, rejects(rapid.IntRange(0, n).Draw(t, "r")))
			count := 0
			for _, bad := range b.ring {
				if bad {
					count++
				}
			}
			require.Equal(t, count, b.rejects)
			require.LessOrEqual(t, float64(b.rejects), 0.5*float64(b.seen))
		}
	})
}

func TestWatchdogStrikes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStatus(0)
		s.enter(phaseFetch)
		at := span{first: 0, last: 10}
		look := func(after time.Duration) string {
			time.Sleep(after)
			_, _, action := s.inspect(at, time.Minute)
			return action
		}
		require.Empty(t, look(time.Second))
		require.Equal(t, actionReader, look(time.Minute))
		require.Empty(t, look(time.Second))
		require.Equal(t, actionGeneration, look(time.Minute))
		require.Equal(t, actionStop, look(time.Minute))
		require.Equal(t, actionStop, look(time.Minute))
		s.received(9, time.Now())
		require.Empty(t, look(time.Second))
		require.Equal(t, actionReader, look(time.Minute))
		s.received(10, time.Now())
		require.Empty(t, look(time.Hour), "nothing is left to read")
		s.enter(phaseHandle)
		at.last = 20
		require.Empty(t, look(time.Minute), "busy is not stuck")
		require.NoError(t, s.live(time.Hour))
		require.Error(t, s.live(time.Second))
		s.hold(true)
		require.NoError(t, s.live(time.Second))
		require.ErrorContains(t, s.ready(), "breaker")
		s.hold(false)
		require.NoError(t, s.ready())
		for range failingAfter {
			s.failed(errors.New("away"))
		}
		require.ErrorContains(t, s.ready(), "away")
		lag, age, _ := s.inspect(at, time.Minute)
		require.Equal(t, int64(20), lag)
		require.Positive(t, age)
	})
}

func TestLimitedCodec(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	codec := &zstd.Codec{}
	w := codec.NewWriter(&packed)
	_, err := w.Write(make([]byte, 1000))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	read := func(limit int64, src io.Reader) ([]byte, error) {
		r := limitedCodec{Codec: codec, limit: limit}.NewReader(src)
		defer func() { require.NoError(t, r.Close()) }()
		return io.ReadAll(r)
	}
	got, err := read(1000, bytes.NewReader(packed.Bytes()))
	require.NoError(t, err)
	require.Len(t, got, 1000)
	_, err = read(999, bytes.NewReader(packed.Bytes()))
	require.ErrorIs(t, err, errDecompressedSize)
	require.True(t, undecodable(err))
	_, err = read(1000, strings.NewReader("this is not zstd"))
	require.True(t, undecodable(err), "%v", err)
	// A broken connection is not a broken batch.
	_, err = read(1000, io.MultiReader(bytes.NewReader(packed.Bytes()[:5]), brokenReader{}))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	require.False(t, undecodable(err))
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }

func TestDeadLetterRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := DeadLetter{
			Stage: "s", Code: "c", Error: rapid.String().Draw(t, "error"),
			Topic: "t", Partition: rapid.IntRange(0, 99).Draw(t, "p"), Offset: rapid.Int64Range(0, 1<<62).Draw(t, "o"),
			Time: time.Unix(rapid.Int64Range(0, 1e10).Draw(t, "time"), 5).UTC(), Attempts: 3,
			Key: rapid.SliceOf(rapid.Byte()).Draw(t, "key"), Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value"),
			Headers: []Header{{Key: "traceparent", Value: []byte("x")}, {Key: "traceparent", Value: []byte("y")}},
		}
		m := d.message("t.dlq")
		got, err := ParseDeadLetter(Record{Key: m.Key, Value: m.Value, Headers: m.Headers})
		require.NoError(t, err)
		require.LessOrEqual(t, len(got.Error), maxErrorBytes)
		got.Error, d.Error = "", ""
		require.Equal(t, d, got)
		// A dead letter of a dead letter replaces the headers.
		again := got.message("t.dlq.dlq")
		require.Len(t, again.Headers, len(m.Headers))
		for n := 1; n <= MaxReplays; n++ {
			r, err := ReplayMessage(d)
			require.NoError(t, err)
			require.Equal(t, d.Key, r.Key)
			require.Equal(t, d.Value, r.Value)
			require.Len(t, r.Headers, 3)
			v, ok := FindHeader(r.Headers, HeaderReplay)
			require.True(t, ok)
			require.Equal(t, fmt.Sprint(n), string(v))
			d.Headers = r.Headers
		}
		_, err = ReplayMessage(d)
		require.ErrorIs(t, err, ErrReplayLimit)
	})
}

func TestCutText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "ab c", cutText("ab\x1bc", 10))
	require.Equal(t, "aé", cutText("aéé", 4))
	require.Equal(t, "a\uFFFD", cutText("a\xff", 10))
}

func TestMetricsShareARegistry(t *testing.T) {
	t.Parallel()
	for _, reg := range []prometheus.Registerer{
		prometheus.NewRegistry(),
		prometheus.WrapRegistererWith(prometheus.Labels{"service": "x"}, prometheus.NewRegistry()),
	} {
		a, b := newMetrics(reg, "s", "one"), newMetrics(reg, "s", "two")
		a.handled.Inc()
		b.handled.Inc()
		for i := range 2 * maxCodes {
			a.deadLetter(fmt.Sprint("code-", i), 1)
		}
		require.LessOrEqual(t, len(a.codes), maxCodes+1)
		a.setLag(1, 5)
		a.forget(1)
	}
}

func TestSlice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		msgs := make([]Message, rapid.IntRange(1, 20).Draw(t, "n"))
		for i := range msgs {
			msgs[i].Value = make([]byte, rapid.IntRange(0, 300).Draw(t, "size"))
		}
		limit := rapid.IntRange(1, 1000).Draw(t, "limit")
		n := slice(msgs, limit)
		require.Positive(t, n)
		require.True(t, n == 1 || sizeOf(msgs[:n]) <= limit)
		require.True(t, n == len(msgs) || sizeOf(msgs[:n+1]) > limit)
	})
}

func TestFileName(t *testing.T) {
	t.Parallel()
	require.Equal(t, "palermo.clusterer-1_x", fileName("palermo.clusterer-1_x"))
	require.Equal(t, "%2e.%2fetc", fileName("../etc"))
	require.Equal(t, "%c3%a9", fileName("é"))
}
