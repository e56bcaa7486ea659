package index

import (
	"errors"
	"fmt"
	"math"

	"palermo.internal/pkg/ad/adpb"
)

// AdDoc is the document of one advert. Contacts and accounts are in it as
// keyed tokens only, and the texts have every contact masked. Times are RFC
// 3339 in UTC with milliseconds, "" if not known.
type AdDoc struct {
	// DocID is ad.DocID and the document's id.
	DocID string `json:"doc_id"`
	// Seq is the advert's place in the order of clustering, from 1: the version.
	Seq       uint64 `json:"seq"`
	ClusterID string `json:"cluster_id"`
	// Similarity with the cluster's representative, in [0,1].
	Similarity float64 `json:"similarity"`

	Platform    string `json:"platform"`
	AdID        string `json:"ad_id"`
	PostedAt    string `json:"posted_at,omitempty"`
	CollectedAt string `json:"collected_at,omitempty"`
	UpdatedAt   string `json:"updated_at,omitempty"`
	Title       string `json:"title"`
	Text        string `json:"text"`
	Truncated   bool   `json:"truncated,omitzero"`
	// IgnoredFields counts what the platform sent and the contract does not know.
	IgnoredFields uint32 `json:"ignored_fields,omitzero"`
	// Language is ISO 639-1 or "und", as recognised; Confidence in [0,1].
	Language           string  `json:"language,omitempty"`
	LanguageConfidence float64 `json:"language_confidence,omitzero"`
	DeclaredLanguage   string  `json:"declared_language,omitempty"`
	Category           string  `json:"category,omitempty"`
	URL                string  `json:"url,omitempty"`

	Contacts []ContactDoc `json:"contacts,omitempty"`
	Amounts  []AmountDoc  `json:"amounts,omitempty"`
	Places   []PlaceDoc   `json:"places,omitempty"`
	Region   string       `json:"region,omitempty"`
	Point    *PointDoc    `json:"point,omitempty"`

	Obfuscation *ObfuscationDoc `json:"obfuscation,omitempty"`

	SellerToken     string            `json:"seller_token,omitempty"`
	SellerCreatedAt string            `json:"seller_created_at,omitempty"`
	ImageHashes     []string          `json:"image_hashes,omitempty"`
	Attributes      map[string]string `json:"attributes,omitempty"`

	AssessmentDoc
}

// ErrDocument is wrapped by every error of NewAdDoc and NewClusterDoc: an
// event that lacks what makes it a document.
var ErrDocument = errors.New("not a document")

// NewAdDoc makes the document of a scored advert. Numbers and times that JSON
// or the index cannot hold are left out. The error wraps ErrDocument and holds
// nothing of the advert.
func NewAdDoc(s *adpb.ScoredAd) (*AdDoc, error) {
	a := s.GetAd()
	switch {
	case a == nil:
		return nil, fmt.Errorf("%w: the scored advert holds no advert", ErrDocument)
	case !ValidID(a.GetDocId()):
		return nil, fmt.Errorf("%w: the advert's doc_id cannot name a document", ErrDocument)
	case s.GetSeq() == 0 || s.GetSeq() > math.MaxInt64:
		return nil, fmt.Errorf("%w: seq %d is not a version", ErrDocument, s.GetSeq())
	}
	return &AdDoc{
		DocID:              a.GetDocId(),
		Seq:                s.GetSeq(),
		ClusterID:          s.GetClusterId(),
		Similarity:         finite(s.GetSimilarity()),
		Platform:           a.GetPlatform(),
		AdID:               a.GetAdId(),
		PostedAt:           formatMillis(a.GetPostedAt()),
		CollectedAt:        formatMillis(a.GetCollectedAt()),
		UpdatedAt:          formatMillis(a.GetUpdatedAt()),
		Title:              a.GetTitle(),
		Text:               a.GetText(),
		Truncated:          a.GetTruncated(),
		IgnoredFields:      a.GetIgnoredFields(),
		Language:           a.GetLanguage(),
		LanguageConfidence: finite(a.GetLanguageConfidence()),
		DeclaredLanguage:   a.GetDeclaredLanguage(),
		Category:           a.GetCategory(),
		URL:                a.GetUrl(),
		Contacts:           contactDocs(a.GetContacts()),
		Amounts:            amountDocs(a.GetAmounts()),
		Places:             placeDocs(a.GetPlaces()),
		Region:             a.GetRegion(),
		Point:              pointDoc(a),
		Obfuscation:        obfuscationDoc(a.GetObfuscation()),
		SellerToken:        a.GetSellerToken(),
		SellerCreatedAt:    formatMillis(a.GetSellerCreatedAt()),
		ImageHashes:        a.GetImageHashes(),
		Attributes:         attributes(a.GetAttributes()),
		AssessmentDoc:      assessmentDoc(s.GetAssessment()),
	}, nil
}

// Document encodes d.
func (d *AdDoc) Document() (Document, error) {
	return encode(KindAds, d.DocID, d.Seq, d.PostedAt, d)
}
