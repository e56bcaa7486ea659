// Package cluster joins adverts whose texts are nearly the same.
//
// # How
//
// An Assigner is given one advert after the other, in the order of the log, and
// names for each the cluster that it belongs to:
//
//  1. A text that was seen before goes where it went, found by a hash of what is
//     shingled.
//  2. Otherwise the band index (package lsh) gives candidates: the latest advert
//     of each of its buckets. A candidate is only a way to a cluster. The advert
//     is compared with the cluster's representative, the advert that opened it,
//     by their odd sketches (package minhash), and has an edge to the cluster if
//     the similarity reaches the threshold.
//  3. It joins the cluster with the most similar representative; of equals, the
//     oldest. Without an edge it opens a cluster of its own.
//  4. Two clusters to which one advert has edges are merged if their
//     representatives are themselves within MergeMargin of the threshold. The
//     older keeps its id and its representative, the younger becomes a tombstone
//     that names it. Union toward the oldest is idempotent and free of order.
//
// Comparing with the representative keeps chains from growing: in a cluster that
// was never merged, any two adverts are similar to the same third one. A bucket
// keeps its latest advert alone (Petrović, Osborne and Lavrenko 2010), so the
// work for an advert is bounded by the number of bands, whatever came before.
//
// # The window
//
// Time is the adverts' own. What the assigner remembers is sorted into
// generations, and a generation that has left the window is dropped whole. A
// cluster lives as long as it is given adverts: its representative is kept and
// it is entered into the index again once a generation. Ids last: a cluster id
// comes from the advert that opened it (ad.ClusterID).
//
// # Determinism
//
// The state is a function of the parameters and of the adverts in their order.
// Nothing reads a clock, draws at random or depends on the order of a map.
// Snapshot writes the state and Restore gives it back, to the byte.
//
// # Concurrency
//
// Signers prepare adverts and may work side by side. Assign, Snapshot and
// Restore need the Assigner to themselves: no Signer may run at the same time.
package cluster
