package elastic

import (
	"net/http"
	"strings"

	"palermo.internal/pkg/index"
)

// verdict is what a status means for one document, or for a whole request.
type verdict uint8

const (
	verdictDone   verdict = iota + 1 // the outcome is known
	verdictRetry                     // the same may succeed later
	verdictFatal                     // settings or rights: no retry can help
	verdictBisect                    // some document of the request is at fault
)

// The error types of Elasticsearch that matter here.
const (
	typeVersionConflict = "version_conflict_engine_exception"
	typeClusterBlock    = "cluster_block_exception"
	typeIndexClosed     = "index_closed_exception"
	typeInvalidAlias    = "invalid_alias_name_exception"
	typeIllegal         = "illegal_argument_exception"
)

// mappingTypes are the errors of a body that does not fit its mapping.
var mappingTypes = map[string]bool{
	"mapper_parsing_exception":         true,
	"document_parsing_exception":       true,
	"strict_dynamic_mapping_exception": true,
	"parsing_exception":                true,
	"x_content_parse_exception":        true,
}

// classifyItem says what an item of a bulk answer means. An unknown status is
// a reason to try again, never to drop.
func classifyItem(status int, errType string) (verdict, index.Outcome) {
	switch {
	case errType == typeVersionConflict:
		return verdictDone, index.Outcome{Status: index.StatusStale}
	case errType == typeClusterBlock:
		// A read-only index, most often a full disk: it ends without a restart.
		return verdictRetry, index.Outcome{}
	case errType == typeIndexClosed:
		return verdictFatal, index.Outcome{}
	case status == http.StatusOK || status == http.StatusCreated:
		if errType != "" {
			return verdictRetry, index.Outcome{}
		}
		return verdictDone, index.Outcome{Status: index.StatusWritten}
	case status == http.StatusRequestEntityTooLarge:
		return verdictDone, index.Rejection(index.CodeTooLarge, "the server takes no document of this size")
	case status == http.StatusBadRequest && mappingTypes[errType]:
		return verdictDone, index.Rejection(index.CodeMapping, "the document does not fit the mapping: "+plainType(errType))
	case status == http.StatusBadRequest:
		return verdictDone, index.Rejection(index.CodeRefused, "the server refuses the document: "+plainType(errType))
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return verdictFatal, index.Outcome{}
	}
	return verdictRetry, index.Outcome{}
}

// classifyRequest says what the status of a whole request other than 200 means.
func classifyRequest(status int, errType string) verdict {
	switch {
	case errType == typeClusterBlock:
		return verdictRetry
	case errType == typeIndexClosed, errType == typeInvalidAlias:
		return verdictFatal
	case status == http.StatusBadRequest, status == http.StatusRequestEntityTooLarge:
		return verdictBisect
	case status == http.StatusRequestTimeout, status == http.StatusTooManyRequests, status == http.StatusConflict:
		return verdictRetry
	case status >= 300 && status < 500:
		return verdictFatal
	}
	return verdictRetry
}

// plainType returns an error type that is safe to show: the server's own names
// only, in case something between here and there answers in its place.
func plainType(t string) string {
	if t == "" {
		return "no error type"
	}
	if len(t) > 80 || strings.Trim(t, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "an unknown error type"
	}
	return t
}
