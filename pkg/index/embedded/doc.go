// Package embedded is an index.Store in a folder on the local disk, for one
// process at a time. It needs no server: the all-in-one uses it.
//
// Each kind of document is one Bleve index. A document is written as one stored
// field (its version and its body), two fields of words, one field with all the
// exact values to filter by, and three to sort by. Write returns when the batch
// is in a segment file that was synced, and the segment is listed in a file
// that was synced: killing the process at any point loses nothing that Write
// reported.
//
// Calls of Write run side by side unless they hold the same document. The
// version of a document that was written lately is remembered; any other is
// read from the index.
package embedded
