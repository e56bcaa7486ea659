package kibana

import "fmt"

// aggs returns the aggregations of the columns in order, each way of dividing
// within the one before it and the numbers innermost.
func (l layerIn) aggs(order []string) (map[string]any, error) {
	if len(order) == 0 {
		return map[string]any{}, nil
	}
	id := order[0]
	c, ok := l.Columns[id]
	switch {
	case !ok:
		return nil, fmt.Errorf("column %s is in the order and nowhere else", id)
	case !c.Bucketed:
		out := map[string]any{}
		for _, id := range order {
			m, ok := l.Columns[id]
			if !ok || m.Bucketed {
				return nil, fmt.Errorf("column %s is no number", id)
			}
			agg, err := m.metricAgg()
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", id, err)
			}
			if agg != nil {
				out[id] = agg
			}
		}
		return out, nil
	}
	agg, err := l.bucketAgg(c)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", id, err)
	}
	below, err := l.aggs(order[1:])
	if err != nil {
		return nil, err
	}
	// What values are ordered by must stand beside them.
	if by := c.Params.OrderBy; c.Operation == "terms" && by.Type == "column" && below[by.Column] == nil {
		m, err := l.Columns[by.Column].metricAgg()
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", by.Column, err)
		}
		if m != nil {
			below[by.Column] = m
		}
	}
	if len(below) > 0 {
		agg["aggs"] = below
	}
	return map[string]any{id: agg}, nil
}

func (l layerIn) bucketAgg(c columnIn) (map[string]any, error) {
	switch c.Operation {
	case "date_histogram":
		return map[string]any{"auto_date_histogram": map[string]any{"field": c.Field, "buckets": 50}}, nil
	case "filters":
		named := map[string]any{}
		for _, f := range c.Params.Filters {
			e, err := requiredFilter(f.Input.Query)
			if err != nil {
				return nil, fmt.Errorf("filter %s: %w", f.Label, err)
			}
			named[f.Label] = e.query()
		}
		return map[string]any{"filters": map[string]any{"filters": named}}, nil
	case "terms":
		order := map[string]any{"_key": c.Params.Direction}
		if by := c.Params.OrderBy; by.Type == "column" {
			m, ok := l.Columns[by.Column]
			if !ok {
				return nil, fmt.Errorf("ordered by column %s, which is not there", by.Column)
			}
			order = map[string]any{by.Column: c.Params.Direction}
			if m.Operation == "count" && m.Filter == nil {
				order = map[string]any{"_count": c.Params.Direction}
			}
		}
		return map[string]any{"terms": map[string]any{"field": c.Field, "size": c.Params.Size, "order": order}}, nil
	}
	return nil, fmt.Errorf("operation %q is not known", c.Operation)
}

// valueAgg names the aggregation of a number inside the filter of its column.
const valueAgg = "value"

// metricAgg returns the aggregation of a number; nil if it is the number of
// documents, which every answer has.
func (c columnIn) metricAgg() (map[string]any, error) {
	field := map[string]any{"field": c.Field}
	var agg map[string]any
	switch c.Operation {
	case "count":
	case "unique_count":
		agg = map[string]any{"cardinality": field}
	case "sum", "min", "max":
		agg = map[string]any{c.Operation: field}
	case "average":
		agg = map[string]any{"avg": field}
	case "median":
		agg = map[string]any{"percentiles": map[string]any{"field": c.Field, "percents": []float64{50}}}
	case "percentile":
		agg = map[string]any{"percentiles": map[string]any{"field": c.Field, "percents": []float64{c.Params.Percentile}}}
	case "last_value":
		latest := []any{map[string]any{c.Params.SortField: "desc"}}
		if c.Params.Array {
			agg = map[string]any{"top_hits": map[string]any{
				"size": 1, "sort": latest, "_source": false, "fields": []string{c.Field},
			}}
		} else {
			agg = map[string]any{"top_metrics": map[string]any{
				"metrics": field, "size": 1, "sort": map[string]any{c.Params.SortField: "desc"},
			}}
		}
	default:
		return nil, fmt.Errorf("operation %q is not known", c.Operation)
	}
	if c.Filter == nil {
		return agg, nil
	}
	e, err := requiredFilter(c.Filter.Query)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	out := map[string]any{"filter": e.query()}
	if agg != nil {
		out["aggs"] = map[string]any{valueAgg: agg}
	}
	return out, nil
}
