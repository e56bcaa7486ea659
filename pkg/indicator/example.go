package indicator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"palermo.internal/pkg/ad/adpb"
)

// runExamples applies every indicator to its own examples. Drafts run too.
func (l *loader) runExamples() {
	e := l.engine
	// Drafts are active while they are tested, on a copy.
	trial := &Engine{
		packs: e.packs, packIDs: e.packIDs, rules: make([]*rule, len(e.rules)), byID: map[string]*rule{},
		concepts: e.concepts, typologies: e.typologies, automaton: e.automaton, uses: e.uses,
		slots: e.slots, categories: e.categories, adSchema: e.adSchema, clusterSchema: e.clusterSchema,
	}
	for i, r := range e.rules {
		c := *r
		c.active = true
		trial.rules[i] = &c
		trial.byID[c.spec.ID] = &c
	}
	trial.sortRules()
	for _, s := range l.sources {
		for i := range s.pack.Indicators {
			spec := &s.pack.Indicators[i]
			run := func(list []Example, name string, want bool) {
				for j, ex := range list {
					if sees(trial, spec.ID, ex) == want {
						continue
					}
					text, fix := "is not seen in its positive example", "widen the terms or the condition"
					if !want {
						text, fix = "is seen in its negative example", "narrow the terms, or add unless phrases"
					}
					l.problem(s, fmt.Sprintf("%s %d", text, j+1), fix, "indicators", strconv.Itoa(i), "examples", name, strconv.Itoa(j))
				}
			}
			run(spec.Examples.Positive, "positive", true)
			run(spec.Examples.Negative, "negative", false)
		}
	}
}

func sees(e *Engine, id string, ex Example) bool {
	var a *adpb.Assessment
	if ex.Cluster != nil {
		a = e.AssessCluster(ex.Cluster.profile())
	} else {
		a = e.Assess(ex.ad())
	}
	return slices.ContainsFunc(a.GetIndicators(), func(h *adpb.IndicatorHit) bool { return h.GetId() == id })
}

// ad builds the advert that an example stands for.
func (ex Example) ad() *adpb.NormalizedAd {
	a := &adpb.NormalizedAd{Title: ex.Title, Text: ex.Text, Folded: foldSimple(ex.Title + "\n" + ex.Text), Language: "und"}
	x := ex.Ad
	if x == nil {
		return a
	}
	a.Category, a.Attributes = x.Category, x.Attributes
	if x.Language != "" {
		a.Language = x.Language
	}
	if x.Seller {
		a.SellerToken = "k:0"
	}
	a.Obfuscation = &adpb.Obfuscation{
		HiddenContacts: x.HiddenContacts, Confusables: x.Confusables, ZeroWidth: x.ZeroWidth, Leet: x.Leet,
	}
	declared := adpb.Field_FIELD_DECLARED
	for _, country := range x.Phones {
		a.Contacts = append(a.Contacts, &adpb.Contact{Type: adpb.ContactType_CONTACT_TYPE_PHONE, Country: country, Field: declared})
	}
	for _, channel := range x.Channels {
		a.Contacts = append(a.Contacts, &adpb.Contact{Type: adpb.ContactType_CONTACT_TYPE_MESSAGING_LINK, Channel: channel, Field: declared})
	}
	if x.Email || x.Freemail {
		a.Contacts = append(a.Contacts, &adpb.Contact{Type: adpb.ContactType_CONTACT_TYPE_EMAIL, Freemail: x.Freemail, Field: declared})
	}
	for _, c := range x.Countries {
		a.Places = append(a.Places, &adpb.Place{Country: c, Field: declared})
	}
	for _, c := range x.Cities {
		a.Places = append(a.Places, &adpb.Place{City: c, Field: declared})
	}
	for _, m := range x.Amounts {
		a.Amounts = append(a.Amounts, &adpb.Amount{Min: m.Amount, Max: m.Amount, Currency: m.Currency, Period: m.Period, Field: declared})
	}
	return a
}

// profile builds the cluster that an example stands for.
func (x *ExampleCluster) profile() *adpb.ClusterProfile {
	p := &adpb.ClusterProfile{
		ClusterId: "c", Size: x.Size, AccountsTotal: uint32(x.Accounts), ContactsTotal: uint32(x.Contacts),
		BurstAds: x.BurstAds, AdsHidden: x.HiddenAds,
	}
	numbered := func(n int, prefix string) (out []*adpb.Counted) {
		for i := range n {
			out = append(out, &adpb.Counted{Value: prefix + strconv.Itoa(i), Ads: 1})
		}
		return out
	}
	p.Accounts = numbered(x.Accounts, "a")
	p.Contacts = numbered(x.Contacts, "c")
	if x.OneContact && len(p.Contacts) > 0 {
		p.Contacts[0].Ads = uint32(x.Size)
	}
	p.Platforms = numbered(x.Platforms, "p")
	p.Days = numbered(x.Days, "d")
	p.LastSeen = int64(max(0, x.Days-1)) * dayMillis
	for i := range max(x.Cities, x.Countries) {
		country, city := "", ""
		if i < max(x.Countries, 1) {
			country = "X" + strconv.Itoa(i)
		}
		if i < x.Cities {
			city = "city" + strconv.Itoa(i)
		}
		p.Places = append(p.Places, &adpb.Counted{Value: strings.TrimSuffix(country+"/"+city, "/"), Ads: 1})
	}
	for _, id := range x.Seen {
		p.Indicators = append(p.Indicators, &adpb.IndicatorSeen{Ads: uint32(x.Size), Hit: &adpb.IndicatorHit{
			Id: id, Evidence: []*adpb.Evidence{{Field: adpb.Field_FIELD_DECLARED, Note: "example"}},
		}})
	}
	for _, t := range x.Typologies {
		p.Typologies = append(p.Typologies, &adpb.Counted{Value: t, Ads: uint32(x.Size)})
	}
	for i := range x.CrossShared {
		p.CrossTypologyContacts = append(p.CrossTypologyContacts, "t"+strconv.Itoa(i))
	}
	for i := range x.Amounts {
		p.Amounts = append(p.Amounts, &adpb.Amount{Max: float64(i + 1)})
	}
	return p
}
