// Package index is what investigators search: the documents, one an advert and
// one a cluster, and the Store that holds them.
//
// Two stores stand behind the same interface and pass the same contract suite
// (indextest): elastic writes to an Elasticsearch cluster, embedded to a folder
// on the local disk. A document carries a version that comes from the log, so
// writes may be repeated and may arrive in any order: what is read back is the
// newest version, always.
//
// A document's body is one line of JSON that this package encoded. Bytes that
// a platform sent never reach a store in any other form, and no error in this
// package holds any of them.
package index
