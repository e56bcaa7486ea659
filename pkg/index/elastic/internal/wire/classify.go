package wire

import (
	"net/http"
	"strings"

	"palermo.internal/pkg/index"
)

// Verdict is what a status means for one document, or for a whole request.
type Verdict uint8

// The verdicts.
const (
	VerdictDone   Verdict = iota + 1 // the outcome is known
	VerdictRetry                     // the same may succeed later
	VerdictFatal                     // settings or rights: no retry can help
	VerdictBisect                    // some document of the request is at fault
)

// The error types of Elasticsearch that matter here.
const (
	typeVersionConflict = "version_conflict_engine_exception"
	typeClusterBlock    = "cluster_block_exception"
	typeIndexClosed     = "index_closed_exception"
	typeInvalidAlias    = "invalid_alias_name_exception"
	// TypeIllegal is what a document gets that is refused for its action.
	TypeIllegal = "illegal_argument_exception"
)

// mappingTypes are the errors of a body that does not fit its mapping.
var mappingTypes = map[string]bool{
	"mapper_parsing_exception":         true,
	"document_parsing_exception":       true,
	"strict_dynamic_mapping_exception": true,
	"parsing_exception":                true,
	"x_content_parse_exception":        true,
}

// ClassifyItem says what an item of a bulk answer means. An unknown status is
// a reason to try again, never to drop.
func ClassifyItem(status int, errType string) (Verdict, index.Outcome) {
	switch {
	case errType == typeVersionConflict:
		return VerdictDone, index.Outcome{Status: index.StatusStale}
	case errType == typeClusterBlock:
		// A read-only index, most often a full disk: it ends without a restart.
		return VerdictRetry, index.Outcome{}
	case errType == typeIndexClosed:
		return VerdictFatal, index.Outcome{}
	case status == http.StatusOK || status == http.StatusCreated:
		if errType != "" {
			return VerdictRetry, index.Outcome{}
		}
		return VerdictDone, index.Outcome{Status: index.StatusWritten}
	case status == http.StatusRequestEntityTooLarge:
		return VerdictDone, index.Rejection(index.CodeTooLarge, "the server takes no document of this size")
	case status == http.StatusBadRequest && mappingTypes[errType]:
		return VerdictDone, index.Rejection(index.CodeMapping, "the document does not fit the mapping: "+PlainType(errType))
	case status == http.StatusBadRequest:
		return VerdictDone, index.Rejection(index.CodeRefused, "the server refuses the document: "+PlainType(errType))
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return VerdictFatal, index.Outcome{}
	}
	return VerdictRetry, index.Outcome{}
}

// ClassifyRequest says what the status of a whole request other than 200 means.
func ClassifyRequest(status int, errType string) Verdict {
	switch {
	case errType == typeClusterBlock:
		return VerdictRetry
	case errType == typeIndexClosed, errType == typeInvalidAlias:
		return VerdictFatal
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return VerdictBisect
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status == http.StatusConflict:
		return VerdictRetry
	case status >= 300 && status < 500:
		return VerdictFatal
	}
	return VerdictRetry
}

// PlainType returns an error type that is safe to show: the server's own names
// only, in case something between here and there answers in its place.
func PlainType(t string) string {
	if t == "" {
		return "no error type"
	}
	if len(t) > 80 || strings.Trim(t, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "an unknown error type"
	}
	return t
}
