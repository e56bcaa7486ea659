// Package money reads prices and wages in folded text: "rp 15jt", "gaji 8
// juta/bulan", "idr 15.000.000 - 20.000.000", "$500/week".
//
// An amount needs a currency, or a word of scale ("juta", "million") that is
// only said of money here, or a word such as "gaji" before it. Numbers without
// any of them are not amounts: precision matters more than recall, since the
// indicators compare pay.
//
// The package is pure and everything in it is safe for concurrent use.
package money
