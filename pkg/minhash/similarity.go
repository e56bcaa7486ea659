package minhash

// Estimate returns the share of slots in which two signatures agree, in [0,1]:
// an estimate of the Jaccard similarity of the two sets, with a standard error of
// about sqrt(J(1-J)/k). It is 0 for signatures of different lengths and for
// signatures of no shingles.
func Estimate(a, b []uint32) float64 {
	if len(a) != len(b) || len(a) == 0 {
		return 0
	}
	same := 0
	for i, h := range a {
		if h == b[i] && h != Empty {
			same++
		}
	}
	return float64(same) / float64(len(a))
}

// Jaccard returns the exact similarity of two sets of shingle hashes, in [0,1]:
// the size of the intersection over the size of the union. Both slices must be
// sorted in ascending order and free of repetitions. Two empty sets have
// similarity 0, since nothing shows that they are alike.
func Jaccard(a, b []uint32) float64 {
	both := 0
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			both++
			i++
			j++
		case a[i] < b[j]:
			i++
		default:
			j++
		}
	}
	union := len(a) + len(b) - both
	if union == 0 {
		return 0
	}
	return float64(both) / float64(union)
}
