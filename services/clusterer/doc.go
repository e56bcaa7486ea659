// Package clusterer is the stage that puts normalised adverts into clusters.
//
// It reads the one partition of ads.normalized, whose order is the order of
// clustering, and writes to ads.clustered, keyed by cluster: for every advert an
// assignment that carries the advert, and before it a merge for every cluster
// that the advert showed to be part of an older one. An advert's sequence number
// is its offset plus one.
//
// The state is package cluster's, in memory; a snapshot carries it from process
// to process. Records that come again, because the writing of their outputs
// failed, get the outputs they got before and change nothing.
//
// A Handler is used by one goroutine at a time. Inside a batch it prepares
// adverts on all processors; the clusters themselves have a single writer.
package clusterer
