package scorer

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/stream"
)

const (
	day      = int64(24 * 60 * 60 * 1000)
	firstDay = int64(1_760_000_000_000)
)

func newTestHandler(tb testing.TB, change func(*Config)) *Handler {
	tb.Helper()
	engine, err := indicator.Default()
	require.NoError(tb, err)
	cfg := DefaultConfig()
	if change != nil {
		change(&cfg)
	}
	h, err := NewHandler(cfg, indicator.NewHolder(engine))
	require.NoError(tb, err)
	return h
}

// testAd is advert n as the normaliser would write it.
func testAd(n int, text string) *adpb.NormalizedAd {
	id := fmt.Sprintf("ad-%d", n)
	a := &adpb.NormalizedAd{
		DocId: ad.DocID("site.example", id), Platform: "site.example", AdId: id, PostedAt: firstDay + int64(n)*60_000,
		Title: "Loker", Text: text, Language: "id", Category: "jobs", SellerToken: fmt.Sprintf("k1:%032d", n%7),
		Contacts: []*adpb.Contact{{Type: adpb.ContactType_CONTACT_TYPE_PHONE, Token: fmt.Sprintf("k1:%032d", n%3), Field: adpb.Field_FIELD_DECLARED}},
		Places:   []*adpb.Place{{Country: "ID", City: fmt.Sprintf("kota %d", n%5), Field: adpb.Field_FIELD_DECLARED}},
	}
	a.Folded = strings.ToLower(a.Title + "\n" + a.Text)
	return a
}

func assignment(seq int, cluster string, a *adpb.NormalizedAd) *adpb.ClusteredEvent {
	return &adpb.ClusteredEvent{Event: &adpb.ClusteredEvent_Assignment{Assignment: &adpb.Assignment{
		Seq: uint64(seq), ClusterId: cluster, Ad: a,
	}}}
}

func mergeEvent(seq int, from, into string) *adpb.ClusteredEvent {
	return &adpb.ClusteredEvent{Event: &adpb.ClusteredEvent_Merge{Merge: &adpb.Merge{Seq: uint64(seq), From: from, Into: into}}}
}

// topicLog is one partition.
type topicLog struct {
	tb      testing.TB
	records []stream.Record
}

func (l *topicLog) add(events ...*adpb.ClusteredEvent) {
	for _, e := range events {
		value, err := proto.Marshal(e)
		require.NoError(l.tb, err)
		l.records = append(l.records, stream.Record{Topic: "ads.clustered", Offset: int64(len(l.records)), Value: value})
	}
}

// outcome is the latest of what was written, by key.
type outcome struct {
	ads       map[string]*adpb.ScoredAd
	clusters  map[string]*adpb.ScoredCluster
	transfers []stream.Message
}

func newOutcome() *outcome {
	return &outcome{ads: map[string]*adpb.ScoredAd{}, clusters: map[string]*adpb.ScoredCluster{}}
}

func (o *outcome) take(tb testing.TB, res stream.Result) {
	tb.Helper()
	for _, m := range res.Out {
		switch m.Topic {
		case "ads.scored":
			var a adpb.ScoredAd
			require.NoError(tb, proto.Unmarshal(m.Value, &a))
			require.Equal(tb, string(ad.Key(a.GetAd().GetPlatform(), a.GetAd().GetAdId())), string(m.Key))
			require.Empty(tb, a.GetAd().GetFolded())
			require.Equal(tb, a.GetAd().GetDocId(), string(m.Headers[0].Value))
			o.ads[string(m.Key)] = &a
		case "clusters.scored":
			var c adpb.ScoredCluster
			require.NoError(tb, proto.Unmarshal(m.Value, &c))
			if old := o.clusters[string(m.Key)]; old != nil {
				require.GreaterOrEqual(tb, c.GetVersion(), old.GetVersion())
			}
			o.clusters[string(m.Key)] = &c
		default:
			o.transfers = append(o.transfers, m)
		}
	}
}

func run(tb testing.TB, h *Handler, o *outcome, records []stream.Record, batch int) {
	tb.Helper()
	for len(records) > 0 {
		n := min(batch, len(records))
		res, err := h.Handle(context.Background(), records[:n])
		require.NoError(tb, err)
		require.Empty(tb, res.Rejects)
		o.take(tb, res)
		records = records[n:]
	}
}

func snapshotOf(tb testing.TB, h *Handler) []byte {
	tb.Helper()
	var b bytes.Buffer
	require.NoError(tb, h.Snapshot(&b))
	return b.Bytes()
}

const compound = "Admin online penempatan Kamboja gaji 12 juta tanpa pengalaman, tiket pesawat gratis, tanpa visa"

func TestHandleScoresAdsAndClusters(t *testing.T) {
	t.Parallel()
	l := &topicLog{tb: t}
	for i := range 10 {
		l.add(assignment(i+1, "c1", testAd(i, compound)))
	}
	l.add(assignment(11, "c2", testAd(10, "Dibutuhkan guru bahasa Inggris, lulusan S1")))
	h, o := newTestHandler(t, nil), newOutcome()
	run(t, h, o, l.records, 4)

	require.Len(t, o.ads, 11)
	require.Equal(t, adpb.Level_LEVEL_HIGH, o.ads["site.example/ad-0"].GetAssessment().GetLevel())
	c := o.clusters["c1"]
	require.Equal(t, uint64(10), c.GetVersion())
	require.Equal(t, uint64(10), c.GetProfile().GetSize())
	require.Equal(t, uint32(7), c.GetProfile().GetAccountsTotal())
	require.Equal(t, adpb.Level_LEVEL_HIGH, c.GetAssessment().GetLevel())
	require.Equal(t, []string{"scam-compound"}, c.GetAssessment().GetTypologies()[:1])
	require.Equal(t, ad.DocID("site.example", "ad-0"), c.GetProfile().GetRepresentative().GetDocId())
	require.Equal(t, adpb.Level_LEVEL_NONE, o.clusters["c2"].GetAssessment().GetLevel())
}

func TestMergeHere(t *testing.T) {
	t.Parallel()
	l := &topicLog{tb: t}
	l.add(
		assignment(1, "c1", testAd(0, compound)), assignment(2, "c2", testAd(1, compound)), assignment(3, "c3", testAd(2, compound)),
		mergeEvent(4, "c3", "c2"), mergeEvent(5, "c2", "c1"), assignment(5, "c1", testAd(3, compound)),
	)
	h, o := newTestHandler(t, nil), newOutcome()
	run(t, h, o, l.records, 2)
	require.Empty(t, o.transfers)
	require.Equal(t, "c2", o.clusters["c3"].GetMergedInto())
	require.Equal(t, "c1", o.clusters["c2"].GetMergedInto())
	require.Equal(t, uint64(4), o.clusters["c1"].GetProfile().GetSize())
	require.ElementsMatch(t, []string{"c2", "c3"}, o.clusters["c1"].GetProfile().GetAbsorbed())
	require.Equal(t, uint64(6), o.clusters["c1"].GetVersion())
}

// TestMergeElsewhere sends a profile through a chain of three partitions, with
// everything delivered twice.
func TestMergeElsewhere(t *testing.T) {
	t.Parallel()
	handlers, logs, o := map[string]*Handler{}, map[string]*topicLog{}, newOutcome()
	for i, id := range []string{"c1", "c2", "c3"} {
		handlers[id], logs[id] = newTestHandler(t, nil), &topicLog{tb: t}
		logs[id].add(assignment(i+1, id, testAd(i, compound)))
	}
	logs["c2"].add(mergeEvent(4, "c2", "c1")) // before the transfer from c3 arrives
	logs["c3"].add(mergeEvent(5, "c3", "c2"))
	done := map[string]int{}
	for range 6 {
		for _, id := range []string{"c3", "c2", "c1"} {
			records := logs[id].records[done[id]:]
			done[id] = len(logs[id].records)
			for range 2 {
				run(t, handlers[id], o, records, 8)
			}
			for _, m := range o.transfers {
				var e adpb.ClusteredEvent
				require.NoError(t, proto.Unmarshal(m.Value, &e))
				require.Equal(t, string(m.Key), e.GetTransfer().GetInto())
				logs[string(m.Key)].add(&e)
			}
			o.transfers = nil
		}
	}
	require.Equal(t, uint64(3), o.clusters["c1"].GetProfile().GetSize())
	require.ElementsMatch(t, []string{"c2", "c3"}, o.clusters["c1"].GetProfile().GetAbsorbed())
	require.Equal(t, uint64(1), o.clusters["c1"].GetProfile().GetFoundedSeq())
	require.Equal(t, "c1", o.clusters["c2"].GetMergedInto())
	require.Equal(t, "c2", o.clusters["c3"].GetMergedInto())
}

// randomLog is a log with merges toward older clusters, and copies.
func randomLog(tb testing.TB, n int) *topicLog {
	tb.Helper()
	l, r := &topicLog{tb: tb}, rand.New(rand.NewPCG(1, 2))
	var live []string
	for i := range n {
		switch k := r.IntN(10); {
		case len(live) == 0 || k < 4:
			live = append(live, fmt.Sprintf("c%04d", i))
			l.add(assignment(i+1, live[len(live)-1], testAd(i, compound)))
		case k == 9 && len(live) > 1:
			from := 1 + r.IntN(len(live)-1)
			l.add(mergeEvent(i+1, live[from], live[r.IntN(from)]))
			live = append(live[:from], live[from+1:]...)
		default:
			e := assignment(i+1, live[r.IntN(len(live))], testAd(i, "Guru les privat"))
			e.GetAssignment().Repeated = k == 8
			l.add(e)
		}
	}
	return l
}

// TestSameLogSameState: batches, workers, redelivery and restarts change neither
// the state nor the latest outputs.
func TestSameLogSameState(t *testing.T) {
	t.Parallel()
	records := randomLog(t, 300).records
	want := newOutcome()
	h := newTestHandler(t, func(c *Config) { c.Workers = 1 })
	run(t, h, want, records, 1)
	wantState := snapshotOf(t, h)
	total := uint64(0)
	for _, c := range want.clusters {
		total += c.GetProfile().GetSize()
	}
	require.NotZero(t, total)

	for name, play := range map[string]func(o *outcome) *Handler{
		"one batch": func(o *outcome) *Handler {
			h := newTestHandler(t, nil)
			run(t, h, o, records, len(records))
			return h
		},
		"everything twice": func(o *outcome) *Handler {
			h := newTestHandler(t, nil)
			for i := 0; i < len(records); i += 50 {
				run(t, h, o, records[i:i+50], 50)
				run(t, h, o, records[max(0, i-20):i+50], 30)
			}
			return h
		},
		"restarts": func(o *outcome) *Handler {
			h := newTestHandler(t, nil)
			for i := 0; i < len(records); i += 100 {
				run(t, h, o, records[i:i+100], 100)
				next := newTestHandler(t, nil)
				require.NoError(t, next.Restore(bytes.NewReader(snapshotOf(t, h))))
				h = next
			}
			return h
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutcome()
			require.True(t, bytes.Equal(wantState, snapshotOf(t, play(o))), "another state")
			require.Len(t, o.clusters, len(want.clusters))
			for id, c := range want.clusters {
				require.True(t, proto.Equal(c, o.clusters[id]), "cluster %s", id)
			}
			for key, a := range want.ads {
				require.True(t, proto.Equal(a, o.ads[key]), "advert %s", key)
			}
		})
	}
}

func TestRejectsWhatIsNoEvent(t *testing.T) {
	t.Parallel()
	l := &topicLog{tb: t}
	l.add(
		assignment(1, "c1", testAd(0, compound)), &adpb.ClusteredEvent{}, mergeEvent(2, "c1", "c1"),
		assignment(0, "c1", testAd(1, compound)), assignment(3, "", testAd(1, compound)),
		&adpb.ClusteredEvent{Event: &adpb.ClusteredEvent_Transfer{Transfer: &adpb.ProfileTransfer{From: "a", Into: "b"}}},
		assignment(4, "c1", testAd(2, compound)),
	)
	l.records = append(l.records, stream.Record{Offset: int64(len(l.records)), Value: []byte("no event")})
	h, o := newTestHandler(t, nil), newOutcome()
	res, err := h.Handle(context.Background(), l.records)
	require.NoError(t, err)
	o.take(t, res)
	require.Len(t, res.Rejects, 6)
	for _, r := range res.Rejects {
		require.Equal(t, CodeInvalidEvent, r.Code)
		require.NotContains(t, r.Err.Error(), "Kamboja")
	}
	require.Equal(t, uint64(2), o.clusters["c1"].GetProfile().GetSize())
}

// TestWindow: silent clusters are dropped by event time, and false times of a
// minority move nothing.
func TestWindow(t *testing.T) {
	t.Parallel()
	l := &topicLog{tb: t}
	seq := 0
	add := func(cluster string, at int64) {
		a := testAd(seq, "Guru les privat")
		a.PostedAt = at
		seq++
		l.add(assignment(seq, cluster, a))
	}
	add("silent", firstDay)
	for i := range 1000 {
		if i%4 == 0 {
			add("false", firstDay+100_000*day)
		} else {
			add("busy", firstDay+int64(i)*60_000)
		}
	}
	h, o := newTestHandler(t, func(c *Config) { c.Window = 24 * 10 * 60 * 60 * 1e9 }), newOutcome()
	run(t, h, o, l.records, 100)
	require.Contains(t, h.state.entries, "silent")
	from := len(l.records)
	for i := range 1000 {
		add("busy", firstDay+20*day+int64(i)*60_000)
	}
	run(t, h, o, l.records[from:], 100)
	require.NotContains(t, h.state.entries, "silent")
	require.Contains(t, h.state.entries, "busy")
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultConfig().Validate())
	bad := Config{Clustered: "a", ScoredAds: "a", Workers: -1}
	err := bad.Validate()
	for _, want := range []string{"scored_ads_topic: is \"a\"", "scored_clusters_topic: is empty", "window", "workers"} {
		require.ErrorContains(t, err, want)
	}
	_, err = NewHandler(bad, nil)
	require.Error(t, err)
	_, err = NewHandler(DefaultConfig(), nil)
	require.ErrorContains(t, err, "no rule packs")
}

// TestRestoreRefuses: a damaged snapshot is found, and the state stays.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	h := newTestHandler(t, nil)
	run(t, h, newOutcome(), randomLog(t, 50).records, 50)
	good := snapshotOf(t, h)
	for name, bad := range map[string][]byte{
		"empty":   {},
		"cut":     good[:len(good)-3],
		"longer":  append(append([]byte(nil), good...), 1),
		"garbage": []byte("\x05garbage"),
	} {
		require.Error(t, h.Restore(bytes.NewReader(bad)), name)
		require.True(t, bytes.Equal(good, snapshotOf(t, h)), name)
	}
}
