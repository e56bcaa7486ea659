package indextest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

// find returns the ids that a query finds, in their order.
func find(t *testing.T, s index.Store, q index.Query) []string {
	t.Helper()
	res, err := s.Search(t.Context(), q)
	require.NoError(t, err)
	ids := []string{}
	for _, h := range res.Hits {
		ids = append(ids, h.ID)
	}
	return ids
}

func ids(docs ...index.Document) []string {
	out := []string{}
	for _, d := range docs {
		out = append(out, d.ID)
	}
	return out
}

func sorted(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return out
}

func searchText(t *testing.T, s index.Store) {
	t.Helper()
	job := AdWith(t, 1, 1, "Customer service in Bavet", "Gaji tinggi! No experience needed.")
	pet := AdWith(t, 2, 1, "Puppies", "No customer may pay before. Service is included, needed or not.")
	thai := AdWith(t, 3, 1, "งานบริการลูกค้า", "ปอยเปต รายได้ดี ÉCOLE")
	mustWrite(t, s, index.StatusWritten, job, pet, thai)
	for _, c := range []struct {
		name, text string
		want       []index.Document
	}{
		{"a word of the title", "bavet", []index.Document{job}},
		{"a word of the text, any case", "GAJI", []index.Document{job}},
		{"two words, anywhere", "service customer", []index.Document{job, pet}},
		{"a phrase", `"customer service"`, []index.Document{job}},
		{"a phrase without its end", `"customer service`, []index.Document{job}},
		{"a phrase that is nowhere", `"service customer"`, nil},
		{"a word that must not be there", "service -puppies", []index.Document{job}},
		{"a phrase that must not be there", `service -"no experience"`, []index.Document{pet}},
		{"only what must not be there", "-service", []index.Document{thai}},
		{"every word counts", "bavet puppies", nil},
		{"not ASCII, any case", "école", []index.Document{thai}},
		{"signs have no meaning", "bavet*) OR +[title:", nil},
		{"signs alone", `*?~"":/\ --`, []index.Document{job, pet, thai}},
		{"no text", "", []index.Document{job, pet, thai}},
	} {
		for _, order := range []index.Sort{index.SortRelevance, index.SortTime} {
			got := find(t, s, index.Query{Kind: index.KindAds, Text: c.text, Sort: order})
			require.Equal(t, sorted(ids(c.want...)), sorted(got), c.name)
		}
	}
	res, err := s.Search(t.Context(), index.Query{Kind: index.KindAds, Text: `"no experience" bavet`})
	require.NoError(t, err)
	require.Len(t, res.Hits, 1)
	require.Contains(t, res.Hits[0].Title, index.Span{Text: "Bavet", Match: true})
	require.Len(t, res.Hits[0].Texts, 1)
	require.Contains(t, res.Hits[0].Texts[0], index.Span{Text: "No experience", Match: true})
	get(t, s, res.Hits[0].Document)
}

func searchFilters(t *testing.T, s index.Store) {
	t.Helper()
	var ads []index.Document
	for i := range 12 {
		ads = append(ads, Ad(t, i*9, uint64(i)+1))
	}
	mustWrite(t, s, index.StatusWritten, ads...)
	cluster := Cluster(t, 50, 1)
	mustWrite(t, s, index.StatusWritten, cluster)
	where := func(keep func(i int) bool) []string {
		out := []string{}
		for i := range ads {
			if keep(i * 9) {
				out = append(out, ads[i].ID)
			}
		}
		return sorted(out)
	}
	at := func(i int) time.Time { return Epoch.Add(time.Duration(i) * time.Hour) }
	all := func(int) bool { return true }
	for _, c := range []struct {
		name string
		q    index.Query
		keep func(i int) bool
	}{
		{"level", index.Query{Levels: []string{"high"}}, func(i int) bool { return i%101 >= 70 }},
		{"levels", index.Query{Levels: []string{"low", "medium"}}, func(i int) bool { return i%101 >= 10 && i%101 < 70 }},
		{"typology", index.Query{Typologies: []string{"forced_labour"}}, all},
		{"other typology", index.Query{Typologies: []string{"organ_trade"}}, func(int) bool { return false }},
		{"platform", index.Query{Platforms: []string{"jobs.example", "none"}}, func(i int) bool { return i%3 == 0 }},
		{"cluster", index.Query{Clusters: []string{"c000000000000000000000002"}}, func(i int) bool { return i/4 == 2 }},
		{"language", index.Query{Languages: []string{"id"}}, func(i int) bool { return i%2 == 1 }},
		{"indicator", index.Query{Indicators: []string{"fl-passport-kept"}}, all},
		{"indicator in trial", index.Query{Indicators: []string{"fl-shadow"}}, func(int) bool { return false }},
		{"contact", index.Query{Contacts: []string{"k1:00000000000000000000000000000003"}}, func(i int) bool { return i%5 == 3 }},
		{"lowest score", index.Query{MinScore: 0.45}, func(i int) bool { return i%101 >= 45 }},
		{"from", index.Query{From: at(27)}, func(i int) bool { return i >= 27 }},
		{"to is not included", index.Query{To: at(27)}, func(i int) bool { return i < 27 }},
		{"from and to", index.Query{From: at(18), To: at(54)}, func(i int) bool { return i >= 18 && i < 54 }},
		{"all together", index.Query{
			Levels: []string{"low", "medium"}, Languages: []string{"id"}, MinScore: 0.2, From: at(1), Text: "passport",
		}, func(i int) bool { return i%101 >= 20 && i%101 < 70 && i%2 == 1 }},
	} {
		c.q.Kind = index.KindAds
		res, err := s.Search(t.Context(), c.q)
		require.NoError(t, err, c.name)
		got := find(t, s, c.q)
		require.Equal(t, where(c.keep), sorted(got), c.name)
		require.EqualValues(t, len(got), res.Total, c.name)
	}
	for _, q := range []index.Query{
		{Platforms: []string{"jobs.example"}},
		{Languages: []string{"en"}},
		{Contacts: []string{"k1:00000000000000000000000000000000"}},
		{Clusters: []string{cluster.ID}, From: at(50), To: at(51)},
	} {
		q.Kind = index.KindClusters
		require.Equal(t, ids(cluster), find(t, s, q))
	}
}

func searchOrder(t *testing.T, s index.Store) {
	t.Helper()
	var docs []index.Document
	for _, i := range []int{3, 1, 104, 2} { // 3 and 104 have one score
		docs = append(docs, Ad(t, i, 1), Cluster(t, i, 1))
	}
	mustWrite(t, s, index.StatusWritten, docs...)
	ads := ids(docs[4], docs[0], docs[6], docs[2])
	clusters := ids(docs[5], docs[1], docs[7], docs[3])
	require.Equal(t, ads, find(t, s, index.Query{Kind: index.KindAds}))
	require.Equal(t, ads, find(t, s, index.Query{Kind: index.KindAds, Sort: index.SortTime}))
	require.Equal(t, clusters, find(t, s, index.Query{Kind: index.KindClusters, Sort: index.SortScore}))
	require.Equal(t, clusters, find(t, s, index.Query{Kind: index.KindClusters, Sort: index.SortSize}))
	res, err := s.Search(t.Context(), index.Query{Kind: index.KindAds, Offset: 1, Limit: 2})
	require.NoError(t, err)
	require.EqualValues(t, 4, res.Total)
	require.Equal(t, ads[1:3], find(t, s, index.Query{Kind: index.KindAds, Offset: 1, Limit: 2}))
	require.Empty(t, find(t, s, index.Query{Kind: index.KindAds, Offset: 10}))

	title := AdWith(t, 5, 1, "rareword", "nothing else here to see")
	text := AdWith(t, 6, 1, "nothing else", "here to see rareword")
	mustWrite(t, s, index.StatusWritten, text, title)
	require.Equal(t, ids(title, text), find(t, s, index.Query{Kind: index.KindAds, Text: "rareword", Sort: index.SortRelevance}))
}

func searchMerged(t *testing.T, s index.Store) {
	t.Helper()
	live := Cluster(t, 1, 1)
	dead := ScoredCluster(2, 2)
	dead.MergedInto = live.ID
	d, err := index.NewClusterDoc(dead)
	require.NoError(t, err)
	tombstone, err := d.Document()
	require.NoError(t, err)
	mustWrite(t, s, index.StatusWritten, live, tombstone)
	require.Equal(t, ids(live), find(t, s, index.Query{Kind: index.KindClusters}))
	require.Len(t, find(t, s, index.Query{Kind: index.KindClusters, Merged: true}), 2)
	require.EqualValues(t, 2, count(t, s, index.KindClusters))
	get(t, s, tombstone)
}

func refusedQueries(t *testing.T, s index.Store) {
	t.Helper()
	for name, q := range map[string]index.Query{
		"kind":        {Kind: "other"},
		"no kind":     {},
		"limit":       {Kind: index.KindAds, Limit: index.MaxLimit + 1},
		"negative":    {Kind: index.KindAds, Offset: -1},
		"too deep":    {Kind: index.KindAds, Offset: index.MaxWindow},
		"score":       {Kind: index.KindAds, MinScore: 2},
		"time":        {Kind: index.KindAds, From: Epoch, To: Epoch},
		"order":       {Kind: index.KindAds, Sort: "random"},
		"size of ads": {Kind: index.KindAds, Sort: index.SortSize},
		"long text":   {Kind: index.KindAds, Text: strings.Repeat("a", index.MaxTextQueryBytes+1)},
		"many words":  {Kind: index.KindAds, Text: strings.Repeat("a ", index.MaxClauses+1)},
		"not UTF-8":   {Kind: index.KindAds, Text: "\xff"},
		"many values": {Kind: index.KindAds, Levels: make([]string, index.MaxFilterValues+1)},
		"long value":  {Kind: index.KindAds, Levels: []string{strings.Repeat("a", index.MaxFilterBytes+1)}},
	} {
		_, err := s.Search(t.Context(), q)
		require.ErrorIs(t, err, index.ErrQuery, name)
	}
}
