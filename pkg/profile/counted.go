package profile

import (
	"cmp"
	"math"
	"slices"

	"github.com/twmb/murmur3"

	"palermo.internal/pkg/ad/adpb"
)

// hashSeed keeps these hashes apart from the other uses of murmur3.
const hashSeed = 0x70726f66

// hashOf places a value.
func hashOf(s string) uint64 { return murmur3.SeedStringSum64(hashSeed, s) }

// byHash is the order in which lists of values are kept.
func byHash(a, b *adpb.Counted) int {
	return cmp.Or(cmp.Compare(hashOf(a.GetValue()), hashOf(b.GetValue())), cmp.Compare(a.GetValue(), b.GetValue()))
}

// latestFirst is the order of days and hours, whose values sort by time.
func latestFirst(a, b *adpb.Counted) int { return cmp.Compare(b.GetValue(), a.GetValue()) }

// mergeCounted returns the sum of two lists that are sorted by order, cut to
// limit. It takes over the entries of both.
func mergeCounted(a, b []*adpb.Counted, limit int, order func(a, b *adpb.Counted) int) []*adpb.Counted {
	if len(b) == 0 {
		return a
	}
	if len(a) == 0 {
		return b[:min(len(b), limit)]
	}
	if len(b) == 1 {
		return insertCounted(a, b[0], limit, order)
	}
	out := make([]*adpb.Counted, 0, min(len(a)+len(b), limit))
	for len(out) < limit && (len(a) > 0 || len(b) > 0) {
		switch {
		case len(b) == 0:
			out, a = append(out, a[0]), a[1:]
		case len(a) == 0:
			out, b = append(out, b[0]), b[1:]
		default:
			switch c := order(a[0], b[0]); {
			case c < 0:
				out, a = append(out, a[0]), a[1:]
			case c > 0:
				out, b = append(out, b[0]), b[1:]
			default:
				a[0].Ads = addSaturated(a[0].Ads, b[0].Ads)
				out, a, b = append(out, a[0]), a[1:], b[1:]
			}
		}
	}
	return out
}

// insertCounted is mergeCounted for the commonest case, one advert.
func insertCounted(a []*adpb.Counted, one *adpb.Counted, limit int, order func(a, b *adpb.Counted) int) []*adpb.Counted {
	i, found := slices.BinarySearchFunc(a, one, order)
	switch {
	case found:
		a[i].Ads = addSaturated(a[i].Ads, one.Ads)
	case i < limit:
		a = slices.Insert(a, i, one)
		a = a[:min(len(a), limit)]
	}
	return a
}

// distinct returns how many values were seen: their number while all are kept,
// and then an estimate from the highest kept hash, never below the limit.
func distinct(list []*adpb.Counted, limit int) uint32 {
	if len(list) < limit {
		return uint32(len(list))
	}
	highest := float64(hashOf(list[len(list)-1].GetValue())) / math.MaxUint64
	if highest <= 0 {
		return math.MaxUint32
	}
	return uint32(min(max(float64(limit), math.Round(float64(limit-1)/highest)), math.MaxUint32))
}

func addSaturated(a, b uint32) uint32 {
	if s := a + b; s >= a {
		return s
	}
	return math.MaxUint32
}

// byAds is the order in which people read: most adverts first.
func byAds(a, b *adpb.Counted) int {
	return cmp.Or(cmp.Compare(b.GetAds(), a.GetAds()), cmp.Compare(a.GetValue(), b.GetValue()))
}
