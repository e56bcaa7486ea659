package stream_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"palermo.internal/pkg/stream"
)

var errCrash = errors.New("crash")

// A stage that dies between any two steps loses nothing.
func TestCrashBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, step := range stream.Steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 2)
			r.fill(0, 400, 7, 150, 399)
			conf := r.Config("g", "in")
			conf.MaxBatchRecords = 50
			var n atomic.Int32
			s := r.start(conf, always(stream.HandlerFunc(copyHandler)), func(_ int, at string) error {
				if at == step && n.Add(1) == 3 {
					return stream.Fatal(errCrash)
				}
				return nil
			})
			<-s.done
			require.ErrorIs(t, s.err, errCrash)
			require.ErrorIs(t, s.Live(), errCrash)
			again := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
			r.drained(again)
			require.NoError(t, again.stop())
			r.account(false)
		})
	}
}

func TestFailedProduce(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 100, 3)
	out := r.FailProduce("out", kerr.NotEnoughReplicas, 3)
	dead := r.FailProduce("in.dlq", kerr.LeaderNotAvailable, 3)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Equal(t, 3, out.Hits())
	require.Equal(t, 3, dead.Hits())
	r.account(true)
}

// A broker that closes connections instead of answering (a rolling restart)
// costs copies at most.
func TestDroppedConnections(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 100)
	r.DropAnswers(kmsg.Produce, 2)
	r.DropAnswers(kmsg.Fetch, 2)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.account(false)
}

// While the dead-letter topic refuses, the offset is held and the stage is not
// ready.
func TestDeadLetterTopicRefuses(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 10, 5)
	f := r.FailProduce("in.dlq", kerr.TopicAuthorizationFailed, -1)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	require.Eventually(t, func() bool { return f.Hits() > 5 && s.Ready() != nil }, patience, 5*time.Millisecond)
	require.LessOrEqual(t, r.Committed("g", "in", 0), int64(0))
	f.Remove()
	r.drained(s)
	require.Eventually(t, func() bool { return s.Ready() == nil }, patience, 5*time.Millisecond)
	require.NoError(t, s.stop())
	r.account(true)
}

// A stop during a back-off is clean, quick, and commits nothing.
func TestStopInBackoff(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 10)
	f := r.FailProduce("out", kerr.NotEnoughReplicas, -1)
	conf := r.Config("g", "in")
	conf.Retry = stream.Retry{Min: time.Hour, Max: time.Hour}
	s := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	require.Eventually(t, func() bool { return f.Hits() > 0 }, patience, 5*time.Millisecond)
	require.NoError(t, s.stop())
	require.Equal(t, int64(0), r.Committed("g", "in", 0))
	f.Remove()
	conf.Retry = r.Config("g", "in").Retry
	again := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(again)
	require.NoError(t, again.stop())
	r.account(true)
}

func TestShutdownOverrun(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 1)
	conf := r.Config("g", "in")
	conf.DrainTimeout, conf.ShutdownTimeout = 50*time.Millisecond, 100*time.Millisecond
	in, release := make(chan struct{}), make(chan struct{})
	s := r.start(conf, always(stream.HandlerFunc(func(context.Context, []stream.Record) (stream.Result, error) {
		close(in)
		<-release // ignores its context
		return stream.Result{}, nil
	})), nil)
	<-in
	require.ErrorIs(t, s.stop(), stream.ErrShutdown)
	require.Equal(t, int64(0), r.Committed("g", "in", 0))
	close(release)
}

// Two members: the second takes partitions over while the first has batches in
// hand; they are finished and committed first, so nothing is handled twice.
func TestRebalanceWithBatchInHand(t *testing.T) {
	t.Parallel()
	r := newRig(t, 4)
	r.fill(0, 2000, 11, 1200)
	conf := r.Config("g", "in")
	conf.MaxBatchRecords = 20
	slow := always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
		}
		return copyHandler(ctx, recs)
	}))
	a := r.start(conf, slow, nil)
	require.Eventually(t, func() bool { return r.Committed("g", "in", 0) > 0 }, patience, time.Millisecond)
	b := r.start(conf, slow, nil)
	require.Eventually(t, func() bool { return b.Ready() == nil }, patience, time.Millisecond)
	r.drained(a)
	require.NoError(t, a.stop())
	r.fill(2000, 100)
	r.drained(b)
	require.NoError(t, b.stop())
	r.account(true)
}

// A member that does not drain in time loses its partition; it must neither
// commit what it held nor move the new owner's offset.
func TestLateCommitAfterLoss(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 50)
	conf := r.Config("g", "in")
	conf.MaxBatchRecords = 10
	conf.SessionTimeout, conf.RebalanceTimeout = 900*time.Millisecond, 900*time.Millisecond
	conf.DrainTimeout = 100 * time.Millisecond
	in, release := make(chan struct{}, 100), make(chan struct{})
	a := r.start(conf, always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		in <- struct{}{}
		<-release
		return copyHandler(ctx, recs)
	})), nil)
	<-in
	b := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	require.Eventually(t, func() bool { return r.Committed("g", "in", 0) == 50 }, patience, 5*time.Millisecond)
	close(release)
	require.NoError(t, a.stop())
	require.Equal(t, int64(50), r.Committed("g", "in", 0))
	require.NoError(t, b.stop())
	r.account(false)
}

// A commit that the broker fences is not repeated; the records are read again
// in the next generation.
func TestFencedCommit(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	conf := r.Config("g", "in")
	s := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	require.Eventually(t, func() bool { return r.Committed("g", "in", 0) == 0 }, patience, 5*time.Millisecond)
	f := r.FailCommit("g", kerr.IllegalGeneration, 1)
	r.fill(0, 10)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Equal(t, 1, f.Hits())
	r.account(false)
	require.Equal(t, 2, r.keys("out")["id-00003"])
}

func TestTransientCommitFailure(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 10)
	f := r.FailCommit("g", kerr.CoordinatorLoadInProgress, 3)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Equal(t, 3, f.Hits())
	r.account(true)
}

// A handler that returns nothing still moves the offset.
func TestEmptyResult(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 10)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(context.Context, []stream.Record) (stream.Result, error) {
		return stream.Result{}, nil
	})), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Empty(t, r.keys("out"))
}

func TestTransientHandler(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.fill(0, 10)
	var calls atomic.Int32
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		if calls.Add(1) < 4 {
			return stream.Result{}, stream.Transient(errors.New("store is away"), time.Millisecond)
		}
		return copyHandler(ctx, recs)
	})), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.account(true)
}

// A panic, and a RejectError, are pinned to their record.
func TestGuiltyRecord(t *testing.T) {
	t.Parallel()
	for name, blow := range map[string]func() error{
		"panic":  func() error { panic("secret of the advert") },
		"reject": func() error { return &stream.RejectError{Code: "deep", Err: errors.New("is bad")} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			r.fill(0, 100, 0, 50, 99)
			s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(_ context.Context, recs []stream.Record) (stream.Result, error) {
				var res stream.Result
				for _, rec := range recs {
					if bytes.HasPrefix(rec.Key, []byte("bad-")) {
						if err := blow(); err != nil {
							return stream.Result{}, err
						}
					}
					res.Out = append(res.Out, stream.Message{Topic: "out", Key: rec.Key})
				}
				return res, nil
			})), nil)
			r.drained(s)
			require.NoError(t, s.stop())
			r.account(true)
			for _, rec := range r.Records(t, "in.dlq") {
				d, err := stream.ParseDeadLetter(rec)
				require.NoError(t, err)
				require.Contains(t, []string{stream.CodePanic, "deep"}, d.Code)
				require.NotContains(t, d.Error, "secret")
			}
		})
	}
}

func TestFatalHandler(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]stream.HandlerFunc{
		"fatal": func(context.Context, []stream.Record) (stream.Result, error) {
			return stream.Result{}, stream.Fatal(errCrash)
		},
		"reject out of range": func(_ context.Context, recs []stream.Record) (stream.Result, error) {
			return stream.Result{Rejects: []stream.Reject{{Index: len(recs), Code: "x"}}}, nil
		},
		"reject twice": func(context.Context, []stream.Record) (stream.Result, error) {
			return stream.Result{Rejects: []stream.Reject{{Code: "x"}, {Code: "y"}}}, nil
		},
		"no topic": func(context.Context, []stream.Record) (stream.Result, error) {
			return stream.Result{Out: []stream.Message{{Key: []byte("k")}}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			r.fill(0, 3)
			s := r.start(r.Config("g", "in"), always(h), nil)
			<-s.done
			require.True(t, stream.IsFatal(s.err), "%v", s.err)
			require.Equal(t, int64(0), r.Committed("g", "in", 0))
			require.Empty(t, r.keys("out"))
			require.Empty(t, r.keys("in.dlq"))
		})
	}
}

// When all is poison the breaker holds the batch; when the stage is mended the
// batch is handled, and nothing good was dead-lettered.
func TestBreaker(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 600)
	var broken atomic.Bool
	broken.Store(true)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		if !broken.Load() {
			return copyHandler(ctx, recs)
		}
		var res stream.Result
		for i := range recs {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: "mapping", Err: errors.New("mapping is broken")})
		}
		return res, nil
	})), nil)
	require.Eventually(t, func() bool { err := s.Ready(); return err != nil && strings.Contains(err.Error(), "breaker") }, patience, 5*time.Millisecond)
	require.NoError(t, s.Live())
	before := len(r.keys("in.dlq"))
	require.Less(t, before, 50)
	broken.Store(false)
	r.drained(s)
	require.NoError(t, s.Ready())
	require.NoError(t, s.stop())
	r.account(true)
	require.Len(t, r.keys("in.dlq"), before)
}

func TestBreakerStop(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 600)
	conf := r.Config("g", "in")
	conf.Breaker.ProbeMin, conf.Breaker.ProbeMax = time.Hour, time.Hour
	all := always(stream.HandlerFunc(func(_ context.Context, recs []stream.Record) (stream.Result, error) {
		var res stream.Result
		for i := range recs {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: "mapping"})
		}
		return res, nil
	}))
	s := r.start(conf, all, nil)
	require.Eventually(t, func() bool { err := s.Ready(); return err != nil && strings.Contains(err.Error(), "breaker") }, patience, 5*time.Millisecond)
	require.NoError(t, s.stop())
	conf.Breaker = stream.Breaker{Disabled: true}
	s = r.start(conf, all, nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.account(true)
}

// A message of the largest size passes, into the output and the dead letters.
func TestRecordAtSizeLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	for _, key := range []string{"good", "bad-1"} {
		r.Write(t, stream.Message{Topic: "in", Key: []byte(key), Value: noise(1<<20 - 64)})
	}
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.account(true)
	require.Len(t, r.Records(t, "in.dlq")[0].Value, 1<<20-64)
}

// noise is bytes that do not compress.
func noise(n int) []byte {
	b := make([]byte, n)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

// A record that the dead-letter topic refuses for its size, and output that no
// topic takes, do not stop the stream.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	require.NoError(t, r.DeleteTopic("in.dlq"))
	require.NoError(t, r.CreateTopic("in.dlq", 1, map[string]string{"max.message.bytes": "300000"}))
	for _, key := range []string{"small", "bad-1", "grow-1", "last"} {
		m := stream.Message{Topic: "in", Key: []byte(key), Value: []byte(key)}
		if key == "bad-1" {
			m.Value = noise(700_000)
		}
		r.Write(t, m)
	}
	conf := r.Config("g", "in")
	conf.MaxMessageBytes = 10_000
	s := r.start(conf, always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
		res, err := copyHandler(ctx, recs)
		for i := range res.Out {
			if string(res.Out[i].Key) == "grow-1" {
				res.Out[i].Value = noise(3 << 20)
			}
		}
		return res, err
	})), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.account(false)
	codes := map[string]string{}
	for _, rec := range r.Records(t, "in.dlq") {
		d, err := stream.ParseDeadLetter(rec)
		require.NoError(t, err)
		codes[string(d.Key)] = d.Code
		if string(d.Key) == "bad-1" {
			require.Equal(t, 700_000, d.Omitted)
			require.Empty(t, d.Value)
			_, err = stream.ReplayMessage(d)
			require.Error(t, err)
		}
	}
	require.Equal(t, map[string]string{"bad-1": "bad", "grow-1": stream.CodeOutputTooLarge}, codes)
}

// Topics that take less than the stage means to write are a mistake in the
// configuration.
func TestSizeLadder(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	conf := r.Config("g", "in")
	conf.MaxMessageBytes = 4 << 20
	s := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	<-s.done
	require.ErrorContains(t, s.err, "max.message.bytes")
	require.True(t, stream.IsFatal(s.err))
}

func TestAwaitsTopics(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	s := r.start(r.Config("g", "later"), always(stream.HandlerFunc(copyHandler)), nil)
	require.Eventually(t, func() bool { err := s.Ready(); return err != nil && strings.Contains(err.Error(), "later") }, patience, time.Millisecond)
	r.Topic(t, "later", 1)
	require.Eventually(t, func() bool { return s.Ready() == nil }, patience, 5*time.Millisecond)
	require.NoError(t, s.stop())
}

// Members come and go and crash at random while records arrive; nothing is lost.
func TestRebalanceStorm(t *testing.T) {
	t.Parallel()
	const partitions, total = 4, 3000
	r := newRig(t, partitions)
	r.log = nil
	conf := r.Config("g", "in")
	conf.MaxBatchRecords = 25
	conf.SessionTimeout, conf.RebalanceTimeout, conf.DrainTimeout = 1500*time.Millisecond, 1500*time.Millisecond, 400*time.Millisecond
	rng := rand.New(rand.NewPCG(7, 7))
	member := func() *running {
		dieAt := int32(rng.IntN(60)) // some live on
		var steps atomic.Int32
		return r.start(conf, always(stream.HandlerFunc(copyHandler)), func(int, string) error {
			if dieAt > 20 && steps.Add(1) == dieAt {
				return stream.Fatal(errCrash)
			}
			return nil
		})
	}
	var members []*running
	for i := range 12 {
		r.fill(i*total/12, total/12, i*total/12+3)
		members = append(members, member())
		if len(members) > 3 {
			victim := rng.IntN(len(members))
			if err := members[victim].stop(); err != nil {
				require.ErrorIs(t, err, errCrash)
			}
			members = append(members[:victim], members[victim+1:]...)
		}
	}
	last := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(last)
	require.NoError(t, last.stop())
	r.account(false)
	require.Len(t, r.keys("in.dlq"), 12)
}

// One partition's output keeps its order although requests fail between slices.
func TestOutputOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	const n = 100
	for range n {
		r.fillKey("one") // one key, one output partition
	}
	r.flush()
	value := noise(50_000) // about 25 a slice
	r.FailProduce("out", kerr.NotEnoughReplicas, 1)
	var requests atomic.Int32
	r.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		r.KeepControl()
		return nil, errCrash, requests.Add(1) == 3 // the third loses its connection
	})
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(func(_ context.Context, recs []stream.Record) (stream.Result, error) {
		var res stream.Result
		for _, rec := range recs {
			res.Out = append(res.Out, stream.Message{
				Topic: "out", Key: rec.Key, Value: value,
				Headers: []stream.Header{{Key: "n", Value: fmt.Append(nil, rec.Offset)}},
			})
		}
		return res, nil
	})), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Greater(t, requests.Load(), int32(4))
	got := r.Records(t, "out")
	require.Len(t, got, n)
	for i, rec := range got {
		require.Equal(t, strconv.Itoa(i), string(rec.Headers[0].Value))
	}
}
