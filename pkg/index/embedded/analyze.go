package embedded

import (
	"bytes"
	"unicode/utf8"

	"github.com/blevesearch/bleve/v2/analysis"

	"palermo.internal/pkg/index"
)

// textAnalyzer cuts a text into words in lower case, in the same way as
// index.ParseText does with a query.
type textAnalyzer struct{}

// Analyze returns the words of input. It leaves input alone.
func (textAnalyzer) Analyze(input []byte) analysis.TokenStream {
	lower := toLower(input)
	tokens := make([]analysis.Token, 0, len(lower)/6+1)
	index.Tokens(lower, func(start, end int) {
		tokens = append(tokens, analysis.Token{
			Start: start, End: end, Term: lower[start:end:end], Position: len(tokens) + 1,
		})
	})
	return stream(tokens)
}

// toLower copies in lower case; ASCII, the common case, without decoding.
func toLower(b []byte) []byte {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return bytes.ToLower(b)
		}
	}
	out := make([]byte, len(b))
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return out
}

// termSeparator stands between the exact values of a document; no value holds
// it, see appendTerm.
const termSeparator = 0

// termAnalyzer cuts the field of exact values into its terms.
type termAnalyzer struct{}

// Analyze returns the parts of input between separators.
func (termAnalyzer) Analyze(input []byte) analysis.TokenStream {
	var tokens []analysis.Token
	for start := 0; start < len(input); {
		end := len(input)
		if i := bytes.IndexByte(input[start:], termSeparator); i >= 0 {
			end = start + i
		}
		if end > start {
			tokens = append(tokens, analysis.Token{
				Start: start, End: end, Term: input[start:end:end], Position: len(tokens) + 1,
			})
		}
		start = end + 1
	}
	return stream(tokens)
}

func stream(tokens []analysis.Token) analysis.TokenStream {
	out := make(analysis.TokenStream, len(tokens))
	for i := range tokens {
		out[i] = &tokens[i]
	}
	return out
}
