package clusterer

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/cluster"
	"palermo.internal/pkg/stream"
)

func newHandler(tb testing.TB, cfg Config) *Handler {
	tb.Helper()
	h, err := NewHandler(cfg)
	require.NoError(tb, err)
	return h
}

// body is a text of 60 words, of which those from one position on depend on the
// edit.
func body(salt, from, n, edit int) string {
	var w []string
	for i := range 60 {
		if i >= from && i < from+n {
			w = append(w, fmt.Sprintf("e%dx%dq", edit*7919+i, i*i*31+edit))
		} else {
			w = append(w, fmt.Sprintf("w%dy%dz", salt*104729+i, i*i*17+salt))
		}
	}
	return strings.Join(w, " ")
}

func advert(id, folded string) *adpb.NormalizedAd {
	return &adpb.NormalizedAd{
		DocId: ad.DocID("test", id), Platform: "test", AdId: id,
		PostedAt: 1_790_000_000_000, Title: "t", Text: "x", Folded: folded,
	}
}

func record(tb require.TestingT, offset int64, a *adpb.NormalizedAd) stream.Record {
	b, err := proto.Marshal(a)
	require.NoError(tb, err)
	return stream.Record{Topic: "ads.normalized", Offset: offset, Value: b, Time: time.Unix(1_790_000_100, 0)}
}

func handle(tb require.TestingT, h *Handler, records ...stream.Record) stream.Result {
	res, err := h.Handle(context.Background(), records)
	require.NoError(tb, err)
	return res
}

func event(tb require.TestingT, m stream.Message) *adpb.ClusteredEvent {
	var e adpb.ClusteredEvent
	require.NoError(tb, proto.Unmarshal(m.Value, &e))
	return &e
}

func TestHandle(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	first := advert("1", body(1, 0, 0, 0))
	near := advert("2", body(1, 10, 3, 1))
	first.Contacts = []*adpb.Contact{{Token: "k1:aa"}}
	res := handle(t, h, record(t, 41, first), record(t, 42, near), record(t, 43, first))
	require.Empty(t, res.Rejects)
	require.Len(t, res.Out, 3)
	id := ad.ClusterID(first.GetDocId())
	for i, m := range res.Out {
		require.Equal(t, "ads.clustered", m.Topic)
		require.Equal(t, id, string(m.Key))
		want := []*adpb.NormalizedAd{first, near, first}[i]
		require.Equal(t, []stream.Header{{Key: "palermo-ad", Value: []byte(want.GetDocId())}}, m.Headers)
		got := event(t, m).GetAssignment()
		require.True(t, proto.Equal(want, got.GetAd()))
		require.EqualValues(t, 42+i, got.GetSeq())
		require.Equal(t, id, got.GetClusterId())
		require.Equal(t, i == 0, got.GetFounded())
		require.Equal(t, i == 2, got.GetRepeated())
		require.False(t, got.GetUpdated())
		if i == 1 {
			require.Greater(t, got.GetSimilarity(), .75)
			require.Less(t, got.GetSimilarity(), 1.)
		} else {
			require.InDelta(t, 1, got.GetSimilarity(), 0)
		}
		// What is written is what the generated code would write.
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(event(t, m))
		require.NoError(t, err)
		require.Equal(t, again, m.Value)
	}
	require.EqualValues(t, 3, h.Stats().Ads)
	require.Empty(t, handle(t, h).Out)
}

// TestFacts: another contact makes another version of an advert; another key does
// not.
func TestFacts(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	a := advert("1", body(1, 0, 0, 0))
	put := func(offset int64, c *adpb.Contact, seller string) *adpb.Assignment {
		a.Contacts, a.SellerToken = []*adpb.Contact{c}, seller
		return event(t, handle(t, h, record(t, offset, a)).Out[0]).GetAssignment()
	}
	require.False(t, put(0, &adpb.Contact{Token: "k1:aa"}, "k1:s").GetUpdated())
	require.True(t, put(1, &adpb.Contact{Token: "k2:bb", OtherTokens: []string{"k1:aa"}}, "k1:s").GetRepeated())
	require.True(t, put(2, &adpb.Contact{Token: "k1:cc"}, "k1:s").GetUpdated())
	require.True(t, put(3, &adpb.Contact{Token: "k1:cc"}, "k1:other").GetUpdated())
}

func TestMerge(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.Cluster.Threshold, cfg.Cluster.MergeMargin = .8, .3
	h := newHandler(t, cfg)
	var res stream.Result
	for i, b := range []string{body(1, 0, 0, 0), body(1, 20, 8, 5), body(1, 20, 4, 5)} {
		res = handle(t, h, record(t, int64(i), advert(fmt.Sprint(i), b)))
	}
	require.Len(t, res.Out, 2)
	older := ad.ClusterID(ad.DocID("test", "0"))
	younger := ad.ClusterID(ad.DocID("test", "1"))
	require.Equal(t, younger, string(res.Out[0].Key), "the merge comes first")
	m := event(t, res.Out[0]).GetMerge()
	require.True(t, proto.Equal(&adpb.Merge{Seq: 3, From: younger, Into: older}, m))
	require.Equal(t, older, string(res.Out[1].Key))
	require.Equal(t, older, h.Resolve(younger))
}

func TestRejects(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	noID := advert("1", "x")
	noID.DocId = "secret words"
	good := advert("2", body(2, 0, 0, 0))
	res := handle(t, h,
		stream.Record{Offset: 0, Value: []byte("\xff\xffnot protobuf")},
		record(t, 1, noID),
		record(t, 2, good),
		stream.Record{Offset: 3},
	)
	require.Len(t, res.Out, 1)
	require.Len(t, res.Rejects, 3)
	for i, want := range []int{0, 1, 3} {
		require.Equal(t, want, res.Rejects[i].Index)
		require.Equal(t, "invalid_event", res.Rejects[i].Code)
		require.Error(t, res.Rejects[i].Err)
		require.NotContains(t, res.Rejects[i].Err.Error(), "secret")
	}
	require.EqualValues(t, 1, h.Stats().Ads)
}

// TestTime: an advert from the future does not move the window past the time at
// which it came.
func TestTime(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	handle(t, h, record(t, 0, advert("1", body(1, 0, 0, 0))))
	future := advert("2", body(2, 0, 0, 0))
	future.PostedAt = 9_999_999_999_999
	handle(t, h, record(t, 1, future))
	require.True(t, event(t, handle(t, h, record(t, 2, advert("1", body(1, 0, 0, 0)))).Out[0]).GetAssignment().GetRepeated())
	require.Equal(t, 1, h.Stats().Generations)
}

// log draws records of adverts that found, join, merge, repeat and update, some of
// them malformed.
func log(t *rapid.T, n int) []stream.Record {
	out := make([]stream.Record, n)
	for i := range out {
		a := advert(fmt.Sprint(rapid.IntRange(0, 30).Draw(t, "id")),
			body(rapid.IntRange(0, 4).Draw(t, "salt"), 20, rapid.IntRange(0, 9).Draw(t, "n"), rapid.IntRange(0, 2).Draw(t, "edit")))
		a.PostedAt += int64(rapid.IntRange(0, 50).Draw(t, "day")) * 86_400_000
		out[i] = record(t, int64(i), a)
		out[i].Time = time.Time{}
		if rapid.IntRange(0, 15).Draw(t, "bad") == 0 {
			out[i].Value = out[i].Value[:len(out[i].Value)/2]
		}
	}
	return out
}

func state(t require.TestingT, h *Handler) []byte {
	var b bytes.Buffer
	require.NoError(t, h.Snapshot(&b))
	return b.Bytes()
}

// TestRedelivery gives every batch again and again, in other cuts, as a runner does
// whose writes fail, and at times goes on from a snapshot. Outputs and state are
// those of a run without trouble.
func TestRedelivery(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		records := log(t, rapid.IntRange(1, 60).Draw(t, "n"))
		cfg := DefaultConfig()
		cfg.Cluster.Window = 60 * 24 * time.Hour
		cfg.Workers = rapid.IntRange(1, 3).Draw(t, "workers")
		calm, err := NewHandler(cfg)
		require.NoError(t, err)
		want := handle(t, calm, records...)

		h, err := NewHandler(cfg)
		require.NoError(t, err)
		var got stream.Result
		for at := 0; at < len(records); {
			end := at + rapid.IntRange(1, len(records)-at).Draw(t, "batch")
			var res stream.Result
			for range rapid.IntRange(1, 3).Draw(t, "attempts") {
				res = handle(t, h, records[at:end]...)
			}
			if rapid.Bool().Draw(t, "one by one") {
				res = stream.Result{}
				for i := at; i < end; i++ {
					r := handle(t, h, records[i])
					res.Out = append(res.Out, r.Out...)
					for _, x := range r.Rejects {
						x.Index += i - at
						res.Rejects = append(res.Rejects, x)
					}
				}
			}
			got.Out = append(got.Out, res.Out...)
			for _, x := range res.Rejects {
				x.Index += at
				got.Rejects = append(got.Rejects, x)
			}
			at = end
			if rapid.IntRange(0, 3).Draw(t, "restart") == 0 {
				next, err := NewHandler(cfg)
				require.NoError(t, err)
				require.NoError(t, next.Restore(bytes.NewReader(state(t, h))))
				h = next
			}
		}
		require.Len(t, got.Out, len(want.Out))
		for i := range want.Out {
			require.Equal(t, want.Out[i], got.Out[i])
		}
		require.Len(t, got.Rejects, len(want.Rejects))
		for i := range want.Rejects {
			require.Equal(t, want.Rejects[i].Index, got.Rejects[i].Index)
			require.Equal(t, want.Rejects[i].Code, got.Rejects[i].Code)
		}
		require.Equal(t, state(t, calm), state(t, h))
	})
}

// TestOlderThanASnapshot: records that a snapshot covers had their outputs written
// before it was taken. They are passed over.
func TestOlderThanASnapshot(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	a, b := record(t, 0, advert("1", body(1, 0, 0, 0))), record(t, 1, advert("2", body(2, 0, 0, 0)))
	handle(t, h, a)
	next := newHandler(t, DefaultConfig())
	require.NoError(t, next.Restore(bytes.NewReader(state(t, h))))
	res := handle(t, next, a, b)
	require.Len(t, res.Out, 1)
	require.EqualValues(t, 2, event(t, res.Out[0]).GetAssignment().GetSeq())
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	h := newHandler(t, DefaultConfig())
	saved := state(t, h)
	cfg := DefaultConfig()
	cfg.Cluster.Threshold = .9
	require.ErrorIs(t, newHandler(t, cfg).Restore(bytes.NewReader(saved)), cluster.ErrParams)
	require.ErrorIs(t, h.Restore(strings.NewReader("")), cluster.ErrSnapshot)
}

func TestBatchTooLarge(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.Replay = 1
	h := newHandler(t, cfg)
	_, err := h.Handle(context.Background(), make([]stream.Record, 2))
	require.ErrorContains(t, err, "replay")
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultConfig().Validate())
	for want, change := range map[string]func(c *Config){
		"normalized_topic": func(c *Config) { c.Normalized = "" },
		"clustered_topic":  func(c *Config) { c.Clustered = c.Normalized },
		"workers":          func(c *Config) { c.Workers = -1 },
		"replay":           func(c *Config) { c.Replay = 0 },
		"threshold":        func(c *Config) { c.Cluster.Threshold = 2 },
	} {
		c := DefaultConfig()
		change(&c)
		require.ErrorContains(t, c.Validate(), want)
		_, err := NewHandler(c)
		require.Error(t, err)
	}
}

// TestPanic: what a worker throws comes out of Handle, where the runner catches it.
func TestPanic(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.Workers = 2
	h := newHandler(t, cfg)
	h.workers[1].signer = nil
	var records []stream.Record
	for i := range 40 {
		records = append(records, record(t, int64(i), advert(fmt.Sprint(i), "x")))
	}
	require.Panics(t, func() { handle(t, h, records...) })
}
