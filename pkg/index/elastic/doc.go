// Package elastic is an index.Store on an Elasticsearch cluster (8.18 or
// newer).
//
// Writes go through the bulk API with the version of each document, type
// external_gte. Of the two external types this is the one that takes an equal
// version: scoring the same log again with better rules yields the versions
// that are there already, and must win over what it corrects. A late write of
// an older version is answered with a conflict, which is a success.
//
// Each write alias ("palermo-ads") stands for the indices behind it. A version
// holds within one index: after a rollover a document that is written again is
// in the newer index, too, and reads return the newest of both.
//
// What the server says about a single document decides what becomes of it, see
// classify.go. The server's words are never passed on, since they may quote the
// document; its error types are.
package elastic

//go:generate sh -c "cp ../../../schemas/elasticsearch/*.json templates/"
