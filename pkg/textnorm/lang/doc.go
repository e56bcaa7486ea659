// Package lang tells which language a folded text is written in.
//
// Scripts with one main language are told by their letters. For Latin script
// the package evaluates the trigram models of lingua-go v1.4.0 (Apache License
// 2.0; trained on the Wortschatz corpora of Leipzig University), which
// generate.go reduces to a table, model.bin. Indonesian and Malay, which
// trigrams hardly tell apart, are told by words that only one of them uses.
//
// The libraries themselves are too slow for every advert. Measured on 200 bytes
// of an advert, one core: whatlanggo 1.0.1 242 µs (95 µs with four languages
// allowed; it has no Malay), lingua-go 1.4.0 with five languages 213 µs, 205 µs
// in its low-accuracy mode; this package takes about 2 µs.
//
// The package is pure and safe for concurrent use.
package lang
