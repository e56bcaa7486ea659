package kibana

import (
	"fmt"
	"slices"
)

func (s *sources) checkDashboard(p *problems, at string, d *dashboard) {
	p.text(at, "title", d.Title)
	p.text(at, "about", d.About)
	if d.From == "" || d.To == "" {
		p.add(at, "from and to: say which time is shown at first, for example now-24h and now")
	}
	for _, c := range d.Controls {
		at := fmt.Sprintf("%s: control %s", at, c.Field)
		p.text(at, "label", c.Label)
		if v := s.view(p, at, c.View); v != nil {
			p.aggregatable(at, c.Field, v)
		}
	}
	if len(d.Panels) == 0 {
		p.add(at, "panels: is empty")
	}
	seen := map[string]bool{}
	for i := range d.Panels {
		n := &d.Panels[i]
		at := fmt.Sprintf("%s: panels[%d] %s", at, i, n.Title)
		s.checkPanel(p, at, n)
		if id := panelID(n); id == "" || seen[id] {
			p.add(at, "title: must have a letter or digit and differ from those of the other panels")
		} else {
			seen[id] = true
		}
		if x, y, w, h := n.At[0], n.At[1], n.At[2], n.At[3]; x < 0 || y < 0 || w < 1 || h < 1 ||
			x > gridColumns || w > gridColumns || x+w > gridColumns || y > maxGridRows || h > maxGridRows {
			p.add(at, "at: must be [x, y, width, height] within %d columns and %d rows", gridColumns, maxGridRows)
		}
		for j := range i {
			if overlap(n.At, d.Panels[j].At) {
				p.add(at, "at: overlaps with panels[%d] %s", j, d.Panels[j].Title)
			}
		}
	}
}

func overlap(a, b [4]int) bool {
	return a[0] < b[0]+b[2] && b[0] < a[0]+a[2] && a[1] < b[1]+b[3] && b[1] < a[1]+a[3]
}

func (s *sources) checkPanel(p *problems, at string, n *panel) {
	switch {
	case n.Text != "" && n.Search == "" && n.Type == "":
	case n.Search != "" && n.Text == "" && n.Type == "":
		if !slices.ContainsFunc(s.searches, func(q search) bool { return q.Name == n.Search }) {
			p.add(at, "search: there is no search %q", n.Search)
		}
	case n.Type != "" && n.Text == "" && n.Search == "":
		s.checkChart(p, at, n)
	default:
		p.add(at, "needs one of text, search and type")
	}
}

// shape says how many metrics and ways of dividing a chart takes.
type shape struct{ minMetrics, maxMetrics, minBy, maxBy int }

var shapes = map[string]shape{
	chartMetric: {1, 1, 0, 1},
	chartBar:    {1, 8, 1, 2},
	chartRows:   {1, 8, 1, 2},
	chartLine:   {1, 8, 1, 2},
	chartTable:  {1, 20, 1, 4},
	chartPie:    {1, 1, 1, 2},
}

func (s *sources) checkChart(p *problems, at string, n *panel) {
	of, ok := shapes[n.Type]
	switch {
	case !ok:
		p.add(at, "type: %q is not one of metric, bar, rows, line, table and pie", n.Type)
		return
	case len(n.Metrics) < of.minMetrics || len(n.Metrics) > of.maxMetrics:
		p.add(at, "metrics: a %s has %d to %d", n.Type, of.minMetrics, of.maxMetrics)
	case len(n.By) < of.minBy || len(n.By) > of.maxBy:
		p.add(at, "by: a %s has %d to %d", n.Type, of.minBy, of.maxBy)
	case n.Type != chartTable && n.Type != chartPie && len(n.Metrics) > 1 && len(n.By) > 1:
		p.add(at, "metrics: with two ways of dividing there is room for one")
	}
	v := s.view(p, at, n.View)
	if v == nil {
		return
	}
	p.filter(at+": where", n.Where, v)
	labels := map[string]bool{}
	for _, m := range n.Metrics {
		at := at + ": metric " + m.Label
		if m.Label == "" || labels[m.Label] {
			p.add(at, "label: must be there and differ from the others")
		}
		labels[m.Label] = true
		p.filter(at+": where", m.Where, v)
		p.metric(at, m, v)
	}
	for _, b := range n.By {
		at := at + ": by " + b.Label
		if b.Label == "" || labels[b.Label] {
			p.add(at, "label: must be there and differ from the others")
		}
		labels[b.Label] = true
		p.bucket(at, b, n, v)
	}
}

func (p *problems) metric(at string, m metric, v *dataView) {
	if (m.Do == doPercentile) != (m.Percentile > 0 && m.Percentile < 100) {
		p.add(at, "percentile: must be above 0 and below 100 for do: percentile, and is for nothing else")
	}
	switch m.Do {
	case doCount:
		if m.Field != "" {
			p.add(at, "field: a count has none; use unique_count for distinct values")
		}
	case doUnique:
		p.aggregatable(at, m.Field, v)
	case doLast:
		f, ok := v.lookup(m.Field)
		if _, nested := v.nestedIn(m.Field); !ok || nested || f.Type == "nested" || f.Type == "geo_point" {
			p.add(at, "field: %q has no value that can be shown", m.Field)
		}
	case doMin, doMax:
		if f := p.aggregatable(at, m.Field, v); f.Type != "" && dataType(f.Type) != "number" && f.Type != "date" {
			p.add(at, "field: %s is neither a number nor a date", m.Field)
		}
	case doSum, doAverage, doMedian, doPercentile:
		if f := p.aggregatable(at, m.Field, v); f.Type != "" && dataType(f.Type) != "number" {
			p.add(at, "field: %s is not a number", m.Field)
		}
	default:
		p.add(at, "do: %q is not one of count, unique_count, sum, average, min, max, median, percentile and last", m.Do)
	}
}

func (p *problems) bucket(at string, b bucket, n *panel, v *dataView) {
	if b.Do != doTerms && (b.Size != 0 || b.Order != "") {
		p.add(at, "size and order: are for do: terms")
	}
	if (b.Do == doFilters) != (len(b.Filters) > 0) {
		p.add(at, "filters: are for do: filters, and needed there")
	}
	switch b.Do {
	case doTerms:
		p.aggregatable(at, b.Field, v)
		if b.Size < 1 || b.Size > maxTerms {
			p.add(at, "size: must be 1 to %d", maxTerms)
		}
		if b.Order == "" {
			return
		}
		i := slices.IndexFunc(n.Metrics, func(m metric) bool { return m.Label == b.Order })
		if i < 0 {
			p.add(at, "order: there is no metric %q", b.Order)
		} else if !sortable(n.Metrics[i]) {
			p.add(at, "order: values cannot be ordered by a metric that is last, a median, a percentile or has a where")
		}
	case doDates:
		if f := p.aggregatable(at, b.Field, v); f.Type != "date" {
			p.add(at, "field: %q is not a date", b.Field)
		}
	case doFilters:
		if b.Field != "" {
			p.add(at, "field: the filters name theirs")
		}
		for _, f := range b.Filters {
			p.text(at, "label", f.Label)
			if _, err := requiredFilter(f.Where); err != nil {
				p.add(at+": "+f.Label, "%w", err)
				continue
			}
			p.filter(at+": "+f.Label, f.Where, v)
		}
	default:
		p.add(at, "do: %q is not one of terms, dates and filters", b.Do)
	}
}

// sortable reports whether Elasticsearch can order values by the metric.
func sortable(m metric) bool {
	return m.Where == "" && m.Do != doLast && m.Do != doMedian && m.Do != doPercentile
}
