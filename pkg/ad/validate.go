package ad

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Validate checks an advert against the contract. It returns the first problem
// as a *FieldError, or nil. Title and Text may hold any valid UTF-8;
// identifying fields may hold no control characters, since they end up in keys
// and in lines of text.
func (a *Ad) Validate() error {
	if err := checkID("id", a.ID); err != nil {
		return err
	}
	if err := checkID("platform", a.Platform); err != nil {
		return err
	}
	if strings.ContainsRune(a.Platform, '/') {
		return &FieldError{Code: CodeValue, Field: "platform", Problem: "contains a slash", Fix: "send the name of the site, for example jobs.example"}
	}
	if a.PostedAt.IsZero() {
		return missing("posted_at")
	}
	for _, t := range []struct {
		field string
		year  int
	}{{"posted_at", a.PostedAt.Year()}, {"collected_at", a.CollectedAt.Year()}, {"updated_at", a.UpdatedAt.Year()}} {
		if t.year != 1 && (t.year < 1990 || t.year > 2200) {
			return &FieldError{Code: CodeValue, Field: t.field, Problem: "is out of range", Fix: "send a time between 1990 and 2200"}
		}
	}
	if strings.TrimSpace(a.Title) == "" && strings.TrimSpace(a.Text) == "" {
		return &FieldError{Code: CodeMissing, Field: "text", Problem: "title and text are both missing or empty", Fix: "send at least one of them"}
	}
	if err := a.validateOptional(); err != nil {
		return err
	}
	return a.validateLists()
}

func (a *Ad) validateOptional() error {
	type field struct{ name, value string }
	fields := []field{{"category", a.Category}, {"language", a.Language}, {"url", a.URL}}
	if a.Price != nil {
		fields = append(fields, field{"price.currency", a.Price.Currency})
		switch a.Price.Period {
		case "", "hour", "day", "week", "month", "year", "once":
		default:
			return &FieldError{Code: CodeValue, Field: "price.period", Problem: "is not a known period", Fix: "send hour, day, week, month, year or once"}
		}
		if a.Price.Amount < 0 {
			return &FieldError{Code: CodeValue, Field: "price.amount", Problem: "is negative", Fix: "send zero or more"}
		}
	}
	if l := a.Location; l != nil {
		fields = append(fields, field{"location.country", l.Country}, field{"location.region", l.Region}, field{"location.city", l.City})
		if l.Country != "" && !isAlpha2(l.Country) {
			return &FieldError{Code: CodeValue, Field: "location.country", Problem: "is not a country code", Fix: "send two letters of ISO 3166-1, for example ID"}
		}
		if (l.Lat == nil) != (l.Lon == nil) {
			return &FieldError{Code: CodeMissing, Field: "location.lon", Problem: "lat and lon do not come together", Fix: "send both or neither"}
		}
		if l.Lat != nil && !(*l.Lat >= -90 && *l.Lat <= 90 && *l.Lon >= -180 && *l.Lon <= 180) {
			return &FieldError{Code: CodeValue, Field: "location.lat", Problem: "is not a place on earth", Fix: "send degrees: lat -90 to 90, lon -180 to 180"}
		}
	}
	if s := a.Seller; s != nil {
		fields = append(fields, field{"seller.id", s.ID}, field{"seller.name", s.Name})
	}
	for _, f := range fields {
		if err := checkValue(f.name, f.value); err != nil {
			return err
		}
	}
	return nil
}

func (a *Ad) validateLists() error {
	for _, l := range []struct {
		name string
		n    int
	}{{"contacts", len(a.Contacts)}, {"images", len(a.Images)}, {"attributes", len(a.Attributes)}} {
		if l.n > MaxListItems {
			return &FieldError{Code: CodeTooLarge, Field: l.name, Problem: fmt.Sprintf("has %d items", l.n), Fix: fmt.Sprintf("send at most %d", MaxListItems)}
		}
	}
	for i, c := range a.Contacts {
		name := fmt.Sprintf("contacts.%d", i)
		switch c.Type {
		case "phone", "email", "handle", "link", "chat":
		default:
			return &FieldError{Code: CodeValue, Field: name + ".type", Problem: "is not a known type", Fix: "send phone, email, handle, link or chat"}
		}
		if c.Value == "" {
			return missing(name + ".value")
		}
		if err := checkValue(name+".value", c.Value); err != nil {
			return err
		}
	}
	for i, img := range a.Images {
		if err := checkValue(fmt.Sprintf("images.%d.url", i), img.URL); err != nil {
			return err
		}
		if err := checkValue(fmt.Sprintf("images.%d.phash", i), img.PHash); err != nil {
			return err
		}
	}
	for k, v := range a.Attributes {
		if err := checkID("attributes", k); err != nil {
			return err
		}
		if err := checkValue("attributes."+Printable(k, 60), v); err != nil {
			return err
		}
	}
	return nil
}

// cut brings title and text down to their limits.
func (a *Ad) cut() {
	if len(a.Title) > MaxTitleBytes {
		a.Title, a.Truncated = strings.Clone(cutRunes(a.Title, MaxTitleBytes)), true
	}
	if len(a.Text) > MaxTextBytes {
		a.Text, a.Truncated = strings.Clone(cutRunes(a.Text, MaxTextBytes)), true
	}
}

func cutRunes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func missing(field string) error {
	return &FieldError{Code: CodeMissing, Field: field, Problem: "is missing or empty", Fix: "send it; it is required"}
}

func checkID(field, s string) error {
	if s == "" {
		return missing(field)
	}
	if len(s) > MaxIDBytes {
		return &FieldError{Code: CodeTooLarge, Field: field, Problem: fmt.Sprintf("has %d bytes", len(s)), Fix: fmt.Sprintf("send at most %d", MaxIDBytes)}
	}
	for _, r := range s {
		if !isPrintable(r) {
			return &FieldError{Code: CodeValue, Field: field, Problem: fmt.Sprintf("contains the control character U+%04X", r), Fix: "send printable characters only"}
		}
	}
	return nil
}

func checkValue(field, s string) error {
	if len(s) > MaxValueBytes {
		return &FieldError{Code: CodeTooLarge, Field: field, Problem: fmt.Sprintf("has %d bytes", len(s)), Fix: fmt.Sprintf("send at most %d", MaxValueBytes)}
	}
	if i := strings.IndexByte(s, 0); i >= 0 {
		return &FieldError{Code: CodeValue, Field: field, Problem: "contains a zero byte", Fix: "send printable characters only"}
	}
	return nil
}

// isPrintable reports whether r may stand in an identifying string: graphic
// characters, which leaves out control, format (bidirectional, zero-width),
// private-use and unassigned characters.
func isPrintable(r rune) bool {
	return r != utf8.RuneError && unicode.IsGraphic(r)
}

func isAlpha2(s string) bool {
	return len(s) == 2 && isLetter(s[0]) && isLetter(s[1])
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
