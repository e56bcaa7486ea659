package elastic

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// bulkFilter asks for the parts of the answer that are read, so that neither
// documents nor error texts come back.
var bulkFilter = []string{"errors", "error.type", "items.*._id", "items.*.status", "items.*.error.type"}

// item is what the server says of one document.
type item struct {
	ID     string `json:"_id"`
	Status int    `json:"status"`
	Error  struct {
		Type string `json:"type"`
	} `json:"error"`
}

type bulkAnswer struct {
	Errors *bool             `json:"errors"`
	Items  []map[string]item `json:"items"`
}

// answers is lenient about what it does not need: unknown members.
var answers = json.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// decodeBulk reads the answer to a bulk request of index actions on ids. An
// answer that does not fit the request, document by document, is an error: then
// nothing is known of any of them. The error holds nothing of the answer.
func decodeBulk(b []byte, ids []string) ([]item, error) {
	var a bulkAnswer
	if err := json.Unmarshal(b, &a, answers); err != nil {
		return nil, errors.New("the bulk answer is not readable")
	}
	if a.Errors == nil {
		return nil, errors.New("the bulk answer does not say whether there were errors")
	}
	if len(a.Items) != len(ids) {
		return nil, fmt.Errorf("the bulk answer is about %d documents, not %d", len(a.Items), len(ids))
	}
	out := make([]item, len(ids))
	for i, m := range a.Items {
		it, ok := m["index"]
		if !ok || len(m) != 1 || it.ID != ids[i] || it.Status < 100 || it.Status > 599 {
			return nil, fmt.Errorf("item %d of the bulk answer is about something else", i)
		}
		out[i] = it
	}
	return out, nil
}

// errorType reads the type out of the answer of a request that failed; "" if
// there is none.
func errorType(b []byte) string {
	var a struct {
		Error jsontext.Value `json:"error"`
	}
	if err := json.Unmarshal(b, &a, answers); err != nil {
		return ""
	}
	var e struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(a.Error, &e, answers); err != nil {
		return ""
	}
	return e.Type
}
