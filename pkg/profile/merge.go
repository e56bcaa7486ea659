package profile

import (
	"bytes"
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/twmb/murmur3"

	"palermo.internal/pkg/ad/adpb"
)

// Merge adds src to dst and returns dst. Both must hold different adverts. The
// one that was founded first gives its id and its representative. src must not
// be used afterwards.
func Merge(dst, src *adpb.ClusterProfile) *adpb.ClusterProfile {
	if founded(src, dst) {
		dst.ClusterId, dst.Representative, dst.FoundedSeq = src.ClusterId, src.Representative, src.FoundedSeq
	}
	dst.Size = addSize(dst.Size, src.Size)
	dst.FirstSeen = min(dst.FirstSeen, src.FirstSeen)
	dst.LastSeen = max(dst.LastSeen, src.LastSeen)
	dst.BestAdScore = max(dst.BestAdScore, src.BestAdScore)
	dst.AdsObfuscated = addSaturated(dst.AdsObfuscated, src.AdsObfuscated)
	dst.AdsHidden = addSaturated(dst.AdsHidden, src.AdsHidden)

	dst.Platforms = mergeCounted(dst.Platforms, src.Platforms, MaxPlatforms, byHash)
	dst.Accounts = mergeCounted(dst.Accounts, src.Accounts, MaxAccounts, byHash)
	dst.Contacts = mergeCounted(dst.Contacts, src.Contacts, MaxContacts, byHash)
	dst.Places = mergeCounted(dst.Places, src.Places, MaxPlaces, byHash)
	dst.Languages = mergeCounted(dst.Languages, src.Languages, MaxLanguages, byHash)
	dst.Categories = mergeCounted(dst.Categories, src.Categories, MaxCategories, byHash)
	dst.Typologies = mergeCounted(dst.Typologies, src.Typologies, MaxTypologies, byHash)
	dst.ContactTypologies = mergeCounted(dst.ContactTypologies, src.ContactTypologies, MaxContactTypologies, byHash)
	dst.Days = mergeCounted(dst.Days, src.Days, MaxDays, latestFirst)
	dst.Hours = mergeCounted(dst.Hours, src.Hours, MaxHours, latestFirst)

	dst.Indicators = mergeIndicators(dst.Indicators, src.Indicators)
	dst.Amounts = mergeAmounts(dst.Amounts, src.Amounts)
	dst.Obfuscation = mergeObfuscation(dst.Obfuscation, src.Obfuscation)
	mergeRecent(dst, src)
	dst.Absorbed = mergeAbsorbed(dst.Absorbed, src.Absorbed)
	refresh(dst)
	return dst
}

// Absorb merges the profile of a cluster that was found to be part of p, once:
// if p has absorbed from before it returns false and leaves p as it is.
func Absorb(p *adpb.ClusterProfile, from string, src *adpb.ClusterProfile) bool {
	if slices.Contains(p.Absorbed, from) {
		return false
	}
	id := p.ClusterId
	Merge(p, src)
	p.ClusterId = id
	p.Absorbed = mergeAbsorbed(p.Absorbed, []string{from})
	return true
}

// founded says that a was opened before b; where both have the same seq (they
// cannot, but bytes from outside may say so) the lower id wins.
func founded(a, b *adpb.ClusterProfile) bool {
	return cmp.Or(cmp.Compare(a.FoundedSeq, b.FoundedSeq), cmp.Compare(a.ClusterId, b.ClusterId)) < 0
}

func addSize(a, b uint64) uint64 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint64
}

func mergeIndicators(a, b []*adpb.IndicatorSeen) []*adpb.IndicatorSeen {
	for _, s := range b {
		i, found := slices.BinarySearchFunc(a, s, func(x, y *adpb.IndicatorSeen) int {
			return cmp.Compare(x.GetHit().GetId(), y.GetHit().GetId())
		})
		if !found {
			a = slices.Insert(a, i, s)
			continue
		}
		ads := addSaturated(a[i].Ads, s.Ads)
		if s.Seq < a[i].Seq {
			a[i] = s
		}
		a[i].Ads = ads
	}
	return a[:min(len(a), MaxIndicators)]
}

// appendAmountKey appends what tells one price from another.
func appendAmountKey(b []byte, m *adpb.Amount) []byte {
	b = strconv.AppendFloat(b, m.GetMin(), 'g', -1, 64)
	b = strconv.AppendFloat(append(b, '/'), m.GetMax(), 'g', -1, 64)
	b = append(append(b, '/'), m.GetCurrency()...)
	return append(append(b, '/'), m.GetPeriod()...)
}

func compareAmounts(x, y *adpb.Amount) int {
	var bx, by [64]byte
	kx, ky := appendAmountKey(bx[:0], x), appendAmountKey(by[:0], y)
	return cmp.Or(cmp.Compare(murmur3.SeedSum64(hashSeed, kx), murmur3.SeedSum64(hashSeed, ky)), bytes.Compare(kx, ky))
}

// mergeAmounts keeps the different prices with the lowest hashes.
func mergeAmounts(a, b []*adpb.Amount) []*adpb.Amount {
	for _, m := range b {
		i, found := slices.BinarySearchFunc(a, m, compareAmounts)
		if !found && i < MaxAmounts {
			a = slices.Insert(a, i, m)
			a = a[:min(len(a), MaxAmounts)]
		}
	}
	return a
}

func mergeObfuscation(a, b *adpb.Obfuscation) *adpb.Obfuscation {
	if b == nil {
		return a
	}
	if a == nil {
		return b
	}
	a.ZeroWidth = addSaturated(a.ZeroWidth, b.ZeroWidth)
	a.Bidi = addSaturated(a.Bidi, b.Bidi)
	a.Confusables = addSaturated(a.Confusables, b.Confusables)
	a.DigitWords = addSaturated(a.DigitWords, b.DigitWords)
	a.EmojiDigits = addSaturated(a.EmojiDigits, b.EmojiDigits)
	a.SpacedDigits = addSaturated(a.SpacedDigits, b.SpacedDigits)
	a.Leet = addSaturated(a.Leet, b.Leet)
	a.Compatibility = addSaturated(a.Compatibility, b.Compatibility)
	a.Control = addSaturated(a.Control, b.Control)
	a.HiddenContacts = addSaturated(a.HiddenContacts, b.HiddenContacts)
	return a
}

// mergeRecent keeps the latest members by seq, newest first.
func mergeRecent(dst, src *adpb.ClusterProfile) {
	for i, id := range src.Recent {
		if i >= len(src.RecentSeq) || i >= MaxRecent {
			break
		}
		seq := src.RecentSeq[i]
		at := 0
		for at < len(dst.RecentSeq) && at < len(dst.Recent) &&
			(dst.RecentSeq[at] > seq || dst.RecentSeq[at] == seq && dst.Recent[at] > id) {
			at++
		}
		if at < len(dst.Recent) && dst.Recent[at] == id && dst.RecentSeq[at] == seq {
			continue
		}
		if at >= MaxRecent {
			break
		}
		dst.Recent = slices.Insert(dst.Recent, at, id)
		dst.RecentSeq = slices.Insert(dst.RecentSeq, at, seq)
	}
	n := min(len(dst.Recent), len(dst.RecentSeq), MaxRecent)
	dst.Recent, dst.RecentSeq = dst.Recent[:n], dst.RecentSeq[:n]
}

// mergeAbsorbed is the union, sorted by hash. Above its bound a transfer that
// comes twice may count twice; a cluster that took in a thousand others has
// long made its point.
func mergeAbsorbed(a, b []string) []string {
	for _, id := range b {
		i, found := slices.BinarySearchFunc(a, id, func(x, y string) int {
			return cmp.Or(cmp.Compare(hashOf(x), hashOf(y)), cmp.Compare(x, y))
		})
		if !found && i < MaxAbsorbed {
			a = slices.Insert(a, i, id)
			a = a[:min(len(a), MaxAbsorbed)]
		}
	}
	return a
}

// sortedKeys returns the keys that were seen at least least times, sorted.
func sortedKeys(times map[string]int, least int) []string {
	maps.DeleteFunc(times, func(_ string, n int) bool { return n < least })
	if len(times) == 0 {
		return nil
	}
	return slices.Sorted(maps.Keys(times))
}
