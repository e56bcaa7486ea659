package wire

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// BulkFilter asks for the parts of the answer that are read, so that neither
// documents nor error texts come back.
var BulkFilter = []string{"errors", "error.type", "items.*._id", "items.*.status", "items.*.error.type"}

// Item is what the server says of one document.
type Item struct {
	ID     string `json:"_id"`
	Status int    `json:"status"`
	Error  struct {
		Type string `json:"type"`
	} `json:"error"`
}

type bulkAnswer struct {
	Errors *bool             `json:"errors"`
	Items  []map[string]Item `json:"items"`
}

// Lenient reads an answer: what is not needed may be as it likes.
var Lenient = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// DecodeBulk reads the answer to a bulk request of index actions on ids. An
// answer that does not fit the request, document by document, is an error: then
// nothing is known of any of them. The error holds nothing of the answer.
func DecodeBulk(b []byte, ids []string) ([]Item, error) {
	var a bulkAnswer
	if err := json.Unmarshal(b, &a, Lenient); err != nil {
		return nil, errors.New("the bulk answer is not readable")
	}
	if a.Errors == nil {
		return nil, errors.New("the bulk answer does not say whether there were errors")
	}
	if len(a.Items) != len(ids) {
		return nil, fmt.Errorf("the bulk answer is about %d documents, not %d", len(a.Items), len(ids))
	}
	out := make([]Item, len(ids))
	for i, m := range a.Items {
		it, ok := m["index"]
		if !ok || len(m) != 1 || it.ID != ids[i] || it.Status < 100 || it.Status > 599 {
			return nil, fmt.Errorf("item %d of the bulk answer is about something else", i)
		}
		out[i] = it
	}
	return out, nil
}

// ErrorType reads the type out of the answer of a request that failed; "" if
// there is none.
func ErrorType(b []byte) string {
	var a struct {
		Error jsontext.Value `json:"error"`
	}
	if err := json.Unmarshal(b, &a, Lenient); err != nil {
		return ""
	}
	var e struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(a.Error, &e, Lenient); err != nil {
		return ""
	}
	return e.Type
}
