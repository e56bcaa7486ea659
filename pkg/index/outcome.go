package index

// Status is what became of one document of a Write.
type Status uint8

// The statuses of a document that was written.
const (
	// StatusWritten means that the document is durable and, after a refresh, found.
	StatusWritten Status = iota + 1
	// StatusStale means that a newer version is already durable. It is a success.
	StatusStale
	// StatusRejected means that the store will never take this document.
	StatusRejected
)

// String returns the status as one word, as metrics show it.
func (s Status) String() string {
	switch s {
	case StatusWritten:
		return "written"
	case StatusStale:
		return "stale"
	case StatusRejected:
		return "rejected"
	default:
		return "unknown"
	}
}

// Code says why a document was rejected. The list is closed.
type Code string

// The reasons for which a store rejects a document.
const (
	// CodeID is an id that ValidID refuses.
	CodeID Code = "bad_id"
	// CodeVersion is a version that is not above 0.
	CodeVersion Code = "bad_version"
	// CodeDocument is a body that is no JSON object on one line, or that lacks
	// what its kind must have.
	CodeDocument Code = "bad_document"
	// CodeTooLarge is a document over the limit of this package or of the server.
	CodeTooLarge Code = "too_large"
	// CodeMapping is a body that does not fit the index's mapping.
	CodeMapping Code = "mapping"
	// CodeRefused is any other refusal that no retry can change.
	CodeRefused Code = "refused"
)

// Codes returns every reason, so that counters can be made at 0.
func Codes() []Code {
	return []Code{CodeID, CodeVersion, CodeDocument, CodeTooLarge, CodeMapping, CodeRefused}
}

// Outcome is what became of one document.
type Outcome struct {
	Status Status
	// Code and Reason are set for StatusRejected. Reason is written by this
	// project, in words that hold nothing of the document.
	Code   Code
	Reason string
}

// Rejection returns the outcome of a document that no store can take.
func Rejection(code Code, reason string) Outcome {
	return Outcome{Status: StatusRejected, Code: code, Reason: reason}
}
