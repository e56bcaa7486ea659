// Package textnorm turns the text of an advert, which is hostile, into one
// plain form that can be shingled and matched, and remembers where every byte
// of that form came from.
//
// Folding applies, in this order: HTML is removed where there is any; Unicode
// compatibility forms are resolved (NFKC) and letters made lower case; bidi
// controls, zero-width, tag and control characters are dropped; emoji, circled
// and foreign decimal digits become ASCII digits; look-alike letters become the
// Latin letters that they imitate (UTS 39, https://unicode.org/reports/tr39/),
// but only inside words or texts that are Latin, so that a Russian or a Thai
// text stays what it is; white space is collapsed. What was folded away is
// counted, since hiding is itself a sign.
//
// The folded text never contains '<': the character is free for the typed
// placeholders that stand for contacts.
//
// The package is pure. A Folder and a Text hold scratch space and belong to
// one goroutine at a time; everything else is safe for concurrent use.
package textnorm
