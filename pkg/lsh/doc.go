// Package lsh finds, for a MinHash signature, earlier signatures that are
// probably similar.
//
// A signature is cut into bands of a few rows. Two signatures that agree in all
// rows of a band share the band's bucket and are candidates for each other: with
// b bands of r rows a pair of similarity j becomes one with probability
// 1-(1-j^r)^b (Indyk and Motwani 1998, "Approximate Nearest Neighbors: Towards
// Removing the Curse of Dimensionality"; Broder 1997).
//
// Index is made for a stream. A bucket keeps the latest id alone, so an advert
// costs the same whether its text was seen once or 100,000 times (bounded
// buckets: Petrović, Osborne and Lavrenko 2010, "Streaming First Story Detection
// with application to Twitter"). Ids grow with time, so what is older than an id
// is dropped in one pass. Each band has a table of its own, open-addressed, with
// a 32-bit tag and a 32-bit id in a slot of 8 bytes; the tag alone says where the
// slot belongs, so a table grows and shrinks without the signatures.
//
// Two buckets of a band are taken for one where their tags are equal, which
// happens once in 2^32 pairs: a candidate is never more than a hint, and is to be
// verified.
//
// # Shards
//
// Shard i of S owns the bands i mod S. Each shard is given the keys of all bands
// and uses its own.
//
// # Concurrency
//
// Layout is a value. An Index has a single writer: no two of its methods may run
// at the same time, except those that only read (Query, Len, Bytes, WriteTo).
package lsh
