// Package wire is what goes to Elasticsearch and comes back, without a
// connection: it packs bulk requests, reads answers, and says what they mean.
// It is apart from the client so that its decoders can be fuzzed without
// building all of it.
package wire
