// Package indicatortest measures how well an assessment orders adverts whose
// label is known. It is imported by tests only.
//
// Fraudulent is not trafficked: a figure got on labelled job fraud says whether
// the signs of a deceptive advert order adverts as published, and nothing about
// how many leads will be trafficking.
package indicatortest

import (
	"cmp"
	"slices"
)

// Scored is one advert's score and its label.
type Scored struct {
	Score    float64
	Positive bool
}

// AUC is the area under the ROC curve: the probability that a positive advert
// scores above a negative one, ties counted half. It is 0.5 without either.
func AUC(list []Scored) float64 {
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, func(a, b Scored) int { return cmp.Compare(a.Score, b.Score) })
	var rankSum float64
	positives := 0
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j].Score == sorted[i].Score {
			j++
		}
		rank := float64(i+j+1) / 2 // mean of the ranks i+1 .. j
		for ; i < j; i++ {
			if sorted[i].Positive {
				positives++
				rankSum += rank
			}
		}
	}
	negatives := len(sorted) - positives
	if positives == 0 || negatives == 0 {
		return 0.5
	}
	p := float64(positives)
	return (rankSum - p*(p+1)/2) / (p * float64(negatives))
}
