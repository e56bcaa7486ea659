// Package normalizer is the stage from ads.raw to ads.normalized. It decodes an
// advert as a platform sent it, folds its text, finds contacts, amounts, places
// and the language, and writes the advert without any contact in clear.
//
// What leaves the stage:
//   - title and text as they came, with every byte of a contact replaced by
//     '*', so that offsets still hold;
//   - the folded text with placeholders, and the map back to the original;
//   - a keyed token for every contact and for the account.
//
// The advert's own id, platform and URL are kept as they are: they say which
// advert it is, and without them nobody could look at it or report it.
// Everything else that a platform can fill freely (category, attributes, their
// names, region, city) is searched and masked like the text.
//
// The stage has no state: a record's output depends on the record and on the
// keys alone.
package normalizer
