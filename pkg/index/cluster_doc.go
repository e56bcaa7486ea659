package index

import (
	"fmt"
	"math"

	"palermo.internal/pkg/ad/adpb"
)

// ClusterDoc is the document of one cluster: what its adverts have in common
// and why it is, or is not, a lead. Lists of counted values are bounded; the
// totals say how many distinct values were seen.
type ClusterDoc struct {
	// ClusterID is the document's id.
	ClusterID string `json:"cluster_id"`
	// Version is the place in the log of the latest event in the document.
	Version uint64 `json:"version"`
	// MergedInto is set on a tombstone: the cluster that this one is part of.
	MergedInto string `json:"merged_into,omitempty"`
	// Absorbed are the clusters that were merged into this one.
	Absorbed []string `json:"absorbed,omitempty"`
	// Size is the number of adverts.
	Size      uint64 `json:"size"`
	FirstSeen string `json:"first_seen,omitempty"`
	LastSeen  string `json:"last_seen,omitempty"`

	// Title, Text and the following describe the representative: the advert
	// that opened the cluster, contacts masked.
	Title            string `json:"title"`
	Text             string `json:"text"`
	RepresentativeID string `json:"representative_id,omitempty"`
	AdID             string `json:"ad_id,omitempty"`
	Platform         string `json:"platform,omitempty"`
	Language         string `json:"language,omitempty"`
	URL              string `json:"url,omitempty"`

	Platforms     []CountDoc `json:"platforms,omitempty"`
	Accounts      []CountDoc `json:"accounts,omitempty"`
	Contacts      []CountDoc `json:"contacts,omitempty"`
	Places        []CountDoc `json:"places,omitempty"`
	Languages     []CountDoc `json:"languages,omitempty"`
	Categories    []CountDoc `json:"categories,omitempty"`
	AdTypologies  []CountDoc `json:"ad_typologies,omitempty"`
	Days          []DayDoc   `json:"days,omitempty"`
	AccountsTotal uint32     `json:"accounts_total,omitzero"`
	ContactsTotal uint32     `json:"contacts_total,omitzero"`
	PlacesTotal   uint32     `json:"places_total,omitzero"`

	Amounts       []AmountDoc     `json:"amounts,omitempty"`
	Obfuscation   *ObfuscationDoc `json:"obfuscation,omitempty"`
	AdsObfuscated uint32          `json:"ads_obfuscated,omitzero"`
	AdsHidden     uint32          `json:"ads_hidden,omitzero"`
	// BurstAds is the highest number of adverts within the hour BurstHour.
	BurstAds  uint32 `json:"burst_ads,omitzero"`
	BurstHour string `json:"burst_hour,omitempty"`
	// CrossTypologyContacts are contacts that adverts of several typologies share.
	CrossTypologyContacts []string `json:"cross_typology_contacts,omitempty"`
	BestAdScore           float64  `json:"best_ad_score,omitzero"`
	// Recent are the doc_ids of the latest adverts.
	Recent []string `json:"recent,omitempty"`

	AssessmentDoc
}

// DayDoc is a UTC day and how many adverts it saw.
type DayDoc struct {
	Day string `json:"day"`
	Ads uint32 `json:"ads"`
}

// NewClusterDoc makes the document of a scored cluster or of its tombstone.
// The error wraps ErrDocument and holds nothing of any advert.
func NewClusterDoc(s *adpb.ScoredCluster) (*ClusterDoc, error) {
	p := s.GetProfile()
	switch {
	case p == nil:
		return nil, fmt.Errorf("%w: the scored cluster holds no profile", ErrDocument)
	case !ValidID(p.GetClusterId()):
		return nil, fmt.Errorf("%w: the cluster's id cannot name a document", ErrDocument)
	case s.GetVersion() == 0 || s.GetVersion() > math.MaxInt64:
		return nil, fmt.Errorf("%w: %d is not a version", ErrDocument, s.GetVersion())
	}
	r := p.GetRepresentative()
	return &ClusterDoc{
		ClusterID:             p.GetClusterId(),
		Version:               s.GetVersion(),
		MergedInto:            s.GetMergedInto(),
		Absorbed:              p.GetAbsorbed(),
		Size:                  min(p.GetSize(), math.MaxInt64),
		FirstSeen:             formatMillis(p.GetFirstSeen()),
		LastSeen:              formatMillis(p.GetLastSeen()),
		Title:                 r.GetTitle(),
		Text:                  r.GetText(),
		RepresentativeID:      r.GetDocId(),
		AdID:                  r.GetAdId(),
		Platform:              r.GetPlatform(),
		Language:              r.GetLanguage(),
		URL:                   r.GetUrl(),
		Platforms:             countDocs(p.GetPlatforms()),
		Accounts:              countDocs(p.GetAccounts()),
		Contacts:              countDocs(p.GetContacts()),
		Places:                countDocs(p.GetPlaces()),
		Languages:             countDocs(p.GetLanguages()),
		Categories:            countDocs(p.GetCategories()),
		AdTypologies:          countDocs(p.GetTypologies()),
		Days:                  dayDocs(p.GetDays()),
		AccountsTotal:         p.GetAccountsTotal(),
		ContactsTotal:         p.GetContactsTotal(),
		PlacesTotal:           p.GetPlacesTotal(),
		Amounts:               amountDocs(p.GetAmounts()),
		Obfuscation:           obfuscationDoc(p.GetObfuscation()),
		AdsObfuscated:         p.GetAdsObfuscated(),
		AdsHidden:             p.GetAdsHidden(),
		BurstAds:              p.GetBurstAds(),
		BurstHour:             formatMillis(p.GetBurstHour()),
		CrossTypologyContacts: p.GetCrossTypologyContacts(),
		BestAdScore:           finite(p.GetBestAdScore()),
		Recent:                p.GetRecent(),
		AssessmentDoc:         assessmentDoc(s.GetAssessment()),
	}, nil
}

// Document encodes d.
func (d *ClusterDoc) Document() (Document, error) {
	return encode(KindClusters, d.ClusterID, d.Version, d.LastSeen, d)
}
