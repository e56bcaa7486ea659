package main

import (
	"time"

	"palermo.internal/pkg/ad/adpb"
)

// The lines of ads.ndjson, clusters.ndjson and rejected.ndjson.
type (
	adLine struct {
		Platform   string          `json:"platform"`
		ID         string          `json:"id"`
		ClusterID  string          `json:"cluster_id"`
		Score      float64         `json:"score"`
		Level      string          `json:"level"`
		Typologies []string        `json:"typologies"`
		Indicators []indicatorLine `json:"indicators"`
		Reason     string          `json:"reason"`
	}

	indicatorLine struct {
		ID       string         `json:"id"`
		Typology string         `json:"typology"`
		Title    string         `json:"title"`
		Strength string         `json:"strength"`
		Source   string         `json:"source"`
		Mode     string         `json:"mode,omitempty"`
		Ads      uint32         `json:"ads,omitempty"`
		Evidence []evidenceLine `json:"evidence"`
	}

	evidenceLine struct {
		Field string `json:"field"`
		Start uint32 `json:"start"`
		End   uint32 `json:"end"`
		Quote string `json:"quote,omitempty"`
		Note  string `json:"note,omitempty"`
	}

	memberLine struct {
		Platform string `json:"platform"`
		ID       string `json:"id"`
	}

	representativeLine struct {
		Platform string `json:"platform"`
		ID       string `json:"id"`
		Title    string `json:"title"`
		Text     string `json:"text"`
	}

	clusterLine struct {
		ClusterID      string             `json:"cluster_id"`
		Size           int                `json:"size"`
		Members        []memberLine       `json:"members"`
		FirstSeen      string             `json:"first_seen"`
		LastSeen       string             `json:"last_seen"`
		Platforms      []string           `json:"platforms"`
		Places         []string           `json:"places"`
		Contacts       []string           `json:"contacts"`
		Score          float64            `json:"score"`
		Level          string             `json:"level"`
		Typologies     []string           `json:"typologies"`
		Indicators     []indicatorLine    `json:"indicators"`
		Reason         string             `json:"reason"`
		Representative representativeLine `json:"representative"`
	}

	rejectedLine struct {
		File   string `json:"file"`
		Line   int    `json:"line"`
		Stage  string `json:"stage"`
		Code   string `json:"code"`
		Reason string `json:"reason"`
		// Raw is the start of the line as it came, invalid UTF-8 replaced.
		Raw string `json:"raw"`
	}
)

func levelName(l adpb.Level) string {
	switch l {
	case adpb.Level_LEVEL_LOW:
		return "low"
	case adpb.Level_LEVEL_MEDIUM:
		return "medium"
	case adpb.Level_LEVEL_HIGH:
		return "high"
	default:
		return "none"
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

func indicatorLines(hits []*adpb.IndicatorHit) []indicatorLine {
	out := make([]indicatorLine, len(hits))
	for i, h := range hits {
		l := indicatorLine{
			ID: h.GetId(), Typology: h.GetTypology(), Title: h.GetTitle(), Strength: h.GetStrength(),
			Source: h.GetSource(), Evidence: make([]evidenceLine, len(h.GetEvidence())),
		}
		if h.GetMode() != "live" {
			l.Mode = h.GetMode()
		}
		if h.GetAds() > 1 {
			l.Ads = h.GetAds()
		}
		for j, e := range h.GetEvidence() {
			l.Evidence[j] = evidenceLine{
				Field: fieldName(e.GetField()), Start: e.GetStart(), End: e.GetEnd(),
				Quote: e.GetQuote(), Note: e.GetNote(),
			}
		}
		out[i] = l
	}
	return out
}

// list never gives null in JSON.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func values(counted []*adpb.Counted) []string {
	out := make([]string, len(counted))
	for i, c := range counted {
		out[i] = c.GetValue()
	}
	return out
}

func formatTime(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format(time.RFC3339)
}

func newAdLine(s *adpb.ScoredAdResult) adLine {
	a := s.GetAssessment()
	return adLine{
		Platform: s.GetAd().GetPlatform(), ID: s.GetAd().GetAdId(), ClusterID: s.GetClusterId(),
		Score: a.GetScore(), Level: levelName(a.GetLevel()), Typologies: list(a.GetTypologies()),
		Indicators: indicatorLines(a.GetIndicators()), Reason: a.GetReason(),
	}
}

func newClusterLine(s *adpb.ScoredClusterSummary, members []memberLine) clusterLine {
	p, a, r := s.GetProfile(), s.GetAssessment(), s.GetProfile().GetRepresentative()
	return clusterLine{
		ClusterID: p.GetClusterId(), Size: len(members), Members: members,
		FirstSeen: formatTime(p.GetFirstSeen()), LastSeen: formatTime(p.GetLastSeen()),
		Platforms: values(p.GetPlatforms()), Places: values(p.GetPlaces()), Contacts: values(p.GetContacts()),
		Score: a.GetScore(), Level: levelName(a.GetLevel()), Typologies: list(a.GetTypologies()),
		Indicators: indicatorLines(a.GetIndicators()), Reason: a.GetReason(),
		Representative: representativeLine{
			Platform: r.GetPlatform(), ID: r.GetAdId(), Title: r.GetTitle(), Text: r.GetText(),
		},
	}
}
