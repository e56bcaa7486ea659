package stream_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

// counter is a stateful handler: it numbers records and writes their numbers.
// Handling is deterministic, so a copy of its output says the same.
type counter struct {
	t        *test
	mu       sync.Mutex
	Seen     int
	Sum      int64
	restored bool
}

// test collects what counters did.
type test struct {
	built    atomic.Int32
	restores atomic.Int32
	handled  atomic.Int64
	panics   atomic.Int64
	last     atomic.Pointer[counter]
}

func (x *test) handler(int) (stream.Handler, error) {
	x.built.Add(1)
	c := &counter{t: x}
	x.last.Store(c)
	return c, nil
}

func (c *counter) Handle(_ context.Context, recs []stream.Record) (stream.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var res stream.Result
	for i, rec := range recs {
		c.t.handled.Add(1)
		if bytes.HasPrefix(rec.Key, []byte("bad-")) {
			res.Rejects = append(res.Rejects, stream.Reject{Index: i, Code: "bad"})
			continue
		}
		c.Seen++
		c.Sum += rec.Offset
		if bytes.HasPrefix(rec.Key, []byte("boom-")) {
			c.t.panics.Add(1)
			c.Sum += 1 << 40 // half changed
			panic("boom")
		}
		res.Out = append(res.Out, stream.Message{Topic: "out", Key: rec.Key, Value: fmt.Appendf(nil, "%d/%d", c.Seen, c.Sum)})
	}
	return res, nil
}

func (c *counter) Snapshot(w io.Writer) error { return json.NewEncoder(w).Encode(c) }

func (c *counter) Restore(r io.Reader) error {
	c.t.restores.Add(1)
	c.restored = true
	return json.NewDecoder(r).Decode(c)
}

func (c *counter) state() (int, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.Seen, c.Sum
}

func stateConfig(t *testing.T, r *rig) stream.Config {
	t.Helper()
	conf := r.Config("g", "in")
	conf.SnapshotDir = t.TempDir()
	conf.SnapshotEvery = 100
	conf.MaxBatchRecords = 30
	return conf
}

func snapshotFiles(t *testing.T, conf stream.Config) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(conf.SnapshotDir, "g", "in-0", "*.snap"))
	require.NoError(t, err)
	return files
}

// The state after a restart is the state of one run over the whole log, however
// the snapshots look.
func TestStatefulRestart(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, conf stream.Config, files []string){
		"good": nil,
		"newest corrupt": func(t *testing.T, _ stream.Config, files []string) {
			t.Helper()
			flip(t, files[len(files)-1])
		},
		"newest truncated": func(t *testing.T, _ stream.Config, files []string) {
			t.Helper()
			require.NoError(t, os.Truncate(files[len(files)-1], 70))
		},
		"all corrupt": func(t *testing.T, _ stream.Config, files []string) {
			t.Helper()
			for _, f := range files {
				flip(t, f)
			}
		},
		"missing": func(t *testing.T, conf stream.Config, _ []string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(conf.SnapshotDir))
		},
		"renamed": func(t *testing.T, _ stream.Config, files []string) {
			t.Helper()
			for i, f := range files {
				require.NoError(t, os.Rename(f, filepath.Join(filepath.Dir(f), fmt.Sprintf("%020d.snap", 7+i))))
			}
		},
		"left over": func(t *testing.T, _ stream.Config, files []string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(files[0]), "tmp-1"), []byte("half"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			conf := stateConfig(t, r)
			var x test
			r.fill(0, 300, 5, 250)
			s := r.start(conf, x.handler, nil)
			r.drained(s)
			require.NoError(t, s.stop())
			files := snapshotFiles(t, conf)
			require.Len(t, files, 2, "the newest two are kept")
			if damage != nil {
				damage(t, conf, files)
			}
			r.fill(300, 40)
			var y test
			s = r.start(conf, y.handler, nil)
			r.drained(s)
			seen, sum := y.last.Load().state()
			require.NoError(t, s.stop())
			require.Equal(t, 338, seen)
			require.Equal(t, int64(339*340/2-5-250), sum)
			r.account(true) // a replay below the commit writes nothing
			files = snapshotFiles(t, conf)
			require.NotEmpty(t, files)
			require.Contains(t, files[len(files)-1], "340.snap")
			if damage == nil {
				require.Equal(t, int64(40), y.handled.Load())
			}
		})
	}
}

func flip(t *testing.T, file string) {
	t.Helper()
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	b[len(b)-3] ^= 1
	require.NoError(t, os.WriteFile(file, b, 0o600))
}

// A crash between any two steps does not count anything twice.
func TestStatefulCrash(t *testing.T) {
	t.Parallel()
	for _, step := range stream.Steps {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			r.fill(0, 300, 3, 200)
			conf := stateConfig(t, r)
			var x test
			var n atomic.Int32
			s := r.start(conf, x.handler, func(_ int, at string) error {
				if at == step && n.Add(1) == 5 {
					return stream.Fatal(errCrash)
				}
				return nil
			})
			<-s.done
			require.ErrorIs(t, s.err, errCrash)
			var y test
			s = r.start(conf, y.handler, nil)
			r.drained(s)
			seen, sum := y.last.Load().state()
			require.NoError(t, s.stop())
			require.Equal(t, 298, seen)
			require.Equal(t, int64(299*300/2-203), sum)
			r.account(false)
			// Copies say the same.
			said := map[string]string{}
			for _, rec := range r.Records(t, "out") {
				if v, ok := said[string(rec.Key)]; ok {
					require.Equal(t, v, string(rec.Value))
				}
				said[string(rec.Key)] = string(rec.Value)
			}
		})
	}
}

// A panic in a stateful handler does not leave its state half changed.
func TestStatefulPanic(t *testing.T) {
	t.Parallel()
	for _, dir := range []bool{true, false} {
		t.Run(fmt.Sprintf("snapshots=%v", dir), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			for i := range 200 {
				key := fmt.Sprintf("id-%05d", i)
				if i == 77 || i == 80 || i == 150 {
					key = fmt.Sprintf("boom-%05d", i)
				}
				r.fillKey(key)
			}
			r.flush()
			conf := stateConfig(t, r)
			if !dir {
				conf.SnapshotDir = ""
			}
			var x test
			s := r.start(conf, x.handler, nil)
			r.drained(s)
			seen, sum := x.last.Load().state()
			require.NoError(t, s.stop())
			require.Equal(t, 197, seen)
			require.Equal(t, int64(199*200/2-77-80-150), sum)
			r.account(true)
			require.Len(t, r.keys("in.dlq"), 3)
		})
	}
}

// While the breaker is open a stateful handler is built again for every probe.
func TestStatefulBreaker(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 50)
	bad := make([]int, 150)
	for i := range bad {
		bad[i] = 50 + i
	}
	r.fill(50, 150, bad...)
	conf := stateConfig(t, r)
	conf.Breaker.Window, conf.Breaker.MinRejects = 60, 40
	var x test
	s := r.start(conf, x.handler, nil)
	require.Eventually(t, func() bool { return x.built.Load() > 2 && s.Ready() != nil }, patience, time.Millisecond)
	require.NoError(t, s.stop())
	require.Less(t, len(r.keys("in.dlq")), 60)
	conf.Breaker.Disabled = true
	var y test
	s = r.start(conf, y.handler, nil)
	r.drained(s)
	seen, _ := y.last.Load().state()
	require.NoError(t, s.stop())
	require.Equal(t, 50, seen)
	r.account(true)
}

// A member that keeps its partition over a rebalance keeps its handler.
func TestStatefulRebalanceKeepsHandler(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	conf := stateConfig(t, r)
	r.fill(0, 100)
	var x, y test
	a := r.start(conf, x.handler, nil)
	r.drained(a)
	standby := r.start(conf, y.handler, nil)
	require.Eventually(t, func() bool { return standby.Ready() == nil && a.Ready() == nil }, patience, time.Millisecond)
	r.fill(100, 100)
	r.drained(a)
	require.LessOrEqual(t, x.built.Load()+y.built.Load(), int32(2))
	require.NoError(t, a.stop())
	r.fill(200, 100)
	r.drained(standby)
	seen, sum := y.last.Load().state()
	require.NoError(t, standby.stop())
	require.Equal(t, 300, seen)
	require.Equal(t, int64(299*300/2), sum)
	r.account(true)
}

// A handler that cannot be built is tried again; a Fatal error is not.
func TestNewHandler(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 5)
	var n atomic.Int32
	s := r.start(r.Config("g", "in"), func(int) (stream.Handler, error) {
		if n.Add(1) < 3 {
			return nil, errors.New("not yet")
		}
		return stream.HandlerFunc(copyHandler), nil
	}, nil)
	r.drained(s)
	require.NoError(t, s.stop())
	s = r.start(r.Config("h", "in"), func(int) (stream.Handler, error) { panic("no") }, nil)
	<-s.done
	require.True(t, stream.IsFatal(s.err))
}

// Records that were deleted before they were read raise the alarm.
func TestDataLoss(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 100)
	conf := r.Config("g", "in")
	s := r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	r.fill(100, 100)
	require.NoError(t, r.DeleteRecords("in", 0, 130))
	conf.DataLossPolicy = stream.DataLossStop
	s = r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	<-s.done
	require.True(t, stream.IsFatal(s.err))
	require.ErrorContains(t, s.err, "records 100 to 129")
	conf.DataLossPolicy = stream.DataLossContinue
	s = r.start(conf, always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Len(t, r.keys("out"), 170)
}

// A topic that was deleted and made anew stops the stage, at the start and
// while it waits.
func TestRecreatedTopic(t *testing.T) {
	t.Parallel()
	for _, running := range []bool{false, true} {
		t.Run(fmt.Sprintf("running=%v", running), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, 1)
			r.log = nil
			r.fill(0, 100)
			conf := stateConfig(t, r)
			var x test
			s := r.start(conf, x.handler, nil)
			r.drained(s)
			if !running {
				require.NoError(t, s.stop())
			}
			require.NoError(t, r.DeleteTopic("in"))
			require.NoError(t, r.CreateTopic("in", 1, nil))
			r.fill(0, 10)
			if !running {
				s = r.start(conf, x.handler, nil)
			}
			select {
			case <-s.done:
			case <-time.After(patience):
				t.Fatal("still running")
			}
			require.True(t, stream.IsFatal(s.err), "%v", s.err)
			require.ErrorContains(t, s.err, "made anew")
		})
	}
}
