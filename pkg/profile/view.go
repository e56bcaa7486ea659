package profile

import (
	"slices"

	"palermo.internal/pkg/ad/adpb"
)

// View returns the profile as it is published: lists of values with the most
// frequent first, days from early to late. It shares everything else with p.
func View(p *adpb.ClusterProfile) *adpb.ClusterProfile {
	out := &adpb.ClusterProfile{
		ClusterId: p.ClusterId, Size: p.Size, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen,
		Indicators: p.Indicators, Obfuscation: p.Obfuscation, AdsObfuscated: p.AdsObfuscated,
		Representative: p.Representative, Recent: p.Recent, RecentSeq: p.RecentSeq, Absorbed: p.Absorbed,
		BestAdScore: p.BestAdScore, AccountsTotal: p.AccountsTotal, ContactsTotal: p.ContactsTotal,
		PlacesTotal: p.PlacesTotal, BurstAds: p.BurstAds, BurstHour: p.BurstHour,
		CrossTypologyContacts: p.CrossTypologyContacts, Amounts: p.Amounts,
		FoundedSeq: p.FoundedSeq, AdsHidden: p.AdsHidden,
	}
	out.Platforms, out.Accounts, out.Contacts = frequent(p.Platforms), frequent(p.Accounts), frequent(p.Contacts)
	out.Places, out.Languages, out.Categories = frequent(p.Places), frequent(p.Languages), frequent(p.Categories)
	out.Typologies, out.ContactTypologies = frequent(p.Typologies), frequent(p.ContactTypologies)
	out.Days = slices.Clone(p.Days)
	slices.Reverse(out.Days)
	return out
}

func frequent(list []*adpb.Counted) []*adpb.Counted {
	if len(list) < 2 {
		return list
	}
	list = slices.Clone(list)
	slices.SortFunc(list, byAds)
	return list
}
