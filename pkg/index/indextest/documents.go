package indextest

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/index"
)

// Epoch is when the adverts of this package begin.
var Epoch = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// ScoredAd returns a scored advert with every field set: the i-th of a feed,
// posted i hours after Epoch.
func ScoredAd(i int) *adpb.ScoredAd {
	id := fmt.Sprintf("ad-%d", i)
	at := Epoch.Add(time.Duration(i) * time.Hour).UnixMilli()
	platform := [...]string{"jobs.example", "cards.example", "forum.example"}[i%3]
	language := [...]string{"en", "id"}[i%2]
	return &adpb.ScoredAd{
		Seq:        uint64(i) + 1,
		ClusterId:  fmt.Sprintf("c%024x", i/4),
		Similarity: 0.75,
		Ad: &adpb.NormalizedAd{
			DocId: ad.DocID(platform, id), Platform: platform, AdId: id,
			PostedAt: at, CollectedAt: at + 1000, UpdatedAt: at + 2000,
			Title:     fmt.Sprintf("Customer service number%d in Bavet", i),
			Text:      fmt.Sprintf("Gaji tinggi, no experience needed, passport kept safe. Call ********%d\nToday!", i),
			Truncated: true, IgnoredFields: 2,
			Language: language, LanguageConfidence: 0.875, DeclaredLanguage: "en-GB",
			Category: "jobs", Url: "https://" + platform + "/" + id,
			Contacts: []*adpb.Contact{{
				Type: adpb.ContactType_CONTACT_TYPE_PHONE, Token: fmt.Sprintf("k1:%032x", i%5),
				OtherTokens: []string{fmt.Sprintf("k2:%032x", i%5)}, Field: adpb.Field_FIELD_TEXT,
				Start: 10, End: 20, Obfuscated: true, Country: "KH", Channel: "whatsapp", Freemail: true,
			}},
			Amounts: []*adpb.Amount{{Min: 800, Max: 1200.5, Currency: "USD", Period: "month", Field: adpb.Field_FIELD_TEXT}},
			Places:  []*adpb.Place{{Country: "KH", City: "bavet"}},
			Obfuscation: &adpb.Obfuscation{
				ZeroWidth: 1, Bidi: 2, Confusables: 3, DigitWords: 4, EmojiDigits: 5,
				SpacedDigits: 6, Leet: 7, Compatibility: 8, Control: 9, HiddenContacts: 10,
			},
			SellerToken: "k1:aa", SellerCreatedAt: at - 86_400_000,
			ImageHashes: []string{"ffee0011"}, Attributes: map[string]string{"visa": "provided", "a.b": "c"},
			Lat: 11.08, Lon: 106.18, HasPoint: true, Region: "Svay Rieng",
		},
		Assessment: Assessment(float64(i%101) / 100),
	}
}

// Assessment returns an assessment with every field set.
func Assessment(score float64) *adpb.Assessment {
	level := adpb.Level_LEVEL_NONE
	switch {
	case score >= 0.7:
		level = adpb.Level_LEVEL_HIGH
	case score >= 0.4:
		level = adpb.Level_LEVEL_MEDIUM
	case score >= 0.1:
		level = adpb.Level_LEVEL_LOW
	}
	return &adpb.Assessment{
		Score: score, Level: level, Typologies: []string{"forced_labour"},
		Indicators: []*adpb.IndicatorHit{
			{
				Id: "fl-passport-kept", Typology: "forced_labour", Title: "Passport kept", Strength: "strong",
				Dimension: "coercion", Source: "ILO/EC Delphi 2009", Mode: "live", Ads: 1,
				Evidence: []*adpb.Evidence{{Field: adpb.Field_FIELD_TEXT, Start: 35, End: 48, Quote: "passport kept", Note: "in the text"}},
			},
			{Id: "fl-shadow", Typology: "forced_labour", Title: "In trial", Strength: "weak", Mode: "shadow"},
		},
		Reason: "One strong indicator of forced labour.", Packs: []string{"forced-labour@1.0.0"},
	}
}

// ScoredCluster returns a scored cluster with every field set: the i-th, with
// version and a size that grows with i.
func ScoredCluster(i int, version uint64) *adpb.ScoredCluster {
	at := Epoch.Add(time.Duration(i) * time.Hour).UnixMilli()
	count := func(v string) []*adpb.Counted { return []*adpb.Counted{{Value: v, Ads: 3}} }
	return &adpb.ScoredCluster{
		Version: version,
		Profile: &adpb.ClusterProfile{
			ClusterId: fmt.Sprintf("c%024x", i), Size: uint64(i) + 1, FirstSeen: at - 3_600_000, LastSeen: at,
			Platforms: count("jobs.example"), Accounts: count("k1:aa"), Contacts: count(fmt.Sprintf("k1:%032x", i%5)),
			Places: count("KH/bavet"), Languages: count("en"), Categories: count("jobs"),
			Days: count("2026-11-01"), Typologies: count("forced_labour"),
			Obfuscation: &adpb.Obfuscation{ZeroWidth: 4}, AdsObfuscated: 2, AdsHidden: 1,
			Representative: ScoredAd(i).GetAd(), Recent: []string{ad.DocID("jobs.example", "ad-0")},
			Absorbed: []string{"c00"}, BestAdScore: 0.5, AccountsTotal: 1, ContactsTotal: 1, PlacesTotal: 1,
			BurstAds: 7, BurstHour: at, CrossTypologyContacts: []string{"k1:bb"},
			Amounts: []*adpb.Amount{{Min: 800, Max: 1200, Currency: "USD", Period: "month"}},
		},
		Assessment: Assessment(float64(i%101) / 100),
	}
}

// Ad returns the i-th advert as a document with the given version.
func Ad(tb testing.TB, i int, version uint64) index.Document {
	tb.Helper()
	s := ScoredAd(i)
	s.Seq = version
	return document(tb, s)
}

// Cluster returns the i-th cluster as a document with the given version.
func Cluster(tb testing.TB, i int, version uint64) index.Document {
	tb.Helper()
	d, err := index.NewClusterDoc(ScoredCluster(i, version))
	require.NoError(tb, err)
	doc, err := d.Document()
	require.NoError(tb, err)
	return doc
}

// AdWith returns the i-th advert with other words.
func AdWith(tb testing.TB, i int, version uint64, title, text string) index.Document {
	tb.Helper()
	s := ScoredAd(i)
	s.Seq, s.Ad.Title, s.Ad.Text = version, title, text
	return document(tb, s)
}

func document(tb testing.TB, s *adpb.ScoredAd) index.Document {
	tb.Helper()
	d, err := index.NewAdDoc(s)
	require.NoError(tb, err)
	doc, err := d.Document()
	require.NoError(tb, err)
	return doc
}
