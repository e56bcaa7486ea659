// Package profile keeps what is known of a cluster: how many adverts, when,
// where, by which accounts and contacts, and which signs they show.
//
// A profile is a function of the set of adverts in it, not of their order:
// Merge is associative and commutative, so that two clusters that turn out to
// be one give the profile that they would have had from the start. That also
// holds for the bounded lists. A list of values keeps those with the lowest
// hash: which ones are kept depends on the values alone, so the count of a
// kept value is exact. Above the bound the number of distinct values is
// estimated from the hashes (Bar-Yossef et al. 2002, k minimum values). Days,
// hours and recent members keep the latest. The burst is that of the hours
// that are kept.
//
// Limits bound a profile to some 60 KB; that of a single advert is about as
// long as the advert. The package is pure: no clock, no randomness. Functions
// are safe for concurrent use on different profiles.
package profile
