package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// lead is one row of the table that a person reads first.
type lead struct {
	clusterID  string
	level      string
	score      float64
	ads        int
	typologies []string
	places     []string
	reason     string
}

// tableWidth is how wide the table is, in columns.
const tableWidth = 110

// printLeads writes the strongest leads as a table, each with its reason below.
func printLeads(w io.Writer, leads []lead) error {
	if len(leads) == 0 {
		_, err := fmt.Fprintln(w, "No lead: nothing in this feed shows a published indicator strongly enough.")
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%3s  %-6s  %5s  %5s  %-34s  %s\n", "#", "LEVEL", "SCORE", "ADS", "TYPOLOGY", "CLUSTER")
	for i, l := range leads {
		fmt.Fprintf(&b, "%3d  %-6s  %5.3f  %5s  %-34s  %s\n", i+1, l.level, l.score, strconv.Itoa(l.ads),
			shorten(strings.Join(l.typologies, ", "), 34), l.clusterID)
		for _, line := range wrap(printableText(l.reason), tableWidth-5) {
			fmt.Fprintf(&b, "     %s\n", line)
		}
		if len(l.places) > 0 {
			fmt.Fprintf(&b, "     places: %s\n", shorten(printableText(strings.Join(l.places, ", ")), tableWidth-13))
		}
	}
	b.WriteString("\nA score orders leads for a person to read. It is no probability and no verdict.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// printableText makes a whole text fit for a terminal.
func printableText(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if r < 0x20 || (r >= 0x7f && r < 0xa0) || (r >= 0x200b && r <= 0x200f) || (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069) {
			return -1
		}
		return r
	}, s)
}

func shorten(s string, n int) string {
	r := []rune(s)
	if len(r) <= n {
		return s
	}
	return string(r[:n-1]) + "…"
}

func wrap(s string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
