package ad

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// wireAd is the JSON form. Times are strings so that a bad one is reported
// with its field and the form that is wanted.
type wireAd struct {
	ID          string            `json:"id"`
	Platform    string            `json:"platform"`
	PostedAt    string            `json:"posted_at"`
	CollectedAt string            `json:"collected_at"`
	UpdatedAt   string            `json:"updated_at"`
	Title       string            `json:"title"`
	Text        string            `json:"text"`
	Category    string            `json:"category"`
	Language    string            `json:"language"`
	Price       *Price            `json:"price"`
	Location    *Location         `json:"location"`
	Seller      *wireSeller       `json:"seller"`
	Contacts    []Contact         `json:"contacts"`
	URL         string            `json:"url"`
	Images      []Image           `json:"images"`
	Attributes  map[string]string `json:"attributes"`
	Unknown     jsontext.Value    `json:",embed"`
}

type wireSeller struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt string `json:"created_at"`
}

// byteOrderMark is U+FEFF in UTF-8, which some programs put before a text.
var byteOrderMark = []byte("\uFEFF")

// Decode reads one advert from JSON and checks it against the contract
// (schemas/ad.schema.json). A null stands for a field that was not sent.
// Unknown top-level fields are counted and dropped, over-long texts cut and
// marked, a leading byte order mark is skipped. The error is a *FieldError.
// The result shares no memory with b.
func Decode(b []byte) (*Ad, error) {
	b = bytes.TrimPrefix(b, byteOrderMark)
	if err := precheck(b); err != nil {
		return nil, err
	}
	var w wireAd
	if err := json.Unmarshal(b, &w); err != nil {
		return nil, explain(err)
	}
	a := &Ad{
		ID: w.ID, Platform: w.Platform, Title: w.Title, Text: w.Text,
		Category: w.Category, Language: w.Language, Price: w.Price,
		Location: w.Location, Contacts: w.Contacts, URL: w.URL,
		Images: w.Images, Attributes: w.Attributes,
		Ignored: countMembers(w.Unknown),
	}
	var err error
	if a.PostedAt, err = parseTime("posted_at", w.PostedAt); err != nil {
		return nil, err
	}
	if a.CollectedAt, err = parseTime("collected_at", w.CollectedAt); err != nil {
		return nil, err
	}
	if a.UpdatedAt, err = parseTime("updated_at", w.UpdatedAt); err != nil {
		return nil, err
	}
	if w.Seller != nil {
		a.Seller = &Seller{ID: w.Seller.ID, Name: w.Seller.Name}
		if a.Seller.CreatedAt, err = parseTime("seller.created_at", w.Seller.CreatedAt); err != nil {
			return nil, err
		}
	}
	a.cut()
	if err := a.Validate(); err != nil {
		return nil, err
	}
	return a, nil
}

// precheck refuses what must not reach the parser: size, encoding, depth.
func precheck(b []byte) error {
	switch {
	case len(b) > MaxMessageBytes:
		return &FieldError{
			Code:    CodeTooLarge,
			Problem: fmt.Sprintf("the advert has %d bytes", len(b)),
			Fix:     fmt.Sprintf("send at most %d bytes an advert", MaxMessageBytes),
		}
	case len(bytes.TrimSpace(b)) == 0:
		return &FieldError{Code: CodeEmpty, Problem: "the message is empty", Fix: "send one JSON object"}
	case !utf8.Valid(b):
		return &FieldError{
			Code:    CodeUTF8,
			Problem: fmt.Sprintf("byte %d is not valid UTF-8", firstInvalid(b)),
			Fix:     "encode the JSON as UTF-8",
		}
	}
	if depth(b) > MaxDepth {
		return &FieldError{
			Code:    CodeDepth,
			Problem: fmt.Sprintf("the JSON is nested more than %d levels deep", MaxDepth),
			Fix:     "send the fields of the contract only",
		}
	}
	return nil
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(b)
}

// depth returns the deepest nesting of brackets outside strings.
func depth(b []byte) int {
	var d, deepest int
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			d++
			deepest = max(deepest, d)
		case c == '}' || c == ']':
			d--
		}
	}
	return deepest
}

func countMembers(v jsontext.Value) int {
	if len(v) == 0 {
		return 0
	}
	d := jsontext.NewDecoder(bytes.NewReader(v))
	if _, err := d.ReadToken(); err != nil {
		return 0
	}
	n := 0
	for d.PeekKind() == '"' {
		if err := d.SkipValue(); err != nil {
			return n
		}
		if err := d.SkipValue(); err != nil {
			return n
		}
		n++
	}
	return n
}
