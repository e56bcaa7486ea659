// Package place finds the names of countries and cities in folded text, from a
// gazetteer of the places that recruiters name (places.tsv, kept by hand): the
// origins and destinations of migrant workers from South-East Asia, the known
// places of scam compounds, and the rest of the world by country.
//
// A name counts as whole words only. Names that are also ordinary words
// ("batu", "turkey") count only after a word such as "di", "kota" or "in".
//
// The package is pure and safe for concurrent use.
package place
