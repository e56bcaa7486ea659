package index_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/indextest"
)

func TestAdDocHoldsWhatTheEventHolds(t *testing.T) {
	t.Parallel()
	s := indextest.ScoredAd(7)
	d, err := index.NewAdDoc(s)
	require.NoError(t, err)
	doc, err := d.Document()
	require.NoError(t, err)
	require.Equal(t, s.Ad.DocId, doc.ID)
	require.EqualValues(t, 8, doc.Version)
	require.True(t, indextest.Epoch.Add(7*time.Hour).Equal(doc.Time))
	o, bad := doc.Check()
	require.False(t, bad, o.Reason)
	indextest.Golden(t, "ad", pretty(t, doc.Body))
}

func TestClusterDocHoldsWhatTheEventHolds(t *testing.T) {
	t.Parallel()
	s := indextest.ScoredCluster(7, 12)
	s.MergedInto = "c11"
	d, err := index.NewClusterDoc(s)
	require.NoError(t, err)
	doc, err := d.Document()
	require.NoError(t, err)
	require.Equal(t, s.Profile.ClusterId, doc.ID)
	require.EqualValues(t, 12, doc.Version)
	require.True(t, indextest.Epoch.Add(7*time.Hour).Equal(doc.Time))
	indextest.Golden(t, "cluster", pretty(t, doc.Body))
}

func pretty(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	require.NoError(t, json.Unmarshal(b, &v))
	out, err := json.MarshalIndent(v, "", "  ")
	require.NoError(t, err)
	return string(out) + "\n"
}

func TestWhatTheIndexCannotHoldIsLeftOut(t *testing.T) {
	t.Parallel()
	s := indextest.ScoredAd(1)
	s.Similarity, s.Assessment.Score, s.Ad.LanguageConfidence = math.NaN(), math.Inf(1), math.Inf(-1)
	s.Ad.Amounts = append(s.Ad.Amounts, &adpb.Amount{Min: math.NaN(), Max: 1}, &adpb.Amount{Min: 1, Max: math.Inf(1)})
	s.Ad.PostedAt, s.Ad.CollectedAt, s.Ad.UpdatedAt = math.MaxInt64, math.MinInt64, 0
	s.Ad.Attributes = map[string]string{"": "a", " ": "b", "a\x00b": "c", ".a": "d", "a.": "e", "a..b": "f", "good": "g"}
	for _, p := range [][2]float64{{91, 0}, {0, 181}, {math.NaN(), 0}, {0, math.Inf(-1)}} {
		s.Ad.Lat, s.Ad.Lon = p[0], p[1]
		d, err := index.NewAdDoc(s)
		require.NoError(t, err)
		require.Nil(t, d.Point)
		require.Zero(t, d.Similarity+d.Score+d.LanguageConfidence)
		require.Len(t, d.Amounts, 1)
		require.Empty(t, d.PostedAt+d.CollectedAt+d.UpdatedAt)
		require.Equal(t, map[string]string{"good": "g"}, d.Attributes)
		doc, err := d.Document()
		require.NoError(t, err)
		require.True(t, doc.Time.IsZero())
	}
	c := indextest.ScoredCluster(1, 1)
	c.Profile.Days = []*adpb.Counted{{Value: "yesterday", Ads: 1}, {Value: "2026-11-01", Ads: 2}}
	c.Profile.Size = math.MaxUint64
	d, err := index.NewClusterDoc(c)
	require.NoError(t, err)
	require.Equal(t, []index.DayDoc{{Day: "2026-11-01", Ads: 2}}, d.Days)
	require.EqualValues(t, math.MaxInt64, d.Size)
}

func TestEventsThatAreNoDocuments(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*adpb.ScoredAd){
		"no ad":       func(s *adpb.ScoredAd) { s.Ad = nil },
		"no id":       func(s *adpb.ScoredAd) { s.Ad.DocId = "" },
		"hostile id":  func(s *adpb.ScoredAd) { s.Ad.DocId = "a\n" },
		"no version":  func(s *adpb.ScoredAd) { s.Seq = 0 },
		"big version": func(s *adpb.ScoredAd) { s.Seq = math.MaxUint64 },
	} {
		s := indextest.ScoredAd(1)
		change(s)
		_, err := index.NewAdDoc(s)
		require.ErrorIs(t, err, index.ErrDocument, name)
	}
	for name, change := range map[string]func(*adpb.ScoredCluster){
		"no profile":  func(s *adpb.ScoredCluster) { s.Profile = nil },
		"no id":       func(s *adpb.ScoredCluster) { s.Profile.ClusterId = "" },
		"no version":  func(s *adpb.ScoredCluster) { s.Version = 0 },
		"big version": func(s *adpb.ScoredCluster) { s.Version = math.MaxUint64 },
	} {
		s := indextest.ScoredCluster(1, 1)
		change(s)
		_, err := index.NewClusterDoc(s)
		require.ErrorIs(t, err, index.ErrDocument, name)
	}
}

func TestAShadowIndicatorIsShownButNotCounted(t *testing.T) {
	t.Parallel()
	d, err := index.NewAdDoc(indextest.ScoredAd(1))
	require.NoError(t, err)
	require.Len(t, d.Indicators, 2)
	require.Equal(t, []string{"fl-passport-kept"}, d.IndicatorIDs)
}

func TestEncodingIsAFunctionOfTheEvent(t *testing.T) {
	t.Parallel()
	s := indextest.ScoredAd(1)
	for i := range 50 {
		s.Ad.Attributes[strings.Repeat("k", i+1)] = "v"
	}
	var first []byte
	for range 20 {
		d, err := index.NewAdDoc(proto.CloneOf(s))
		require.NoError(t, err)
		doc, err := d.Document()
		require.NoError(t, err)
		if first == nil {
			first = doc.Body
		}
		require.Equal(t, string(first), string(doc.Body))
	}
}

func TestAnyTextGivesOneLineThatReadsBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := indextest.ScoredAd(1)
		s.Ad.Title = rapid.String().Draw(t, "title")
		s.Ad.Text = rapid.StringMatching(`(?s).{0,200}`).Draw(t, "text")
		s.Ad.Attributes = rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "attributes")
		d, err := index.NewAdDoc(s)
		require.NoError(t, err)
		doc, err := d.Document()
		require.NoError(t, err)
		o, bad := doc.Check()
		require.False(t, bad, o.Reason)
		var back index.AdDoc
		require.NoError(t, json.Unmarshal(doc.Body, &back))
		require.Equal(t, s.Ad.Title, back.Title)
		require.Equal(t, s.Ad.Text, back.Text)
		at, err := index.TimeOf(index.KindAds, doc.Body)
		require.NoError(t, err)
		require.True(t, at.Equal(doc.Time))
	})
}

func TestValidID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"a": true, "0Z_-": true, strings.Repeat("a", 512): true, strings.Repeat("a", 513): false, "": false,
		"a b": false, "a\n": false, "é": false, "a\"": false, "a/b": false, "a\x00": false, "\xff": false,
	} {
		require.Equal(t, want, index.ValidID(id), "%q", id)
	}
}

func TestNewest(t *testing.T) {
	t.Parallel()
	d := func(k index.Kind, id string, v int64) index.Document {
		return index.Document{Kind: k, ID: id, Version: v}
	}
	docs := []index.Document{
		d(index.KindAds, "a", 1), d(index.KindAds, "a", 3), d(index.KindAds, "a", 3), d(index.KindAds, "a", 2),
		d(index.KindClusters, "a", 1), d(index.KindAds, "b", 9), d(index.KindAds, "b", 1),
	}
	got := index.Newest(docs, func(i int) bool { return i == 5 })
	require.Equal(t, map[index.Key]int{
		{Kind: index.KindAds, ID: "a"}: 2, {Kind: index.KindClusters, ID: "a"}: 4, {Kind: index.KindAds, ID: "b"}: 6,
	}, got)
}

func FuzzConvert(f *testing.F) {
	a, err := proto.Marshal(indextest.ScoredAd(1))
	require.NoError(f, err)
	c, err := proto.Marshal(indextest.ScoredCluster(1, 1))
	require.NoError(f, err)
	f.Add(a)
	f.Add(c)
	// Any bytes that decode give a document that every store takes, or an error
	// that says so. Never a panic.
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(doc index.Document, err error) {
			require.NoError(t, err)
			o, bad := doc.Check()
			require.True(t, !bad || o.Code == index.CodeTooLarge, o.Reason)
		}
		var s adpb.ScoredAd
		if proto.Unmarshal(b, &s) == nil {
			if d, err := index.NewAdDoc(&s); err == nil {
				check(d.Document())
			} else {
				require.ErrorIs(t, err, index.ErrDocument)
			}
		}
		var k adpb.ScoredCluster
		if proto.Unmarshal(b, &k) == nil {
			if d, err := index.NewClusterDoc(&k); err == nil {
				check(d.Document())
			} else {
				require.ErrorIs(t, err, index.ErrDocument)
			}
		}
	})
}

func BenchmarkAdDocument(b *testing.B) {
	s := indextest.ScoredAd(1)
	s.Ad.Text = strings.Repeat("gaji tinggi tanpa pengalaman ", 20)
	b.ReportAllocs()
	var doc index.Document
	for b.Loop() {
		d, err := index.NewAdDoc(s)
		if err != nil {
			b.Fatal(err)
		}
		if doc, err = d.Document(); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(doc.Body)))
}
