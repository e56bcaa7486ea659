package ad

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Validate checks an advert against the contract. It returns the first problem
// as a *FieldError, or nil; which one is first depends on the advert alone.
// Title and Text may hold any valid UTF-8; identifying fields may hold
// printable characters only, since they end up in keys and in lines of text.
func (a *Ad) Validate() error {
	if p := idProblem(a.ID); p != nil {
		return p.at("id")
	}
	if p := idProblem(a.Platform); p != nil {
		return p.at("platform")
	}
	if strings.IndexByte(a.Platform, '/') >= 0 {
		return invalid("platform", "contains a slash", "send the name of the site, for example jobs.example")
	}
	if a.PostedAt.IsZero() {
		return missing("posted_at")
	}
	if err := a.validateTimes(); err != nil {
		return err
	}
	if err := a.validateWords(); err != nil {
		return err
	}
	if err := a.validateOptional(); err != nil {
		return err
	}
	return a.validateLists()
}

func (a *Ad) validateTimes() error {
	var created time.Time
	if a.Seller != nil {
		created = a.Seller.CreatedAt
	}
	for _, t := range [...]struct {
		field string
		time  time.Time
	}{{"posted_at", a.PostedAt}, {"collected_at", a.CollectedAt}, {"updated_at", a.UpdatedAt}, {"seller.created_at", created}} {
		if t.time.IsZero() {
			continue
		}
		if err := checkYear(t.field, t.time.UTC()); err != nil {
			return err
		}
	}
	return nil
}

func (a *Ad) validateWords() error {
	if strings.TrimSpace(a.Title) == "" && strings.TrimSpace(a.Text) == "" {
		return &FieldError{Code: CodeMissing, Field: "text", Problem: "title and text are both missing or empty", Fix: "send at least one of them"}
	}
	if p := textProblem(a.Title, MaxTitleBytes); p != nil {
		return p.at("title")
	}
	return textProblem(a.Text, MaxTextBytes).at("text")
}

func (a *Ad) validateOptional() error {
	if p := valueProblem(a.Category); p != nil {
		return p.at("category")
	}
	if p := valueProblem(a.Language); p != nil {
		return p.at("language")
	}
	if p := valueProblem(a.URL); p != nil {
		return p.at("url")
	}
	if err := a.Price.validate(); err != nil {
		return err
	}
	if err := a.Location.validate(); err != nil {
		return err
	}
	return a.Seller.validate()
}

func (p *Price) validate() error {
	if p == nil {
		return nil
	}
	if e := valueProblem(p.Currency); e != nil {
		return e.at("price.currency")
	}
	switch p.Period {
	case "", "hour", "day", "week", "month", "year", "once":
	default:
		return invalid("price.period", "is not a known period", "send hour, day, week, month, year or once")
	}
	// Written so that NaN fails.
	if !(p.Amount >= 0) || math.IsInf(p.Amount, 0) {
		return invalid("price.amount", "is negative or not a number", "send zero or more")
	}
	return nil
}

func (s *Seller) validate() error {
	if s == nil {
		return nil
	}
	if p := valueProblem(s.ID); p != nil {
		return p.at("seller.id")
	}
	return valueProblem(s.Name).at("seller.name")
}

func (l *Location) validate() error {
	if l == nil {
		return nil
	}
	if l.Country != "" && !isAlpha2(l.Country) {
		return invalid("location.country", "is not a country code", "send two letters of ISO 3166-1, for example ID")
	}
	if l.Lat == nil && l.Lon != nil {
		return &FieldError{Code: CodeMissing, Field: "location.lat", Problem: "is missing while lon is there", Fix: "send both or neither"}
	}
	if l.Lat != nil && l.Lon == nil {
		return &FieldError{Code: CodeMissing, Field: "location.lon", Problem: "is missing while lat is there", Fix: "send both or neither"}
	}
	if l.Lat != nil && !(*l.Lat >= -90 && *l.Lat <= 90) {
		return invalid("location.lat", "is not a latitude", "send degrees from -90 to 90")
	}
	if l.Lon != nil && !(*l.Lon >= -180 && *l.Lon <= 180) {
		return invalid("location.lon", "is not a longitude", "send degrees from -180 to 180")
	}
	if p := valueProblem(l.Region); p != nil {
		return p.at("location.region")
	}
	return valueProblem(l.City).at("location.city")
}

func (a *Ad) validateLists() error {
	for _, l := range [...]struct {
		name string
		n    int
	}{{"contacts", len(a.Contacts)}, {"images", len(a.Images)}, {"attributes", len(a.Attributes)}} {
		if l.n > MaxListItems {
			return &FieldError{
				Code: CodeTooLarge, Field: l.name,
				Problem: fmt.Sprintf("has %d items", l.n), Fix: fmt.Sprintf("send at most %d", MaxListItems),
			}
		}
	}
	for i, c := range a.Contacts {
		switch c.Type {
		case "phone", "email", "handle", "link", "chat":
		default:
			return invalid(fmt.Sprintf("contacts.%d.type", i), "is not a known type", "send phone, email, handle, link or chat")
		}
		if c.Value == "" {
			return missing(fmt.Sprintf("contacts.%d.value", i))
		}
		if p := valueProblem(c.Value); p != nil {
			return p.at(fmt.Sprintf("contacts.%d.value", i))
		}
	}
	for i, img := range a.Images {
		if p := valueProblem(img.URL); p != nil {
			return p.at(fmt.Sprintf("images.%d.url", i))
		}
		if p := valueProblem(img.PHash); p != nil {
			return p.at(fmt.Sprintf("images.%d.phash", i))
		}
	}
	return a.validateAttributes()
}

// validateAttributes finds the problem of the first bad name in byte order, so
// that a replay gives the same error although a map has no order. Names are
// the platform's own, so the error does not tell them.
func (a *Ad) validateAttributes() error {
	var first string
	var found *FieldError
	for k, v := range a.Attributes {
		if found != nil && k >= first {
			continue
		}
		part, p := "a name ", idProblem(k)
		if p == nil {
			part, p = "a value ", valueProblem(v)
		}
		if p != nil {
			p.Problem = part + p.Problem
			first, found = k, p
		}
	}
	return found.at("attributes")
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
