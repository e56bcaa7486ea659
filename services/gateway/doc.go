// Package gateway takes adverts over HTTP and writes them to topic ads.raw.
//
// It answers 202 only for adverts that Kafka has acknowledged with all
// replicas, and says of every other line of a feed whether it was refused
// (mend it) or not acknowledged or not read (send it again). To send again is
// harmless: an advert's identity is its platform and id.
//
// Requests are streamed: memory is bounded by the number of requests at a time
// and the chunk size, whatever is sent. schemas/openapi.yaml is the interface;
// schemas/ad.schema.json the advert.
package gateway
