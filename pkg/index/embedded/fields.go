package embedded

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/blevesearch/bleve/v2/document"
	bleveindex "github.com/blevesearch/bleve_index_api"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"palermo.internal/pkg/index"
)

// The fields of a document in Bleve.
const (
	fieldStored = "b" // 8 bytes of version, then the body; stored only
	fieldTerms  = "k" // exact values as "field\x1fvalue"
	fieldTitle  = "title"
	fieldText   = "text"
	fieldScore  = "score" // ten-thousandths, as digits that sort
	fieldTime   = "time"  // milliseconds since the Unix epoch
	fieldSize   = "size"  // digits that sort
)

const (
	optIndex = bleveindex.IndexField
	optText  = bleveindex.IndexField | bleveindex.IncludeTermVectors
	optSort  = bleveindex.IndexField | bleveindex.DocValues
	optStore = bleveindex.StoreField
)

// termMerged marks a tombstone.
const termMerged = "merged"

// maxTermBytes bounds one exact value; longer ones are cut, in a filter too.
const maxTermBytes = 1 << 10

// searchable is the part of a body that is searched: of both kinds, since a
// field that a kind lacks is just empty.
type searchable struct {
	Title        string   `json:"title"`
	Text         string   `json:"text"`
	Score        float64  `json:"score"`
	Size         uint64   `json:"size"`
	Level        string   `json:"level"`
	Typologies   []string `json:"typologies"`
	IndicatorIDs []string `json:"indicator_ids"`
	ClusterID    string   `json:"cluster_id"`
	Platform     string   `json:"platform"`
	Language     string   `json:"language"`
	MergedInto   string   `json:"merged_into"`
	PostedAt     string   `json:"posted_at"`
	LastSeen     string   `json:"last_seen"`
	Platforms    []value  `json:"platforms"`
	Languages    []value  `json:"languages"`
	Contacts     []value  `json:"contacts"`
}

// value is an entry of a counted list, or a contact.
type value struct {
	Value       string   `json:"value"`
	Token       string   `json:"token"`
	OtherTokens []string `json:"other_tokens"`
}

// newDocument makes Bleve's document. It keeps no slice of d.
func newDocument(d *index.Document) (*document.Document, error) {
	var s searchable
	if err := json.Unmarshal(d.Body, &s, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)); err != nil {
		return nil, fmt.Errorf("decode %s document: %w", d.Kind, err)
	}
	at := s.PostedAt
	if d.Kind == index.KindClusters {
		at = s.LastSeen
	}
	doc := document.NewDocument(d.ID)
	doc.AddField(document.NewTextFieldCustom(fieldStored, nil, pack(d.Version, d.Body), optStore, nil))
	doc.AddField(document.NewTextFieldCustom(fieldTerms, nil, s.terms(d.Kind), optIndex, termAnalyzer{}))
	doc.AddField(document.NewTextFieldCustom(fieldTitle, nil, []byte(s.Title), optText, textAnalyzer{}))
	doc.AddField(document.NewTextFieldCustom(fieldText, nil, []byte(s.Text), optText, textAnalyzer{}))
	doc.AddField(document.NewTextFieldCustom(fieldScore, nil, []byte(sortableScore(s.Score)), optSort, nil))
	if d.Kind == index.KindClusters {
		doc.AddField(document.NewTextFieldCustom(fieldSize, nil, fmt.Appendf(nil, "%019d", s.Size), optSort, nil))
	}
	if at != "" {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return nil, fmt.Errorf("decode %s document: field %s is not a time", d.Kind, d.Kind.TimeField())
		}
		doc.AddField(document.NewNumericFieldWithIndexingOptions(fieldTime, nil, float64(t.UnixMilli()), optSort))
	}
	return doc, nil
}

// terms returns the exact values, under the names that Query.Filters uses.
func (s *searchable) terms(kind index.Kind) []byte {
	b := make([]byte, 0, 256)
	b = appendTerm(b, "level", s.Level)
	for _, v := range s.Typologies {
		b = appendTerm(b, "typologies", v)
	}
	for _, v := range s.IndicatorIDs {
		b = appendTerm(b, "indicator_ids", v)
	}
	b = appendTerm(b, "cluster_id", s.ClusterID)
	if kind == index.KindAds {
		b = appendTerm(b, "platform", s.Platform)
		b = appendTerm(b, "language", s.Language)
		for _, v := range s.Contacts {
			b = appendTerm(b, "contacts.token", v.Token)
			for _, t := range v.OtherTokens {
				b = appendTerm(b, "contacts.token", t)
			}
		}
		return b
	}
	for _, v := range s.Platforms {
		b = appendTerm(b, "platforms.value", v.Value)
	}
	for _, v := range s.Languages {
		b = appendTerm(b, "languages.value", v.Value)
	}
	for _, v := range s.Contacts {
		b = appendTerm(b, "contacts.value", v.Value)
	}
	if s.MergedInto != "" {
		b = appendTerm(b, termMerged, "")
	}
	return b
}

// appendTerm appends "field\x1fvalue" and a separator. Separators inside the
// value are replaced, so no value can pretend to be another field's.
func appendTerm(b []byte, field, v string) []byte {
	b = append(b, field...)
	b = append(b, 0x1f)
	if len(v) > maxTermBytes {
		v = v[:maxTermBytes]
	}
	for i := range len(v) {
		c := v[i]
		if c == termSeparator {
			c = 0x1f
		}
		b = append(b, c)
	}
	return append(b, termSeparator)
}

// term returns the exact value as it stands in the index.
func term(field, v string) string {
	b := appendTerm(nil, field, v)
	return string(b[:len(b)-1])
}

// sortableScore writes a score in [0,1] as five digits: ten-thousandths, so
// that a search for a lowest score walks over a bounded number of terms.
func sortableScore(f float64) string {
	return fmt.Sprintf("%05d", int(math.Round(min(max(f, 0), 1)*10_000)))
}

func pack(version int64, body []byte) []byte {
	b := make([]byte, 8, 8+len(body))
	binary.BigEndian.PutUint64(b, uint64(version))
	return append(b, body...)
}

// unpack undoes pack. It copies nothing.
func unpack(b []byte) (version int64, body []byte, err error) {
	if len(b) < 8 {
		return 0, nil, fmt.Errorf("the stored document has %d bytes", len(b))
	}
	return int64(binary.BigEndian.Uint64(b)), b[8:], nil
}
