// Package indexer is the last stage: it writes scored adverts and scored
// clusters into what investigators search.
//
// It keeps no state. A document's version comes from the log, so batches may be
// repeated and may overlap; the store keeps the newest.
package indexer
