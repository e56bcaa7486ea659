package synth

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind says which part of the feed an advert belongs to.
type Kind string

// The parts of a feed.
const (
	KindCampaign     Kind = "campaign"
	KindBackground   Kind = "background"
	KindHardNegative Kind = "hard_negative"
)

// Label says what a perfect system would make of an advert.
type Label string

// Lead is an advert that belongs to a lead, Ordinary every other.
const (
	LabelLead     Label = "lead"
	LabelOrdinary Label = "ordinary"
)

// The typologies of campaigns.
const (
	TypologyForcedLabour       = "forced_labour"
	TypologyScamCompound       = "scam_compound"
	TypologySexualExploitation = "sexual_exploitation"
	TypologyChildTrade         = "child_trade"
	TypologyOrganRemoval       = "organ_removal"
	TypologyDomesticServitude  = "domestic_servitude"
	TypologyDisguisedGoods     = "disguised_goods"
)

// Typologies lists the typologies of campaigns, the most frequent first.
func Typologies() []string {
	return []string{
		TypologyForcedLabour, TypologyScamCompound, TypologySexualExploitation,
		TypologyChildTrade, TypologyOrganRemoval, TypologyDomesticServitude,
		TypologyDisguisedGoods,
	}
}

// Truth is what is known about one advert of a feed.
type Truth struct {
	// Platform and ID name the advert, as in the advert itself.
	Platform string `json:"platform"`
	ID       string `json:"id"`
	Kind     Kind   `json:"kind"`
	Label    Label  `json:"label"`
	// Campaign is the campaign's name; empty outside campaigns.
	Campaign string `json:"campaign"`
	// Group is the same for adverts that are copies of one text and different
	// for all others: the campaign, or the id of the advert that had the text
	// first (for most adverts, its own id).
	Group string `json:"group"`
	// Typology is the campaign's typology; empty outside campaigns.
	Typology string `json:"typology"`
	// Topic is what the text is about, for example "p3mi.id".
	Topic string `json:"topic"`
	// Variant counts the drift of a campaign's text, from zero.
	Variant int `json:"variant"`
	// Edits counts the words of this copy that were dropped, moved or put in.
	Edits int `json:"edits"`
	// Obfuscated says that this copy's text or numbers were disguised.
	Obfuscated bool `json:"obfuscated"`
}

// AppendJSON appends the truth as one JSON object without a newline.
func (t *Truth) AppendJSON(dst []byte) []byte {
	dst = appendMember(append(dst, '{'), "platform", t.Platform)
	dst = appendMember(append(dst, ','), "id", t.ID)
	dst = appendMember(append(dst, ','), "kind", string(t.Kind))
	dst = appendMember(append(dst, ','), "label", string(t.Label))
	dst = appendMember(append(dst, ','), "campaign", t.Campaign)
	dst = appendMember(append(dst, ','), "group", t.Group)
	dst = appendMember(append(dst, ','), "typology", t.Typology)
	dst = appendMember(append(dst, ','), "topic", t.Topic)
	dst = strconv.AppendInt(append(dst, `,"variant":`...), int64(t.Variant), 10)
	dst = strconv.AppendInt(append(dst, `,"edits":`...), int64(t.Edits), 10)
	dst = strconv.AppendBool(append(dst, `,"obfuscated":`...), t.Obfuscated)
	return append(dst, '}')
}

// appendMember appends a name, which needs no escaping, and a string.
func appendMember[T ~string | ~[]byte](dst []byte, name string, value T) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return appendString(dst, value)
}

// appendString appends a JSON string. AppendQuote's only error is invalid
// UTF-8, for which it puts in replacement characters: the result is a right
// JSON string either way.
func appendString[T ~string | ~[]byte](dst []byte, value T) []byte {
	out, _ := jsontext.AppendQuote(dst, value)
	return out
}
