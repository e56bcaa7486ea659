// Package ad defines what Palermo reads: the advert as a platform sends it
// (schemas/ad.schema.json), its checks, its identity, and, in adpb, the events
// that carry it through the pipeline (schemas/events).
//
// The package is pure: it reads no clock, opens no file and keeps no state.
// Everything in it is safe for concurrent use, unless a type says otherwise.
package ad
