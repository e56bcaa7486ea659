// Package synth makes adverts that nobody posted: a feed of any length, with
// the truth about every advert beside it. It serves demonstrations, load tests
// and the measurement of clustering, none of which may depend on real people's
// adverts.
//
// A feed holds campaigns (near-duplicate lures of one typology, posted from
// several accounts and places, edited, obfuscated and drifting over time),
// ordinary adverts, honest re-posts, and hard negatives: adverts that speak the
// same words for good reasons, such as licensed placement agencies, warnings
// that quote red flags, or donor drives. The wording of the lures follows the
// published descriptions of each typology and is kept free of anything
// explicit.
//
// Texts come from a combinatorial grammar (the files in grammar/). A campaign
// expands the grammar once, with its slots left open, and every copy fills
// the slots and edits the words; every other advert expands it afresh.
//
// Everything is a function of Options: the same options give the same bytes on
// every machine. Memory does not grow with the number of adverts. All names,
// companies, numbers and addresses are made up: phone numbers lie in blocks of
// the form +62 8xx 0000 xxxxx, hosts are below the reserved name example, and
// every advert carries the attribute synthetic=true.
//
// A Generator is for one goroutine; everything else is safe for concurrent use.
package synth
