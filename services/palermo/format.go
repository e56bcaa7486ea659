package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
)

// resultFormat writes result lines, which come as JSON, in the form asked for.
type resultFormat struct {
	name          string
	ads, clusters func(io.Writer) lineWriter
	// inPlace says that a result line is the JSON line itself.
	inPlace bool
}

// lineWriter writes one JSON line at a time.
type lineWriter interface {
	write(jsonLine []byte) error
	close() error
}

func formatNamed(name string) (resultFormat, error) {
	switch name {
	case "ndjson":
		plain := func(w io.Writer) lineWriter { return ndjsonWriter{w} }
		return resultFormat{name: name, ads: plain, clusters: plain, inPlace: true}, nil
	case "csv":
		return resultFormat{
			name: name,
			ads: func(w io.Writer) lineWriter {
				return newCSVWriter(w, []string{"platform", "id", "cluster_id", "score", "level", "typologies", "indicators", "evidence", "reason"}, adRow)
			},
			clusters: func(w io.Writer) lineWriter {
				return newCSVWriter(w, []string{
					"cluster_id", "size", "score", "level", "typologies", "first_seen", "last_seen",
					"platforms", "places", "contacts", "indicators", "reason", "members", "representative",
				}, clusterRow)
			},
		}, nil
	default:
		return resultFormat{}, usagef("-format %q is not known: use ndjson or csv", printable(name))
	}
}

type ndjsonWriter struct{ w io.Writer }

func (n ndjsonWriter) write(line []byte) error { _, err := n.w.Write(line); return err }
func (n ndjsonWriter) close() error            { return nil }

type csvWriter[T any] struct {
	w      *csv.Writer
	header []string
	row    func(T) []string
}

func newCSVWriter[T any](w io.Writer, header []string, row func(T) []string) *csvWriter[T] {
	return &csvWriter[T]{w: csv.NewWriter(w), header: header, row: row}
}

func (c *csvWriter[T]) write(line []byte) error {
	if err := c.writeHeader(); err != nil {
		return err
	}
	var v T
	if err := json.Unmarshal(line, &v); err != nil {
		return fmt.Errorf("convert to CSV: %w", err)
	}
	row := c.row(v)
	for i := range row {
		row[i] = safeCell(row[i])
	}
	return c.w.Write(row)
}

func (c *csvWriter[T]) writeHeader() error {
	if c.header == nil {
		return nil
	}
	header := c.header
	c.header = nil
	return c.w.Write(header)
}

func (c *csvWriter[T]) close() error {
	if err := c.writeHeader(); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}

// safeCell keeps a spreadsheet from reading ad text as a formula: a cell, or a
// line of it, that begins with a sign that starts one gets an apostrophe
// (OWASP, CSV injection; with the full-width forms and leading white space).
func safeCell(s string) string {
	if !strings.ContainsAny(s, "=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20") {
		return s
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		t := strings.TrimLeftFunc(l, func(r rune) bool { return unicode.IsSpace(r) && r != '\t' && r != '\r' })
		if t != "" && strings.ContainsRune("=+-@\t\r\uFF1D\uFF0B\uFF0D\uFF20", []rune(t)[0]) {
			lines[i] = "'" + l
		}
	}
	return strings.Join(lines, "\n")
}

func join(s []string) string { return strings.Join(s, "; ") }

func float(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func adRow(a adLine) []string {
	var ids, quotes []string
	for _, h := range a.Indicators {
		ids = append(ids, h.ID)
		for _, e := range h.Evidence {
			if e.Quote != "" {
				quotes = append(quotes, h.ID+": "+e.Quote)
			}
		}
	}
	return []string{a.Platform, a.ID, a.ClusterID, float(a.Score), a.Level, join(a.Typologies), join(ids), join(quotes), a.Reason}
}

func clusterRow(c clusterLine) []string {
	var ids, members []string
	for _, h := range c.Indicators {
		ids = append(ids, h.ID)
	}
	for _, m := range c.Members {
		members = append(members, m.Platform+"/"+m.ID)
	}
	return []string{
		c.ClusterID, strconv.Itoa(c.Size), float(c.Score), c.Level, join(c.Typologies), c.FirstSeen, c.LastSeen,
		join(c.Platforms), join(c.Places), join(c.Contacts), join(ids), c.Reason, join(members), c.Representative.Text,
	}
}
