package indexer_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/embedded"
	"palermo.internal/pkg/index/indextest"
	"palermo.internal/pkg/stream"
	"palermo.internal/services/indexer"
)

func record(t *testing.T, topic string, m proto.Message) stream.Record {
	t.Helper()
	b, err := proto.Marshal(m)
	require.NoError(t, err)
	return stream.Record{Topic: topic, Value: b}
}

func newHandler(t *testing.T, w index.Writer) stream.Handler {
	t.Helper()
	h, err := indexer.NewHandler(indexer.DefaultConfig(), w)
	require.NoError(t, err)
	return h
}

func openStore(t *testing.T) index.Store {
	t.Helper()
	cfg := embedded.DefaultConfig()
	cfg.Dir = t.TempDir()
	s, err := embedded.Open(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// spy counts what reaches a store, and may reject or fail it.
type spy struct {
	docs   []index.Document
	calls  int
	reject func(index.Document) bool
	err    error
	short  bool
}

func (s *spy) Write(_ context.Context, docs []index.Document) ([]index.Outcome, error) {
	s.calls++
	if s.err != nil {
		return nil, s.err
	}
	out := make([]index.Outcome, len(docs))
	for i, d := range docs {
		if s.reject != nil && s.reject(d) {
			out[i] = index.Rejection(index.CodeMapping, "the mapping has no such field")
			continue
		}
		s.docs = append(s.docs, d)
		out[i] = index.Outcome{Status: index.StatusWritten}
	}
	if s.short {
		out = out[:len(out)-1]
	}
	return out, nil
}

func TestHandleBothTopics(t *testing.T) {
	t.Parallel()
	s := openStore(t)
	h := newHandler(t, s)
	a, c := indextest.ScoredAd(1), indextest.ScoredCluster(1, 4)
	res, err := h.Handle(t.Context(), []stream.Record{record(t, "ads.scored", a), record(t, "clusters.scored", c)})
	require.NoError(t, err)
	require.Empty(t, res.Rejects)
	require.Empty(t, res.Out)
	got, err := s.Get(t.Context(), index.KindAds, a.Ad.DocId)
	require.NoError(t, err)
	require.EqualValues(t, a.Seq, got.Version)
	got, err = s.Get(t.Context(), index.KindClusters, c.Profile.ClusterId)
	require.NoError(t, err)
	require.EqualValues(t, 4, got.Version)
}

func TestHandleWritesOnlyTheNewestOfEachDocument(t *testing.T) {
	t.Parallel()
	w := &spy{}
	h := newHandler(t, w)
	var records []stream.Record
	for _, v := range []uint64{3, 9, 5, 9} {
		c := indextest.ScoredCluster(1, v)
		c.Profile.Size = uint64(len(records))
		records = append(records, record(t, "clusters.scored", c))
	}
	res, err := h.Handle(t.Context(), records)
	require.NoError(t, err)
	require.Empty(t, res.Rejects)
	require.Len(t, w.docs, 1)
	require.EqualValues(t, 9, w.docs[0].Version)
	require.Contains(t, string(w.docs[0].Body), `"size":3`, "the last of equal versions")
	require.Equal(t, 1, w.calls)
}

func TestHandleFallsBackWhenTheNewestIsRejected(t *testing.T) {
	t.Parallel()
	w := &spy{reject: func(d index.Document) bool { return d.Version == 9 }}
	h := newHandler(t, w)
	var records []stream.Record
	for _, v := range []uint64{3, 9, 5} {
		records = append(records, record(t, "clusters.scored", indextest.ScoredCluster(1, v)))
	}
	res, err := h.Handle(t.Context(), records)
	require.NoError(t, err)
	require.Len(t, res.Rejects, 1)
	require.Equal(t, 1, res.Rejects[0].Index)
	require.Equal(t, string(index.CodeMapping), res.Rejects[0].Code)
	require.Len(t, w.docs, 1)
	require.EqualValues(t, 5, w.docs[0].Version)
}

func TestHandleRejectsBadRecordsAlone(t *testing.T) {
	t.Parallel()
	w := &spy{}
	h := newHandler(t, w)
	noAd, noVersion, badID := indextest.ScoredAd(1), indextest.ScoredAd(2), indextest.ScoredAd(3)
	noAd.Ad, noVersion.Seq, badID.Ad.DocId = nil, 0, "a\n{}"
	res, err := h.Handle(t.Context(), []stream.Record{
		record(t, "ads.scored", indextest.ScoredAd(0)),
		{Topic: "ads.scored"},
		{Topic: "ads.scored", Value: []byte("\xff\xff no protobuf")},
		{Topic: "clusters.scored", Value: []byte("\xff\xff no protobuf")},
		record(t, "ads.scored", noAd),
		record(t, "ads.scored", noVersion),
		record(t, "ads.scored", badID),
		record(t, "clusters.scored", indextest.ScoredCluster(0, 0)),
		record(t, "ads.scored", indextest.ScoredAd(8)),
	})
	require.NoError(t, err)
	require.Len(t, w.docs, 2)
	codes := map[int]string{}
	for _, r := range res.Rejects {
		codes[r.Index] = r.Code
		require.Contains(t, indexer.Codes(), r.Code)
		require.Error(t, r.Err)
		require.NotContains(t, r.Err.Error(), "Bavet", "no content in an error")
	}
	require.Equal(t, map[int]string{
		1: "empty", 2: "decode", 3: "decode", 4: "bad_document", 5: "bad_document", 6: "bad_document", 7: "bad_document",
	}, codes)
}

func TestHandlePassesOnWhatTheStoreCannotDo(t *testing.T) {
	t.Parallel()
	cause := index.Temporary("write", errors.New("busy"))
	h := newHandler(t, &spy{err: cause})
	records := []stream.Record{record(t, "ads.scored", indextest.ScoredAd(1))}
	_, err := h.Handle(t.Context(), records)
	require.ErrorIs(t, err, cause)

	h = newHandler(t, &spy{short: true})
	_, err = h.Handle(t.Context(), records)
	require.Error(t, err, "a store that answers for fewer documents than it got is not believed")

	_, err = newHandler(t, &spy{}).Handle(t.Context(), []stream.Record{{Topic: "other", Value: []byte("x")}})
	require.ErrorContains(t, err, "other")
	require.True(t, stream.IsFatal(err))

	for err, fatal := range map[error]bool{
		index.Temporary("write", errors.New("busy")): false, index.Fatal("write", errors.New("no right")): true,
		index.ErrClosed: true, errors.New("unknown"): false, context.Canceled: false,
	} {
		_, got := newHandler(t, &spy{err: err}).Handle(t.Context(), records)
		require.ErrorIs(t, got, err)
		require.Equal(t, fatal, stream.IsFatal(got), "%v", err)
	}
}

func TestHandleNothing(t *testing.T) {
	t.Parallel()
	w := &spy{}
	res, err := newHandler(t, w).Handle(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, res)
	require.Zero(t, w.calls)
}

func TestConfig(t *testing.T) {
	t.Parallel()
	require.NoError(t, indexer.DefaultConfig().Validate())
	err := indexer.Config{}.Validate()
	require.ErrorContains(t, err, "ads_topic")
	require.ErrorContains(t, err, "clusters_topic")
	require.Error(t, indexer.Config{AdsTopic: "a", ClustersTopic: "a"}.Validate())
	_, err = indexer.NewHandler(indexer.Config{}, &spy{})
	require.Error(t, err)
	_, err = indexer.NewHandler(indexer.DefaultConfig(), nil)
	require.Error(t, err)
}

func FuzzHandle(f *testing.F) {
	good, err := proto.Marshal(indextest.ScoredAd(1))
	require.NoError(f, err)
	cluster, err := proto.Marshal(indextest.ScoredCluster(1, 1))
	require.NoError(f, err)
	f.Add(true, good)
	f.Add(false, cluster)
	f.Add(true, []byte{})
	// Whatever comes in: no panic, no error of the stage, and the record is
	// either a document that a store takes or rejected with a known code.
	f.Fuzz(func(t *testing.T, ads bool, value []byte) {
		topic := "clusters.scored"
		if ads {
			topic = "ads.scored"
		}
		w := &spy{}
		h, err := indexer.NewHandler(indexer.DefaultConfig(), w)
		require.NoError(t, err)
		res, err := h.Handle(t.Context(), []stream.Record{{Topic: topic, Value: value}})
		require.NoError(t, err)
		require.Equal(t, 1, len(w.docs)+len(res.Rejects))
		for _, r := range res.Rejects {
			require.Contains(t, indexer.Codes(), r.Code)
		}
		for _, d := range w.docs {
			o, bad := d.Check()
			require.False(t, bad, "%s %s", o.Code, o.Reason)
		}
	})
}
