package normalizer

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/money"
	"palermo.internal/pkg/place"
	"palermo.internal/pkg/textnorm"
	"palermo.internal/pkg/textnorm/lang"
)

// minLiteral is the shortest declared contact that is looked for in the text as
// it is; shorter ones are ordinary words too often.
const minLiteral = 5

// maxContacts bounds the contacts of the text that an event lists, and again
// those that were declared. All are masked.
const maxContacts = 256

// Normalizer turns adverts into events. It holds scratch space: one goroutine
// at a time.
type Normalizer struct {
	cfg    Config
	keys   contact.Keys
	folder *textnorm.Folder
	finder contact.Finder

	folded, final, aux textnorm.Text
	found, auxFound    []contact.Found
	amounts            []money.Amount
	places             []place.Place
	edits              []textnorm.Edit
	spaced             uint32 // words that were written letter by letter
	skip               []textnorm.Span
	masks              []textnorm.Span
	buf                []byte
}

// New returns a Normalizer that makes tokens under keys.
func New(cfg Config, keys contact.Keys) (*Normalizer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("check settings: %w", err)
	}
	if err := keys.Validate(); err != nil {
		return nil, fmt.Errorf("check token keys: %w", err)
	}
	return &Normalizer{cfg: cfg, keys: keys, folder: textnorm.New()}, nil
}

// fresh returns a Normalizer like n whose scratch space is new.
func (n *Normalizer) fresh() *Normalizer {
	return &Normalizer{cfg: n.cfg, keys: n.keys, folder: textnorm.New()}
}

// Normalize returns the event for an advert. It does not change a and keeps
// nothing of it. The error is one of ad.Validate: an advert from ad.Decode has
// none.
func (n *Normalizer) Normalize(a *ad.Ad) (*adpb.NormalizedAd, error) {
	if err := a.Validate(); err != nil {
		return nil, fmt.Errorf("check advert: %w", err)
	}
	return n.normalize(a), nil
}

// normalize is Normalize for an advert that was checked.
func (n *Normalizer) normalize(a *ad.Ad) *adpb.NormalizedAd {
	out := &adpb.NormalizedAd{
		DocId: ad.DocID(a.Platform, a.ID), Platform: a.Platform, AdId: a.ID,
		PostedAt: millis(a.PostedAt), CollectedAt: millis(a.CollectedAt), UpdatedAt: millis(a.UpdatedAt),
		Truncated: a.Truncated, IgnoredFields: uint32(max(a.Ignored, 0)),
		Url: a.URL, DeclaredLanguage: languageTag(a.Language),
	}
	n.fold(a)
	tag, confidence := lang.Detect(n.folded.Folded)
	out.Language, out.LanguageConfidence = tag, confidence
	n.text(a, out, n.regions(a, tag))
	n.declared(a, out)
	return out
}

// fold folds the text and joins words that are written letter by letter, before
// anything is looked for: they may be digits.
func (n *Normalizer) fold(a *ad.Ad) {
	n.folder.Fold(&n.folded, a.Title, a.Text)
	n.edits = n.folded.SpacedWords(n.edits[:0])
	n.spaced = uint32(len(n.edits))
	if n.spaced > 0 {
		n.folded.Rewrite(&n.final, n.edits)
		n.folded, n.final = n.final, n.folded
	}
}

// text fills what comes from title and text.
func (n *Normalizer) text(a *ad.Ad, out *adpb.NormalizedAd, regions []string) {
	skip := n.moneySpans(&n.folded)
	n.found = n.finder.Find(n.found[:0], &n.folded, contact.Options{Regions: regions, Skip: skip})
	n.literals(a)

	o := &adpb.Obfuscation{}
	n.edits, n.masks = n.edits[:0], n.masks[:0]
	for i := range n.found {
		c := &n.found[i]
		from, to := n.folded.Original(c.Start, c.End)
		n.masks = append(n.masks, textnorm.Span{Start: from, End: to})
		n.edits = append(n.edits, textnorm.Edit{Start: c.Start, End: c.End, With: c.Type.Placeholder()})
		o.DigitWords += c.DigitWords
		o.SpacedDigits += c.SpacedDigits
		if c.Obfuscated {
			o.HiddenContacts++
		}
		if len(out.GetContacts()) == maxContacts {
			continue // masked all the same
		}
		pc := n.contact(c)
		pc.Field, pc.Start, pc.End = fieldRange(len(a.Title), from, to)
		out.Contacts = append(out.Contacts, pc)
	}
	if n.folded.Markup {
		n.maskHidden(regions)
	}
	out.Title, out.Text = n.masked(a.Title, 0), n.masked(a.Text, len(a.Title)+1)

	n.folded.Rewrite(&n.final, n.edits)
	leet := n.final.Unleet() + n.spaced
	out.Folded = string(n.final.Folded)
	out.RunFolded = make([]uint32, 0, len(n.final.Runs)+1)
	out.RunOrigin = make([]uint32, 0, len(n.final.Runs)+1)
	out.RunFolded, out.RunOrigin = n.final.AppendRuns(out.RunFolded, out.RunOrigin)

	n.addAmounts(a, out)
	n.addPlaces(a, out)
	c := n.folded.Counts
	o.ZeroWidth, o.Bidi, o.Confusables, o.EmojiDigits, o.Leet = c.ZeroWidth, c.Bidi, c.Confusables, c.EmojiDigits, leet
	o.Compatibility, o.Control = c.Compatibility, c.Control
	out.Obfuscation = o
}

// moneySpans finds the amounts of t, which hold no telephone numbers. Both it
// and n.amounts are overwritten by the next call.
func (n *Normalizer) moneySpans(t *textnorm.Text) []textnorm.Span {
	n.amounts = money.Find(n.amounts[:0], t.Folded)
	n.skip = n.skip[:0]
	for _, m := range n.amounts {
		n.skip = append(n.skip, textnorm.Span{Start: m.Start, End: m.End})
	}
	return n.skip
}

// literals adds the platform's declared contacts where the text holds them in a
// form that the finder does not take for a contact.
func (n *Normalizer) literals(a *ad.Ad) {
	for i := range a.Contacts {
		v := literal(a.Contacts[i].Value)
		if v == "" {
			continue
		}
		c := n.canonical(a.Contacts[i])
		sorted := n.found
		for at := 0; ; {
			c.Start, c.End = contact.Literal(n.folded.Folded, v, at)
			if c.End == 0 {
				break
			}
			at = c.End
			if !overlaps(sorted, c.Start, c.End) {
				n.found = append(n.found, c)
			}
		}
		if len(n.found) > len(sorted) {
			slices.SortFunc(n.found, func(a, b contact.Found) int { return a.Start - b.Start })
		}
	}
}

// overlaps reports whether [start, end) meets one of the contacts, which are in
// order and do not overlap each other.
func overlaps(found []contact.Found, start, end int) bool {
	i := sort.Search(len(found), func(i int) bool { return found[i].End > start })
	return i < len(found) && found[i].Start < end
}

// contact makes the event's contact, without its place.
func (n *Normalizer) contact(c *contact.Found) *adpb.Contact {
	return &adpb.Contact{
		Type: adpb.ContactType(c.Type), Token: n.keys.Token(c.Domain, c.Value), OtherTokens: n.keys.OtherTokens(c.Domain, c.Value),
		Obfuscated: c.Obfuscated, Country: c.Country, Channel: c.Channel, Freemail: c.Freemail,
	}
}

func (n *Normalizer) addAmounts(a *ad.Ad, out *adpb.NormalizedAd) {
	if len(n.amounts) > 0 {
		out.Amounts = make([]*adpb.Amount, 0, len(n.amounts)+1)
	}
	for _, m := range n.amounts {
		if overlaps(n.found, m.Start, m.End) {
			continue
		}
		pa := &adpb.Amount{Min: m.Min, Max: m.Max, Currency: m.Currency, Period: string(m.Period)}
		from, to := n.folded.Original(m.Start, m.End)
		pa.Field, pa.Start, pa.End = fieldRange(len(a.Title), from, to)
		out.Amounts = append(out.Amounts, pa)
	}
	if p := a.Price; p != nil && p.Amount > 0 && p.Amount <= money.MaxAmount {
		out.Amounts = append(out.Amounts, &adpb.Amount{
			Min: p.Amount, Max: p.Amount, Currency: currencyCode(p.Currency), Period: p.Period, Field: adpb.Field_FIELD_DECLARED,
		})
	}
}

func (n *Normalizer) addPlaces(a *ad.Ad, out *adpb.NormalizedAd) {
	n.places = place.Find(n.places[:0], n.folded.Folded)
	for _, p := range n.places {
		if overlaps(n.found, p.Start, p.End) {
			continue
		}
		pp := &adpb.Place{Country: p.Country, City: p.City}
		from, to := n.folded.Original(p.Start, p.End)
		pp.Field, pp.Start, pp.End = fieldRange(len(a.Title), from, to)
		out.Places = append(out.Places, pp)
	}
}

// regions returns whose national numbers the advert may hold: of the country
// that the platform declares, of the default, and of the language's country.
func (n *Normalizer) regions(a *ad.Ad, language string) []string {
	r := make([]string, 0, 4)
	if a.Location != nil && a.Location.Country != "" {
		r = append(r, strings.ToUpper(a.Location.Country))
	}
	for _, c := range [...]string{n.cfg.DefaultRegion, languageRegions[language]} {
		if c != "" && !slices.Contains(r, c) {
			r = append(r, c)
		}
	}
	return r
}

// languageRegions are the regions of languages that have one.
var languageRegions = map[string]string{
	"en": "US", "id": "ID", "ms": "MY", "th": "TH", "vi": "VN", "tl": "PH", "km": "KH", "lo": "LA", "my": "MM", "ja": "JP", "ko": "KR", "ru": "RU", "hi": "IN", "bn": "BD",
}

// fieldRange turns a range of title, line feed and text into a field and a
// range in it. A range never spans both: the line feed parts them.
func fieldRange(titleLen, from, to int) (f adpb.Field, start, end uint32) {
	if from > titleLen {
		return adpb.Field_FIELD_TEXT, uint32(from - titleLen - 1), uint32(to - titleLen - 1)
	}
	return adpb.Field_FIELD_TITLE, uint32(from), uint32(min(to, titleLen))
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
