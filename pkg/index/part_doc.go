package index

import (
	"strings"
	"time"

	"palermo.internal/pkg/ad/adpb"
)

// ContactDoc is one contact of an advert, as a token under a secret key.
type ContactDoc struct {
	// Type is phone, email, handle, link or chat.
	Type  string `json:"type,omitempty"`
	Token string `json:"token"`
	// OtherTokens stand for the same contact under the other live keys.
	OtherTokens []string `json:"other_tokens,omitempty"`
	// Field is where it stood: title, text or declared.
	Field      string `json:"field,omitempty"`
	Obfuscated bool   `json:"obfuscated,omitzero"`
	Country    string `json:"country,omitempty"`
	Channel    string `json:"channel,omitempty"`
	Freemail   bool   `json:"freemail,omitzero"`
}

// AmountDoc is a price or a wage.
type AmountDoc struct {
	Min      float64 `json:"min"`
	Max      float64 `json:"max"`
	Currency string  `json:"currency,omitempty"`
	Period   string  `json:"period,omitempty"`
}

// PlaceDoc is a place that an advert names.
type PlaceDoc struct {
	Country string `json:"country,omitempty"`
	City    string `json:"city,omitempty"`
}

// PointDoc is a point in WGS 84 degrees.
type PointDoc struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// CountDoc is a value and in how many adverts it was seen.
type CountDoc struct {
	Value string `json:"value"`
	Ads   uint32 `json:"ads"`
}

// ObfuscationDoc counts what was folded away, in occurrences.
type ObfuscationDoc struct {
	ZeroWidth      uint32 `json:"zero_width,omitzero"`
	Bidi           uint32 `json:"bidi,omitzero"`
	Confusables    uint32 `json:"confusables,omitzero"`
	DigitWords     uint32 `json:"digit_words,omitzero"`
	EmojiDigits    uint32 `json:"emoji_digits,omitzero"`
	SpacedDigits   uint32 `json:"spaced_digits,omitzero"`
	Leet           uint32 `json:"leet,omitzero"`
	Compatibility  uint32 `json:"compatibility,omitzero"`
	Control        uint32 `json:"control,omitzero"`
	HiddenContacts uint32 `json:"hidden_contacts,omitzero"`
}

func contactDocs(in []*adpb.Contact) []ContactDoc {
	if len(in) == 0 {
		return nil
	}
	out := make([]ContactDoc, 0, len(in))
	for _, c := range in {
		out = append(out, ContactDoc{
			Type: contactType(c.GetType()), Token: c.GetToken(), OtherTokens: c.GetOtherTokens(),
			Field: fieldName(c.GetField()), Obfuscated: c.GetObfuscated(),
			Country: c.GetCountry(), Channel: c.GetChannel(), Freemail: c.GetFreemail(),
		})
	}
	return out
}

func contactType(t adpb.ContactType) string {
	switch t {
	case adpb.ContactType_CONTACT_TYPE_PHONE:
		return "phone"
	case adpb.ContactType_CONTACT_TYPE_EMAIL:
		return "email"
	case adpb.ContactType_CONTACT_TYPE_HANDLE:
		return "handle"
	case adpb.ContactType_CONTACT_TYPE_LINK:
		return "link"
	case adpb.ContactType_CONTACT_TYPE_MESSAGING_LINK:
		return "chat"
	default:
		return ""
	}
}

func amountDocs(in []*adpb.Amount) []AmountDoc {
	var out []AmountDoc
	for _, a := range in {
		if finite(a.GetMin()) != a.GetMin() || finite(a.GetMax()) != a.GetMax() {
			continue
		}
		out = append(out, AmountDoc{Min: a.GetMin(), Max: a.GetMax(), Currency: a.GetCurrency(), Period: a.GetPeriod()})
	}
	return out
}

func placeDocs(in []*adpb.Place) []PlaceDoc {
	var out []PlaceDoc
	for _, p := range in {
		out = append(out, PlaceDoc{Country: p.GetCountry(), City: p.GetCity()})
	}
	return out
}

// pointDoc leaves out a point that is not on Earth: the index would refuse the
// whole document for it.
func pointDoc(a *adpb.NormalizedAd) *PointDoc {
	lat, lon := a.GetLat(), a.GetLon()
	if !a.GetHasPoint() || !(lat >= -90 && lat <= 90) || !(lon >= -180 && lon <= 180) {
		return nil
	}
	return &PointDoc{Lat: lat, Lon: lon}
}

func countDocs(in []*adpb.Counted) []CountDoc {
	if len(in) == 0 {
		return nil
	}
	out := make([]CountDoc, 0, len(in))
	for _, c := range in {
		out = append(out, CountDoc{Value: c.GetValue(), Ads: c.GetAds()})
	}
	return out
}

// dayDocs leaves out what is not a day: the index would refuse the document.
func dayDocs(in []*adpb.Counted) []DayDoc {
	var out []DayDoc
	for _, c := range in {
		if _, err := time.Parse(time.DateOnly, c.GetValue()); err != nil {
			continue
		}
		out = append(out, DayDoc{Day: c.GetValue(), Ads: c.GetAds()})
	}
	return out
}

func obfuscationDoc(o *adpb.Obfuscation) *ObfuscationDoc {
	d := ObfuscationDoc{
		ZeroWidth: o.GetZeroWidth(), Bidi: o.GetBidi(), Confusables: o.GetConfusables(),
		DigitWords: o.GetDigitWords(), EmojiDigits: o.GetEmojiDigits(),
		SpacedDigits: o.GetSpacedDigits(), Leet: o.GetLeet(),
		Compatibility: o.GetCompatibility(), Control: o.GetControl(),
		HiddenContacts: o.GetHiddenContacts(),
	}
	if d == (ObfuscationDoc{}) {
		return nil
	}
	return &d
}

// attributes drops keys that no index takes: an empty one, and one with the
// zero byte that separates key and value in a flattened field. Dots separate
// levels there, so a key that begins or ends with one is dropped as well.
func attributes(in map[string]string) map[string]string {
	drop := func(k string) bool {
		return strings.TrimSpace(k) == "" || strings.ContainsRune(k, 0) ||
			strings.HasPrefix(k, ".") || strings.HasSuffix(k, ".") || strings.Contains(k, "..")
	}
	for k := range in {
		if !drop(k) {
			continue
		}
		out := make(map[string]string, len(in))
		for k, v := range in {
			if !drop(k) {
				out[k] = v
			}
		}
		return out
	}
	return in
}
