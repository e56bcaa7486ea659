package indicator

import (
	"fmt"
	"slices"
	"strings"

	"palermo.internal/pkg/ad/adpb"
)

// minClusterShare: a sign of the adverts counts for the cluster where it is
// seen in one of ten of them, or in minClusterAds. A few strays of a large
// cluster must not speak for it.
const (
	minClusterShare = 10
	minClusterAds   = 5
)

// AssessCluster applies the packs to a cluster: the signs of its adverts, and
// those that only a cluster shows. The result is a function of the profile and
// the packs. Hits of indicators that no pack has any more are left out.
func (e *Engine) AssessCluster(p *adpb.ClusterProfile) *adpb.Assessment {
	s := &scratch{}
	size := p.GetSize()
	for _, seen := range p.GetIndicators() {
		r := e.byID[seen.GetHit().GetId()]
		if r == nil || !r.active || r.spec.Scope != ScopeAd {
			continue
		}
		if uint64(seen.GetAds())*minClusterShare < size && seen.GetAds() < minClusterAds {
			continue
		}
		hit := r.hit()
		hit.Ads = seen.GetAds()
		hit.Evidence = seen.GetHit().GetEvidence()
		if size > 1 {
			note := fmt.Sprintf("in %d of %d adverts", hit.Ads, size)
			hit.Evidence = append(slices.Clone(hit.Evidence), &adpb.Evidence{Field: adpb.Field_FIELD_CLUSTER, Note: note})
		}
		s.hits = append(s.hits, hit)
		s.rules = append(s.rules, r)
	}
	// What only a cluster shows needs two adverts: most clusters stop here.
	if size > 1 && len(e.clusterWide) > 0 {
		v := e.clusterSchema.newVars()
		fillCluster(v, p)
		for _, r := range e.clusterWide {
			if !r.when.holds(v) {
				continue
			}
			hit := r.hit()
			hit.Ads = uint32(min(size, 1<<32-1))
			hit.Evidence = []*adpb.Evidence{{Field: adpb.Field_FIELD_CLUSTER, Note: r.note.render(v)}}
			s.hits = append(s.hits, hit)
			s.rules = append(s.rules, r)
		}
	}
	return e.conclude(s)
}

// Numbers of the cluster's features, in the order of clusterFeatures.
const (
	featSize = iota
	featAccounts
	featClusterContacts
	featContactShare
	featPlatforms
	featClusterCities
	featClusterCountries
	featDays
	featSpanDays
	featBurstAds
	featHiddenShare
	featPrices
	featCategories
	featSeen
	featTypologies
	featCrossContacts
)

func fillCluster(v *vars, p *adpb.ClusterProfile) {
	size := p.GetSize()
	v.putInt(featSize, int(size))
	v.putInt(featAccounts, max(int(p.GetAccountsTotal()), len(p.GetAccounts())))
	v.putInt(featClusterContacts, max(int(p.GetContactsTotal()), len(p.GetContacts())))
	top := uint32(0)
	for _, c := range p.GetContacts() {
		top = max(top, c.GetAds())
	}
	v.putDouble(featContactShare, share(uint64(top), size))
	v.putInt(featPlatforms, len(p.GetPlatforms()))
	var cities, countries []string
	for _, c := range p.GetPlaces() {
		country, city, _ := strings.Cut(c.GetValue(), "/")
		countries = addDistinct(countries, country)
		if city != "" {
			cities = addDistinct(cities, city)
		}
	}
	v.putInt(featClusterCities, len(cities))
	v.putInt(featClusterCountries, len(countries))
	v.putInt(featDays, len(p.GetDays()))
	v.putInt(featSpanDays, int((p.GetLastSeen()-p.GetFirstSeen())/dayMillis))
	v.putInt(featBurstAds, int(p.GetBurstAds()))
	v.putDouble(featHiddenShare, share(uint64(p.GetAdsHidden()), size))
	v.putInt(featPrices, len(p.GetAmounts()))
	var categories, seen, typologies []string
	for _, c := range p.GetCategories() {
		categories = addDistinct(categories, strings.ToLower(c.GetValue()))
	}
	for _, i := range p.GetIndicators() {
		if uint64(i.GetAds())*minClusterShare >= size || i.GetAds() >= minClusterAds {
			seen = addDistinct(seen, i.GetHit().GetId())
		}
	}
	for _, t := range p.GetTypologies() {
		typologies = addDistinct(typologies, t.GetValue())
	}
	v.putList(featCategories, categories)
	v.putList(featSeen, seen)
	v.putList(featTypologies, typologies)
	v.putInt(featCrossContacts, len(p.GetCrossTypologyContacts()))
}

func share(n, of uint64) float64 {
	if of == 0 {
		return 0
	}
	return min(1, float64(n)/float64(of))
}
