package indicator_test

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/datatest"
	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/indicator/indicatortest"
)

// readAds decodes a file of adverts and folds them in the simplest way: lower
// case. What the normaliser would add (contacts, amounts, places) is absent.
func readAds(tb testing.TB, name string) []*adpb.NormalizedAd {
	tb.Helper()
	data, err := os.ReadFile(datatest.File(tb, name))
	require.NoError(tb, err)
	var out []*adpb.NormalizedAd
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, ad.MaxMessageBytes)
	for lines.Scan() {
		a, err := ad.Decode(lines.Bytes())
		require.NoError(tb, err)
		n := &adpb.NormalizedAd{
			AdId: a.ID, Title: a.Title, Text: a.Text, Language: a.Language, Category: a.Category,
			Attributes: a.Attributes, PostedAt: a.PostedAt.UnixMilli(),
			Folded: strings.ToLower(a.Title + "\n" + a.Text),
		}
		if a.Seller != nil {
			n.SellerToken = "k:" + a.Seller.Name
		}
		if a.Location != nil {
			n.Places = append(n.Places, &adpb.Place{Country: a.Location.Country, City: strings.ToLower(a.Location.City), Field: adpb.Field_FIELD_DECLARED})
		}
		out = append(out, n)
	}
	require.NoError(tb, lines.Err())
	return out
}

func readLabels(tb testing.TB, name string) map[string]bool {
	tb.Helper()
	data, err := os.ReadFile(datatest.File(tb, name))
	require.NoError(tb, err)
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	require.NoError(tb, err)
	labels := map[string]bool{}
	for _, r := range rows[1:] {
		labels[r[0]] = r[1] == "1"
	}
	return labels
}

// levels counts adverts by level.
func levels(tb testing.TB, e *indicator.Engine, ads []*adpb.NormalizedAd) (map[adpb.Level]int, map[string]int) {
	tb.Helper()
	byLevel, byIndicator := map[adpb.Level]int{}, map[string]int{}
	for _, a := range ads {
		s := e.Assess(a)
		byLevel[s.GetLevel()]++
		for _, h := range s.GetIndicators() {
			byIndicator[h.GetId()]++
		}
	}
	return byLevel, byIndicator
}

// TestOrdersFraud: no rule was written from these texts; the signs are those of
// published advice, so the figure is a test of that advice.
func TestOrdersFraud(t *testing.T) {
	t.Parallel()
	ads := readAds(t, "fake_jobs/fake_jobs.ndjson")
	labels := readLabels(t, "fake_jobs/fake_jobs.labels.csv")
	e, err := indicator.Default()
	require.NoError(t, err)
	scored := make([]indicatortest.Scored, 0, len(ads))
	counts := map[string][2]int{}
	perLevel := map[adpb.Level][2]int{}
	for _, a := range ads {
		s := e.Assess(a)
		fraud := labels[a.GetAdId()]
		scored = append(scored, indicatortest.Scored{Score: s.GetScore(), Positive: fraud})
		column := 0
		if fraud {
			column = 1
		}
		l := perLevel[s.GetLevel()]
		l[column]++
		perLevel[s.GetLevel()] = l
		for _, h := range s.GetIndicators() {
			c := counts[h.GetId()]
			c[column]++
			counts[h.GetId()] = c
		}
	}
	auc := indicatortest.AUC(scored)
	t.Logf("AUC %.3f on %d adverts; [honest, fraud] by level %v; by sign %v", auc, len(ads), perLevel, counts)
	require.GreaterOrEqual(t, auc, 0.75)
}

// TestOrdinaryVacancies: fewer than 1 in 500 ordinary vacancies reach high.
func TestOrdinaryVacancies(t *testing.T) {
	t.Parallel()
	ads := readAds(t, "jobs_id/jobs_id.ndjson")
	e, err := indicator.Default()
	require.NoError(t, err)
	byLevel, byIndicator := levels(t, e, ads)
	t.Logf("levels %v of %d; by sign %v", byLevel, len(ads), byIndicator)
	require.Less(t, byLevel[adpb.Level_LEVEL_HIGH]*500, len(ads))
}
