package index

import "palermo.internal/pkg/ad/adpb"

// AssessmentDoc is what the rules say of an advert or of a cluster.
type AssessmentDoc struct {
	// Score is in [0,1]: an order for reading, not a probability.
	Score float64 `json:"score"`
	// Level is none, low, medium or high.
	Level      string   `json:"level"`
	Typologies []string `json:"typologies,omitempty"`
	// IndicatorIDs repeats the ids of Indicators that are live, because a
	// nested field cannot be counted in a chart.
	IndicatorIDs []string       `json:"indicator_ids,omitempty"`
	Indicators   []IndicatorDoc `json:"indicators,omitempty"`
	// Reason is one plain sentence.
	Reason string `json:"reason,omitempty"`
	// Packs are the rule packs in force, as "id@version".
	Packs []string `json:"packs,omitempty"`
}

// IndicatorDoc is one indicator that was seen.
type IndicatorDoc struct {
	ID        string `json:"id"`
	Title     string `json:"title,omitempty"`
	Typology  string `json:"typology,omitempty"`
	Strength  string `json:"strength,omitempty"`
	Dimension string `json:"dimension,omitempty"`
	Source    string `json:"source,omitempty"`
	// Mode is live, shadow or draft.
	Mode string `json:"mode,omitempty"`
	// Ads of the cluster that show it.
	Ads      uint32        `json:"ads,omitzero"`
	Evidence []EvidenceDoc `json:"evidence,omitempty"`
}

// EvidenceDoc is where an indicator was seen: bytes Start to End of Field.
type EvidenceDoc struct {
	// Field is title, text, declared or cluster.
	Field string `json:"field,omitempty"`
	Start uint32 `json:"start,omitzero"`
	End   uint32 `json:"end,omitzero"`
	Quote string `json:"quote,omitempty"`
	Note  string `json:"note,omitempty"`
}

// The names of the levels, weakest first.
const (
	LevelNone   = "none"
	LevelLow    = "low"
	LevelMedium = "medium"
	LevelHigh   = "high"
)

// modeLive marks an indicator that counts; the others are shown apart.
const modeLive = "live"

func assessmentDoc(a *adpb.Assessment) AssessmentDoc {
	d := AssessmentDoc{
		Score:      finite(a.GetScore()),
		Level:      levelName(a.GetLevel()),
		Typologies: a.GetTypologies(),
		Reason:     a.GetReason(),
		Packs:      a.GetPacks(),
	}
	if len(a.GetIndicators()) == 0 {
		return d
	}
	d.Indicators = make([]IndicatorDoc, 0, len(a.GetIndicators()))
	for _, h := range a.GetIndicators() {
		d.Indicators = append(d.Indicators, indicatorDoc(h))
		if h.GetMode() == modeLive || h.GetMode() == "" {
			d.IndicatorIDs = append(d.IndicatorIDs, h.GetId())
		}
	}
	return d
}

func indicatorDoc(h *adpb.IndicatorHit) IndicatorDoc {
	d := IndicatorDoc{
		ID: h.GetId(), Title: h.GetTitle(), Typology: h.GetTypology(),
		Strength: h.GetStrength(), Dimension: h.GetDimension(),
		Source: h.GetSource(), Mode: h.GetMode(), Ads: h.GetAds(),
	}
	for _, e := range h.GetEvidence() {
		d.Evidence = append(d.Evidence, EvidenceDoc{
			Field: fieldName(e.GetField()), Start: e.GetStart(), End: e.GetEnd(),
			Quote: e.GetQuote(), Note: e.GetNote(),
		})
	}
	return d
}

func levelName(l adpb.Level) string {
	switch l {
	case adpb.Level_LEVEL_LOW:
		return LevelLow
	case adpb.Level_LEVEL_MEDIUM:
		return LevelMedium
	case adpb.Level_LEVEL_HIGH:
		return LevelHigh
	default:
		return LevelNone
	}
}

func fieldName(f adpb.Field) string {
	switch f {
	case adpb.Field_FIELD_TITLE:
		return "title"
	case adpb.Field_FIELD_TEXT:
		return "text"
	case adpb.Field_FIELD_DECLARED:
		return "declared"
	case adpb.Field_FIELD_CLUSTER:
		return "cluster"
	default:
		return ""
	}
}
