package index

import (
	"fmt"
	"math"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// millisLayout is RFC 3339 with milliseconds, the form of every time.
const millisLayout = "2006-01-02T15:04:05.000Z"

// The first and the last millisecond that millisLayout can write (years 1 to 9999).
const (
	minMillis = -62135596800000
	maxMillis = 253402300799999
)

// formatMillis writes milliseconds since the Unix epoch, or "" for 0 (not
// known) and for what has no four-digit year.
func formatMillis(ms int64) string {
	if ms == 0 || ms < minMillis || ms > maxMillis {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format(millisLayout)
}

// finite returns f, or 0 where f is no number or infinite: JSON has neither.
func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// encode writes v as the body of a document. Invalid UTF-8 becomes U+FFFD, map
// keys are sorted, and every control character is escaped, so the body is one
// line and a function of v.
func encode(kind Kind, id string, version uint64, at string, v any) (Document, error) {
	body, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return Document{}, fmt.Errorf("encode %s document: %w", kind, err)
	}
	var t time.Time
	if at != "" {
		if t, err = time.Parse(millisLayout, at); err != nil {
			return Document{}, fmt.Errorf("encode %s document: %w", kind, err)
		}
	}
	return Document{Kind: kind, ID: id, Version: int64(version), Body: body, Time: t}, nil
}
