package stream_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"

	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

const patience = 15 * time.Second

// rig is a broker with an input topic "in" and an output topic "out".
type rig struct {
	*streamtest.Broker
	tb    testing.TB
	log   *zap.Logger
	queue []stream.Message
}

// fillKey queues a record for "in"; flush writes what is queued.
func (r *rig) fillKey(key string) {
	r.queue = append(r.queue, stream.Message{Topic: "in", Key: []byte(key), Value: []byte(key)})
}

func (r *rig) flush() {
	r.tb.Helper()
	r.Write(r.tb, r.queue...)
	r.queue = nil
}

func newRig(tb testing.TB, partitions int32) *rig {
	tb.Helper()
	b := streamtest.NewBroker(tb)
	b.Topic(tb, "in", partitions)
	b.Topic(tb, "out", 2)
	return &rig{Broker: b, tb: tb, log: zaptest.NewLogger(tb, zaptest.Level(zap.WarnLevel))}
}

// fill writes n records "id-0".. into "in"; bad ones are named "bad-i".
func (r *rig) fill(from, n int, bad ...int) {
	r.tb.Helper()
	isBad := map[int]bool{}
	for _, i := range bad {
		isBad[i] = true
	}
	msgs := make([]stream.Message, n)
	for i := range msgs {
		id := fmt.Sprintf("id-%05d", from+i)
		if isBad[from+i] {
			id = fmt.Sprintf("bad-%05d", from+i)
		}
		msgs[i] = stream.Message{Topic: "in", Key: []byte(id), Value: []byte("value of " + id), Headers: []stream.Header{{Key: "h", Value: []byte(id)}}}
	}
	r.Write(r.tb, msgs...)
}

// copyHandler writes every record to "out" and rejects those named "bad-".
func copyHandler(_ context.Context, recs []stream.Record) (stream.Result, error) {
	var res stream.Result
	for i, rec := range recs {
		if len(rec.Key) > 3 && string(rec.Key[:4]) == "bad-" {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: "bad", Err: errors.New("is bad")})
			continue
		}
		res.Out = append(res.Out, stream.Message{Topic: "out", Key: rec.Key, Value: rec.Value})
	}
	return res, nil
}

func always(h stream.Handler) func(int) (stream.Handler, error) {
	return func(int) (stream.Handler, error) { return h, nil }
}

type running struct {
	*stream.Runner
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// start runs a stage until stop, or the end of the test.
func (r *rig) start(conf stream.Config, h func(int) (stream.Handler, error), hook func(int, string) error) *running {
	r.tb.Helper()
	s, err := stream.New(conf, stream.Deps{Logger: r.log, NewHandler: h})
	require.NoError(r.tb, err)
	if hook != nil {
		stream.SetHook(s, hook)
	}
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{Runner: s, cancel: cancel, done: make(chan struct{})}
	go func() {
		run.err = s.Run(ctx)
		close(run.done)
	}()
	r.tb.Cleanup(func() { cancel(); <-run.done })
	return run
}

// stop ends the stage and returns what Run returned.
func (s *running) stop() error {
	s.cancel()
	<-s.done
	return s.err
}

// drained waits until the group has committed all of "in".
func (r *rig) drained(s *running) {
	r.tb.Helper()
	require.Eventually(r.tb, func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		lag, err := s.Lag(ctx)
		return err == nil && lag == 0
	}, patience, 10*time.Millisecond)
}

// keys counts the records of a topic by key.
func (r *rig) keys(topic string) map[string]int {
	r.tb.Helper()
	out := map[string]int{}
	for _, rec := range r.Records(r.tb, topic) {
		out[string(rec.Key)]++
	}
	return out
}

// account checks that raw = out + dead letters, as sets, or as multisets if
// exact.
func (r *rig) account(exact bool) {
	r.tb.Helper()
	raw, out, dead := r.keys("in"), r.keys("out"), r.keys("in.dlq")
	for k, n := range raw {
		got := out[k] + dead[k]
		require.GreaterOrEqual(r.tb, got, n, "%s is lost", k)
		if exact {
			require.Equal(r.tb, n, got, "%s is there %d times", k, got)
		}
		require.False(r.tb, out[k] > 0 && dead[k] > 0, "%s is both written and dead-lettered", k)
	}
	require.Len(r.tb, raw, len(out)+len(dead))
}

func TestRunner(t *testing.T) {
	t.Parallel()
	r := newRig(t, 3)
	r.fill(0, 1000, 0, 499, 999)
	var mu sync.Mutex
	last := map[int]int64{}
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		mu.Lock()
		defer mu.Unlock()
		for _, rec := range recs {
			if next, ok := last[rec.Partition]; ok && rec.Offset != next {
				return stream.Result{}, stream.Fatal(fmt.Errorf("got %d, expected %d", rec.Offset, next))
			}
			last[rec.Partition] = rec.Offset + 1
		}
		return copyHandler(ctx, recs)
	})), nil)
	r.drained(s)
	require.NoError(t, s.Ready())
	require.NoError(t, s.Live())
	require.NoError(t, s.stop())
	require.Error(t, s.Ready())
	r.account(true)
	dead := r.Records(t, "in.dlq")
	require.Len(t, dead, 3)
	for _, rec := range dead {
		d, err := stream.ParseDeadLetter(rec)
		require.NoError(t, err)
		require.Equal(t, "bad", d.Code)
		require.Equal(t, "test", d.Stage)
		require.Equal(t, "in", d.Topic)
		require.Equal(t, "value of "+string(d.Key), string(d.Value))
		require.Equal(t, []stream.Header{{Key: "h", Value: d.Key}}, d.Headers)
	}
}
