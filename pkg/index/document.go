package index

import (
	"bytes"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Limits on one document.
const (
	// MaxIDBytes bounds a document id: Elasticsearch takes no longer one.
	MaxIDBytes = 512
	// MaxBodyBytes bounds one document. An advert has at most 1 MiB when it
	// comes in; its document holds the same text once, and what was found in it.
	MaxBodyBytes = 8 << 20
)

// Document is one document on its way into a store or out of it.
type Document struct {
	Kind Kind
	// ID has 1 to MaxIDBytes characters out of A-Z, a-z, 0-9, '-' and '_'.
	ID string
	// Version is above 0 and grows with the log: of two documents with one id
	// the store keeps the one with the higher version.
	Version int64
	// Body is one JSON object without a line feed, as AdDoc and ClusterDoc
	// encode it.
	Body []byte
	// Time is when the advert was posted or the cluster last seen; zero if not
	// known. It is in Body too; stores sort by the one in Body.
	Time time.Time
}

// ValidID reports whether id may name a document. Only these characters need
// no escape in any JSON, URL or file name.
func ValidID(id string) bool {
	if id == "" || len(id) > MaxIDBytes {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// Check returns why no store may take the document, as the Outcome to report,
// and whether there is such a reason.
func (d *Document) Check() (Outcome, bool) {
	switch {
	case !d.Kind.Valid():
		return Rejection(CodeDocument, "the kind is not known"), true
	case !ValidID(d.ID):
		return Rejection(CodeID, "the id is empty, too long or has a character outside A-Z a-z 0-9 - _"), true
	case d.Version <= 0:
		return Rejection(CodeVersion, "the version is not above 0"), true
	case len(d.Body) > MaxBodyBytes:
		return Rejection(CodeTooLarge, fmt.Sprintf("the document has %d bytes, the limit is %d", len(d.Body), MaxBodyBytes)), true
	case len(d.Body) < 2 || d.Body[0] != '{' || bytes.ContainsAny(d.Body, "\r\n") || !jsontext.Value(d.Body).IsValid():
		return Rejection(CodeDocument, "the body is not one JSON object on one line"), true
	}
	return Outcome{}, false
}

// Newest returns, by kind and id, which document of docs has the highest
// version, the last one of equals. Documents for which skip is true do not count.
func Newest(docs []Document, skip func(i int) bool) map[Key]int {
	newest := make(map[Key]int, len(docs))
	for i := range docs {
		if skip(i) {
			continue
		}
		k := docs[i].Key()
		if j, ok := newest[k]; !ok || docs[i].Version >= docs[j].Version {
			newest[k] = i
		}
	}
	return newest
}

// Key names a document among all kinds.
type Key struct {
	Kind Kind
	ID   string
}

// Key returns the document's key.
func (d *Document) Key() Key { return Key{d.Kind, d.ID} }
