// Package indextest holds what the tests of the stores share: one contract
// suite, documents to fill a store with, a fake Elasticsearch, and a recorder
// of requests. It is imported by tests only.
package indextest
