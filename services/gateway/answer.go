package gateway

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"palermo.internal/pkg/ad"
)

// codePlatform is why a line is rejected that ad.Decode accepts.
const codePlatform ad.Code = "platform_not_allowed"

// Codes of the gateway's own, beside those of ad.Code. They are part of the
// interface (schemas/openapi.yaml).
const (
	codeUnack        = "not_acknowledged"
	codeUnauthorized = "unauthorized"
	codeNotFound     = "not_found"
	codeMethod       = "method_not_allowed"
	codeMediaType    = "unsupported_media_type"
	codeEncoding     = "unsupported_content_encoding"
	codeEmptyBody    = "empty_body"
	codeBadBody      = "bad_body"
	codeBodyTooLarge = "body_too_large"
	codeTimeout      = "timeout"
	codeRate         = "rate_limited"
	codeBusy         = "busy"
	codeStopping     = "stopping"
	codeUnavailable  = "kafka_unavailable"
	codeInternal     = "internal"
)

// answer is the body of every answer to a POST. Nothing in it is content of an
// advert.
type answer struct {
	RequestID string `json:"request_id"`
	// Accepted adverts are acknowledged by Kafka; Rejected ones are wrong;
	// Unacknowledged ones may or may not have been written.
	Accepted       int `json:"accepted"`
	Rejected       int `json:"rejected"`
	Unacknowledged int `json:"unacknowledged"`
	// ResendFrom is the first line that was not dealt with, 0 if there is none:
	// to send it and what follows again completes the request.
	ResendFrom int `json:"resend_from,omitempty"`
	// Error says why the request as a whole was refused or broken off.
	Error *problem `json:"error,omitempty"`
	// Errors are the first lines that were not accepted, in order;
	// ErrorsOmitted counts the others.
	Errors        []lineError `json:"errors"`
	ErrorsOmitted int         `json:"errors_omitted"`
}

// problem is what went wrong with a request, and what to do.
type problem struct {
	Code    string `json:"code"`
	Problem string `json:"problem"`
	Fix     string `json:"fix"`

	status     int
	retryAfter time.Duration
}

// Error makes a problem an error.
func (p *problem) Error() string { return p.Code + ": " + p.Problem }

// lineError is what is wrong with one line.
type lineError struct {
	Line    int    `json:"line"`
	Field   string `json:"field,omitempty"`
	Code    string `json:"code"`
	Problem string `json:"problem"`
	Fix     string `json:"fix"`
}

// status decides how a request that was read is answered.
func (a *answer) status(onlyForbidden, single bool) int {
	switch {
	case a.Error != nil:
		return a.Error.status
	case a.Accepted > 0:
		return http.StatusAccepted
	case a.Rejected == 0:
		a.Error = &problem{
			Code: codeEmptyBody, Problem: "the body holds no advert", Fix: "send one JSON object, or one a line",
			status: http.StatusBadRequest,
		}
		return a.Error.status
	case onlyForbidden:
		return http.StatusForbidden
	case single && a.Errors[0].Code == string(ad.CodeTooLarge) && a.Errors[0].Field == "":
		return http.StatusRequestEntityTooLarge
	default:
		return http.StatusUnprocessableEntity
	}
}

// write sends the answer. A client that has gone away is nobody's error.
func (a *answer) write(w http.ResponseWriter, status int) {
	slices.SortStableFunc(a.Errors, func(x, y lineError) int { return x.Line - y.Line })
	if a.Errors == nil {
		a.Errors = []lineError{}
	}
	body, err := json.Marshal(a)
	if err != nil {
		// Strings and numbers always marshal; should they not, say so.
		status, body = http.StatusInternalServerError, fmt.Appendf(nil, `{"error":{"code":%q}}`, codeInternal)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	if a.Error != nil && a.Error.retryAfter > 0 {
		seconds := (a.Error.retryAfter + time.Second - 1) / time.Second
		h.Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
