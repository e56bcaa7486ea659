package ad

import "time"

// The years that a time in an advert may lie in, UTC: what is outside is a
// defect of the feed (seconds taken for milliseconds, a zero date), and would
// stretch every histogram over time.
const (
	minYear = 1990
	maxYear = 2200
)

// parseTime reads an RFC 3339 time. An empty string is a time that was not
// sent. Leap seconds are refused, as everywhere in Go.
func parseTime(field, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !isRFC3339(s, t) {
		return time.Time{}, &FieldError{
			Code: CodeValue, Field: field, Problem: "is not a time",
			Fix: "send RFC 3339, for example 2026-11-24T08:30:00Z",
		}
	}
	// Year 1 would otherwise be taken for a time that was not sent.
	if err := checkYear(field, t.UTC()); err != nil {
		return time.Time{}, err
	}
	return t.UTC(), nil
}

func checkYear(field string, t time.Time) error {
	if y := t.Year(); y < minYear || y > maxYear {
		return &FieldError{Code: CodeValue, Field: field, Problem: "is out of range", Fix: "send a time between the years 1990 and 2200"}
	}
	return nil
}

// isRFC3339 refuses what time.Parse lets pass and other readers of a feed would
// not: one-digit hours, a comma before the fraction, a zone a day away.
func isRFC3339(s string, t time.Time) bool {
	const hour, second = len("2006-01-02T15"), len("2006-01-02T15:04:05")
	_, zone := t.Zone()
	return len(s) > second && s[hour] == ':' && s[second] != ',' && zone > -24*3600 && zone < 24*3600
}
