package indextest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

// Contract runs the suite that every index.Store must pass. open returns an
// empty store that Setup has not seen; it registers the clean-up itself.
func Contract(t *testing.T, open func(t *testing.T) index.Store) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, index.Store)
	}{
		{"setup may run again", setupTwice},
		{"an empty store", emptyStore},
		{"what is written is read back", roundTrip},
		{"an older version never overwrites", olderIsStale},
		{"an equal version overwrites", equalOverwrites},
		{"one id many times in a batch", repeatedInBatch},
		{"both kinds in one batch", bothKinds},
		{"what can never be taken is rejected alone", rejectsAlone},
		{"a hostile body stays one document", hostileBody},
		{"names and values at their limits", extremeValues},
		{"writers side by side", concurrentWriters},
		{"erase", eraseDocuments},
		{"words and phrases", searchText},
		{"filters", searchFilters},
		{"orders and pages", searchOrder},
		{"tombstones", searchMerged},
		{"queries that are refused", refusedQueries},
		{"an ended context", endedContext},
		{"a closed store", closedStore},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := open(t)
			require.NoError(t, s.Setup(t.Context()))
			c.run(t, s)
		})
	}
}

// mustWrite writes docs and requires that each has the status.
func mustWrite(t *testing.T, s index.Store, status index.Status, docs ...index.Document) {
	t.Helper()
	outcomes, err := s.Write(t.Context(), docs)
	require.NoError(t, err)
	require.Len(t, outcomes, len(docs))
	for i, o := range outcomes {
		require.Equal(t, status.String(), o.Status.String(), "document %d: %s %s", i, o.Code, o.Reason)
	}
	require.NoError(t, s.Refresh(t.Context()))
}

func count(t *testing.T, s index.Store, kind index.Kind) int64 {
	t.Helper()
	n, err := s.Count(t.Context(), kind)
	require.NoError(t, err)
	return n
}

func get(t *testing.T, s index.Store, want index.Document) {
	t.Helper()
	got, err := s.Get(t.Context(), want.Kind, want.ID)
	require.NoError(t, err)
	require.Equal(t, want.ID, got.ID)
	require.Equal(t, want.Kind, got.Kind)
	require.Equal(t, want.Version, got.Version)
	require.True(t, want.Time.Equal(got.Time), "%v, not %v", got.Time, want.Time)
	require.JSONEq(t, string(want.Body), string(got.Body))
}

func setupTwice(t *testing.T, s index.Store) {
	t.Helper()
	mustWrite(t, s, index.StatusWritten, Ad(t, 1, 1))
	require.NoError(t, s.Setup(t.Context()))
	require.NoError(t, s.Ping(t.Context()))
	require.EqualValues(t, 1, count(t, s, index.KindAds))
}

func emptyStore(t *testing.T, s index.Store) {
	t.Helper()
	require.NoError(t, s.Ping(t.Context()))
	require.NoError(t, s.Refresh(t.Context()))
	for _, k := range index.Kinds() {
		require.Zero(t, count(t, s, k))
		_, err := s.Get(t.Context(), k, "none")
		require.ErrorIs(t, err, index.ErrNotFound)
		has, err := s.Has(t.Context(), k, []string{"none", "not an id", ""})
		require.NoError(t, err)
		require.Equal(t, []bool{false, false, false}, has)
		res, err := s.Search(t.Context(), index.Query{Kind: k})
		require.NoError(t, err)
		require.Zero(t, res.Total)
		require.Empty(t, res.Hits)
	}
	outcomes, err := s.Write(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, outcomes)
	has, err := s.Has(t.Context(), index.KindAds, nil)
	require.NoError(t, err)
	require.Empty(t, has)
}

func roundTrip(t *testing.T, s index.Store) {
	t.Helper()
	docs := []index.Document{Ad(t, 1, 5), Ad(t, 2, 6), Cluster(t, 1, 7)}
	mustWrite(t, s, index.StatusWritten, docs...)
	for _, d := range docs {
		get(t, s, d)
	}
	has, err := s.Has(t.Context(), index.KindAds, []string{docs[1].ID, "none", docs[0].ID})
	require.NoError(t, err)
	require.Equal(t, []bool{true, false, true}, has)
	require.EqualValues(t, 2, count(t, s, index.KindAds))
	require.EqualValues(t, 1, count(t, s, index.KindClusters))
}

func olderIsStale(t *testing.T, s index.Store) {
	t.Helper()
	newer := AdWith(t, 1, 9, "the newer", "text")
	mustWrite(t, s, index.StatusWritten, newer)
	mustWrite(t, s, index.StatusStale, AdWith(t, 1, 8, "the older", "text"))
	get(t, s, newer)
	newest := AdWith(t, 1, 10, "the newest", "text")
	mustWrite(t, s, index.StatusWritten, newest)
	get(t, s, newest)
	require.EqualValues(t, 1, count(t, s, index.KindAds))
}

func equalOverwrites(t *testing.T, s index.Store) {
	t.Helper()
	mustWrite(t, s, index.StatusWritten, AdWith(t, 1, 9, "as scored at first", "text"))
	again := AdWith(t, 1, 9, "as scored by better rules", "text")
	mustWrite(t, s, index.StatusWritten, again)
	get(t, s, again)
}

func repeatedInBatch(t *testing.T, s index.Store) {
	t.Helper()
	newest := AdWith(t, 1, 9, "newest", "text")
	outcomes, err := s.Write(t.Context(), []index.Document{
		AdWith(t, 1, 7, "first", "text"), newest, AdWith(t, 1, 8, "late", "text"), Ad(t, 2, 3),
	})
	require.NoError(t, err)
	require.Len(t, outcomes, 4)
	for i, o := range outcomes {
		require.NotEqual(t, index.StatusRejected.String(), o.Status.String(), "document %d", i)
	}
	require.Equal(t, index.StatusWritten.String(), outcomes[1].Status.String())
	require.Equal(t, index.StatusStale.String(), outcomes[2].Status.String())
	require.NoError(t, s.Refresh(t.Context()))
	get(t, s, newest)
	require.EqualValues(t, 2, count(t, s, index.KindAds))
}

func bothKinds(t *testing.T, s index.Store) {
	t.Helper()
	a, c := Ad(t, 1, 1), Cluster(t, 1, 2)
	c.ID = a.ID
	mustWrite(t, s, index.StatusWritten, a, c)
	get(t, s, a)
	get(t, s, c)
}

func rejectsAlone(t *testing.T, s index.Store) {
	t.Helper()
	good := Ad(t, 1, 1)
	bad := func(change func(*index.Document)) index.Document {
		d := Ad(t, 2, 2)
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		doc  index.Document
		code index.Code
	}{
		"kind":        {bad(func(d *index.Document) { d.Kind = "other" }), index.CodeDocument},
		"empty id":    {bad(func(d *index.Document) { d.ID = "" }), index.CodeID},
		"hostile id":  {bad(func(d *index.Document) { d.ID = "a\"}\n{" }), index.CodeID},
		"long id":     {bad(func(d *index.Document) { d.ID = strings.Repeat("a", index.MaxIDBytes+1) }), index.CodeID},
		"version":     {bad(func(d *index.Document) { d.Version = 0 }), index.CodeVersion},
		"no object":   {bad(func(d *index.Document) { d.Body = []byte(`[1]`) }), index.CodeDocument},
		"cut JSON":    {bad(func(d *index.Document) { d.Body = []byte(`{"title":"`) }), index.CodeDocument},
		"line feed":   {bad(func(d *index.Document) { d.Body = []byte("{\n}") }), index.CodeDocument},
		"empty":       {bad(func(d *index.Document) { d.Body = nil }), index.CodeDocument},
		"too large":   {bad(func(d *index.Document) { d.Body = make([]byte, index.MaxBodyBytes+1) }), index.CodeTooLarge},
		"wrong types": {bad(func(d *index.Document) { d.Body = []byte(`{"score":{"a":"b"},"title":"x"}`) }), index.CodeMapping},
	} {
		outcomes, err := s.Write(t.Context(), []index.Document{good, c.doc, good})
		require.NoError(t, err, name)
		require.Equal(t, index.StatusRejected.String(), outcomes[1].Status.String(), name)
		require.Equal(t, c.code, outcomes[1].Code, name)
		require.NotEmpty(t, outcomes[1].Reason, name)
		require.NotEqual(t, index.StatusRejected.String(), outcomes[0].Status.String(), name)
		require.NotEqual(t, index.StatusRejected.String(), outcomes[2].Status.String(), name)
	}
	require.NoError(t, s.Refresh(t.Context()))
	require.EqualValues(t, 1, count(t, s, index.KindAds))
	get(t, s, good)
}

// Hostile is a text that tries to leave its JSON string and its line.
const Hostile = "x\"}\n{\"delete\":{\"_index\":\"palermo-ads\",\"_id\":\"victim\"}}\r\n\u2028{}\x00\x1b[31m \u202e <script>alert(1)</script>"

func hostileBody(t *testing.T, s index.Store) {
	t.Helper()
	d := AdWith(t, 1, 1, Hostile, Hostile)
	victim := Ad(t, 2, 1)
	require.NotContains(t, string(d.Body), "\n")
	mustWrite(t, s, index.StatusWritten, victim, d)
	mustWrite(t, s, index.StatusWritten, victim, d)
	get(t, s, d)
	get(t, s, victim)
	require.EqualValues(t, 2, count(t, s, index.KindAds))
}

// extremeValues writes what a platform may send at most: long, odd and many.
func extremeValues(t *testing.T, s index.Store) {
	t.Helper()
	ad := ScoredAd(1)
	long := strings.Repeat("\U0001F4DE", ad4KiB/4)
	ad.Ad.Text = strings.Repeat("word \u202e\u200b", 64<<10/8)
	ad.Ad.Url, ad.Ad.Category, ad.Ad.AdId, ad.Ad.Region = long, long, long, long
	ad.Ad.Attributes = map[string]string{
		"a": "x", "a.b": "y", "a.b.c": "z", long: long, "": "empty", ".": "dot", "..": "dots", "a.": "end",
		".a": "start", "a..b": "middle", " ": "space", "nul\x00": "nul", "\"}\n{": "\"}\n{", "_id": "victim",
	}
	for i := range 50 {
		ad.Ad.Attributes[fmt.Sprintf("k%d.x", i)] = long
		ad.Ad.Contacts = append(ad.Ad.Contacts, ad.Ad.Contacts[0])
		ad.Ad.ImageHashes = append(ad.Ad.ImageHashes, long)
		ad.Assessment.Indicators = append(ad.Assessment.Indicators, ad.Assessment.Indicators[0])
	}
	doc := document(t, ad)
	mustWrite(t, s, index.StatusWritten, doc)
	get(t, s, doc)
	require.Len(t, find(t, s, index.Query{Kind: index.KindAds, Text: "word"}), 1)
}

// ad4KiB is the most that one value of an advert may have.
const ad4KiB = 4 << 10

func concurrentWriters(t *testing.T, s index.Store) {
	t.Helper()
	const writers, rounds, docs = 4, 5, 10
	var wg sync.WaitGroup
	errs := make(chan error, writers*rounds)
	for w := range writers {
		batches := make([][]index.Document, rounds)
		for r := range batches {
			for i := range docs {
				version := uint64(r*writers + w + 1)
				batches[r] = append(batches[r], AdWith(t, i, version, "title", fmt.Sprintf("version %d", version)))
			}
		}
		wg.Go(func() {
			for _, b := range batches {
				if _, err := s.Write(t.Context(), b); err != nil {
					errs <- err
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	require.NoError(t, s.Refresh(t.Context()))
	require.EqualValues(t, docs, count(t, s, index.KindAds))
	for i := range docs {
		get(t, s, AdWith(t, i, writers*rounds, "title", fmt.Sprintf("version %d", writers*rounds)))
	}
}

func eraseDocuments(t *testing.T, s index.Store) {
	t.Helper()
	a, b := Ad(t, 1, 5), Ad(t, 2, 5)
	mustWrite(t, s, index.StatusWritten, a, b)
	n, err := s.Erase(t.Context(), index.KindAds, []string{a.ID, "none", a.ID, "not an id"})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.NoError(t, s.Refresh(t.Context()))
	_, err = s.Get(t.Context(), index.KindAds, a.ID)
	require.ErrorIs(t, err, index.ErrNotFound)
	res, err := s.Search(t.Context(), index.Query{Kind: index.KindAds})
	require.NoError(t, err)
	require.EqualValues(t, 1, res.Total)
	n, err = s.Erase(t.Context(), index.KindAds, nil)
	require.NoError(t, err)
	require.Zero(t, n)
}

func endedContext(t *testing.T, s index.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Write(ctx, []index.Document{Ad(t, 1, 1)})
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Search(ctx, index.Query{Kind: index.KindAds})
	require.ErrorIs(t, err, context.Canceled)
	mustWrite(t, s, index.StatusWritten, Ad(t, 1, 1))
}

func closedStore(t *testing.T, s index.Store) {
	t.Helper()
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	ctx := t.Context()
	_, err := s.Write(ctx, []index.Document{Ad(t, 1, 1)})
	require.ErrorIs(t, err, index.ErrClosed)
	_, err = s.Get(ctx, index.KindAds, "x")
	require.ErrorIs(t, err, index.ErrClosed)
	_, err = s.Has(ctx, index.KindAds, []string{"x"})
	require.ErrorIs(t, err, index.ErrClosed)
	_, err = s.Count(ctx, index.KindAds)
	require.ErrorIs(t, err, index.ErrClosed)
	_, err = s.Search(ctx, index.Query{Kind: index.KindAds})
	require.ErrorIs(t, err, index.ErrClosed)
	_, err = s.Erase(ctx, index.KindAds, []string{"x"})
	require.ErrorIs(t, err, index.ErrClosed)
	require.ErrorIs(t, s.Setup(ctx), index.ErrClosed)
	require.ErrorIs(t, s.Refresh(ctx), index.ErrClosed)
	require.ErrorIs(t, s.Ping(ctx), index.ErrClosed)
}
