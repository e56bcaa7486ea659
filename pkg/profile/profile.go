package profile

import (
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
)

// Limits on the lists of a profile.
const (
	MaxPlatforms  = 16
	MaxAccounts   = 64
	MaxContacts   = 64
	MaxPlaces     = 64
	MaxLanguages  = 16
	MaxCategories = 32
	MaxDays       = 120
	MaxHours      = 72
	MaxIndicators = 256
	MaxTypologies = 16
	MaxRecent     = 100
	MaxAbsorbed   = 1024
	MaxAmounts    = 32
	// MaxEvidence bounds the evidence that is kept of a sign.
	MaxEvidence = 2
	// MaxContactTypologies bounds the pairs of contact and typology.
	MaxContactTypologies = 64
)

// The longest strings that are kept; what is longer is cut by whoever made it,
// or left out here.
const maxValueBytes = 256

// Of returns the profile of a cluster that holds one advert, which must be
// stripped. The profile shares the advert and the evidence, which nobody may
// change any more.
func Of(a *adpb.Assignment, s *adpb.Assessment) *adpb.ClusterProfile {
	n := a.GetAd()
	p := &adpb.ClusterProfile{
		ClusterId: a.GetClusterId(), Size: 1, FirstSeen: n.GetPostedAt(), LastSeen: n.GetPostedAt(),
		FoundedSeq: a.GetSeq(), BestAdScore: s.GetScore(),
		Recent: []string{n.GetDocId()}, RecentSeq: []uint64{a.GetSeq()},
		Platforms: one(n.GetPlatform()), Accounts: one(n.GetSellerToken()),
		Languages: one(n.GetLanguage()), Categories: one(n.GetCategory()),
		Representative: n,
	}
	when := time.UnixMilli(n.GetPostedAt()).UTC()
	p.Days = one(when.Format("2006-01-02"))
	p.Hours = one(when.Format("2006-01-02T15"))
	for _, c := range n.GetContacts() {
		p.Contacts = mergeOnce(p.Contacts, c.GetToken(), MaxContacts)
		for _, t := range s.GetTypologies() {
			p.ContactTypologies = mergeOnce(p.ContactTypologies, c.GetToken()+" "+t, MaxContactTypologies)
		}
	}
	for _, pl := range n.GetPlaces() {
		p.Places = mergeOnce(p.Places, strings.TrimSuffix(pl.GetCountry()+"/"+pl.GetCity(), "/"), MaxPlaces)
	}
	for _, t := range s.GetTypologies() {
		p.Typologies = mergeOnce(p.Typologies, t, MaxTypologies)
	}
	for _, m := range n.GetAmounts() {
		price := &adpb.Amount{Min: m.GetMin(), Max: m.GetMax(), Currency: m.GetCurrency(), Period: m.GetPeriod()}
		p.Amounts = mergeAmounts(p.Amounts, []*adpb.Amount{price})
	}
	for _, h := range s.GetIndicators() {
		seen := &adpb.IndicatorSeen{Ads: 1, Seq: a.GetSeq(), Hit: lean(h)}
		p.Indicators = mergeIndicators(p.Indicators, []*adpb.IndicatorSeen{seen})
	}
	if o := n.GetObfuscation(); o != nil {
		p.Obfuscation = proto.CloneOf(o)
		if obfuscated(o) {
			p.AdsObfuscated = 1
		}
	}
	if n.GetObfuscation().GetHiddenContacts() > 0 {
		p.AdsHidden = 1
	}
	refresh(p)
	return p
}

// lean keeps of a hit what the rule packs cannot say: most clusters hold one
// advert, and there are millions of them.
func lean(h *adpb.IndicatorHit) *adpb.IndicatorHit {
	evidence := h.GetEvidence()
	return &adpb.IndicatorHit{Id: h.GetId(), Evidence: evidence[:min(len(evidence), MaxEvidence)]}
}

// Strip takes from an advert what only matching needs: its folded text and
// offset map. What is left is stored and shown.
func Strip(n *adpb.NormalizedAd) {
	n.Folded, n.RunFolded, n.RunOrigin = "", nil, nil
}

// refresh computes what follows from the lists.
func refresh(p *adpb.ClusterProfile) {
	p.AccountsTotal = distinct(p.GetAccounts(), MaxAccounts)
	p.ContactsTotal = distinct(p.GetContacts(), MaxContacts)
	p.PlacesTotal = distinct(p.GetPlaces(), MaxPlaces)
	p.BurstAds, p.BurstHour = 0, 0
	burst := ""
	for _, h := range p.GetHours() {
		// Of equal hours the earliest, which comes last.
		if h.GetAds() >= p.GetBurstAds() {
			p.BurstAds, burst = h.GetAds(), h.GetValue()
		}
	}
	if t, err := time.Parse("2006-01-02T15", burst); err == nil {
		p.BurstHour = t.UnixMilli()
	}
	p.CrossTypologyContacts = crossTypology(p.GetContactTypologies())
}

// crossTypology returns the contacts that met more than one typology, sorted.
func crossTypology(pairs []*adpb.Counted) []string {
	if len(pairs) < 2 {
		return nil
	}
	times := map[string]int{}
	for _, c := range pairs {
		token, _, _ := strings.Cut(c.GetValue(), " ")
		times[token]++
	}
	return sortedKeys(times, 2)
}

func one(value string) []*adpb.Counted {
	if value == "" || len(value) > maxValueBytes {
		return nil
	}
	return []*adpb.Counted{{Value: value, Ads: 1}}
}

// mergeOnce counts a value at most once an advert.
func mergeOnce(list []*adpb.Counted, value string, limit int) []*adpb.Counted {
	for _, c := range list {
		if c.GetValue() == value {
			return list
		}
	}
	return mergeCounted(list, one(value), limit, byHash)
}

func obfuscated(o *adpb.Obfuscation) bool {
	return o.GetZeroWidth()+o.GetBidi()+o.GetConfusables()+o.GetDigitWords()+o.GetEmojiDigits()+
		o.GetSpacedDigits()+o.GetLeet()+o.GetCompatibility()+o.GetControl()+o.GetHiddenContacts() > 0
}
