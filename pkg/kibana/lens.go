package kibana

import "fmt"

// Every chart has one layer.
const (
	layerID  = "layer"
	layerRef = "indexpattern-datasource-layer-" + layerID
	// recordsField stands for the documents themselves.
	recordsField = "___records___"
)

// lensTypes are the names that Lens has for charts, seriesTypes those for the
// ones with axes.
var (
	lensTypes = map[string]string{
		chartMetric: "lnsMetric", chartBar: "lnsXY", chartRows: "lnsXY", chartLine: "lnsXY",
		chartTable: "lnsDatatable", chartPie: "lnsPie",
	}
	seriesTypes = map[string]string{chartBar: "bar_stacked", chartRows: "bar_horizontal_stacked", chartLine: "line"}
)

func bucketID(i int) string { return fmt.Sprintf("by%d", i) }

func metricID(i int) string { return fmt.Sprintf("metric%d", i) }

// lens returns the chart as Lens keeps it: columns, how they are drawn, and the
// filter.
func (n *panel) lens(v *dataView) (map[string]any, error) {
	columns, order := map[string]any{}, []string{}
	for i, b := range n.By {
		c, err := n.bucketColumn(b, v)
		if err != nil {
			return nil, fmt.Errorf("by %s: %w", b.Label, err)
		}
		columns[bucketID(i)] = c
		order = append(order, bucketID(i))
	}
	for i, m := range n.Metrics {
		c, err := metricColumn(m, v)
		if err != nil {
			return nil, fmt.Errorf("metric %s: %w", m.Label, err)
		}
		columns[metricID(i)] = c
		order = append(order, metricID(i))
	}
	return map[string]any{
		"title": n.Title, "description": sentences(n.About, oftenEmptyIf(n.OftenEmpty)),
		"type": panelLens, "visualizationType": lensTypes[n.Type],
		// Kibana only injects references that are listed here, too.
		"references": []reference{{ID: idOf(v.Name), Name: layerRef, Type: typeDataView}},
		"state": map[string]any{
			"adHocDataViews": map[string]any{}, "internalReferences": []any{}, "filters": []any{},
			"query": kuery(v.where(n.Where, n.All)),
			"datasourceStates": map[string]any{"formBased": map[string]any{"layers": map[string]any{
				layerID: map[string]any{
					"columns": columns, "columnOrder": order, "incompleteColumns": map[string]any{}, "sampling": 1,
				},
			}}},
			"visualization": n.visualization(),
		},
	}, nil
}

func column(label, kind, operation, source, scale string, bucketed bool, params map[string]any) map[string]any {
	c := map[string]any{
		"label": label, "customLabel": true, "dataType": kind, "operationType": operation,
		"scale": scale, "isBucketed": bucketed, "params": params,
	}
	if source != "" {
		c["sourceField"] = source
	}
	return c
}

func metricColumn(m metric, v *dataView) (map[string]any, error) {
	var c map[string]any
	f, known := v.lookup(m.Field)
	if !known && m.Do != doCount {
		return nil, fmt.Errorf("the data view has no field %q", m.Field)
	}
	where := m.Where
	switch m.Do {
	case doCount:
		c = column(m.Label, "number", "count", recordsField, "ratio", false, map[string]any{"emptyAsNull": false})
	case doUnique:
		c = column(m.Label, "number", "unique_count", m.Field, "ratio", false, map[string]any{"emptyAsNull": false})
	case doSum:
		c = column(m.Label, "number", "sum", m.Field, "ratio", false, map[string]any{"emptyAsNull": false})
	case doAverage, doMin, doMax, doMedian:
		c = column(m.Label, dataType(f.Type), m.Do, m.Field, "ratio", false, map[string]any{"emptyAsNull": true})
	case doPercentile:
		c = column(m.Label, "number", "percentile", m.Field, "ratio", false, map[string]any{"percentile": m.Percentile})
	case doLast:
		// As an array, since the field may hold several values; and a text has
		// no values to pick one from.
		c = column(m.Label, dataType(f.Type), "last_value", m.Field, "ordinal", false, map[string]any{
			"sortField": v.Time, "showArrayValues": dataType(f.Type) == "string",
		})
		where = joinFilters(m.Where, m.Field+": *")
	default:
		return nil, fmt.Errorf("do: %q is not known", m.Do)
	}
	if where != "" {
		c["filter"] = kuery(where)
	}
	return c, nil
}

func (n *panel) bucketColumn(b bucket, v *dataView) (map[string]any, error) {
	switch b.Do {
	case doDates:
		return column(b.Label, "date", "date_histogram", b.Field, "interval", true, map[string]any{
			"interval": "auto", "includeEmptyRows": true, "dropPartials": false,
		}), nil
	case doFilters:
		list := make([]any, 0, len(b.Filters))
		for _, f := range b.Filters {
			list = append(list, map[string]any{"label": f.Label, "input": kuery(f.Where)})
		}
		return column(b.Label, "string", "filters", "", "ordinal", true, map[string]any{"filters": list}), nil
	case doTerms:
		f, ok := v.lookup(b.Field)
		if !ok {
			return nil, fmt.Errorf("the data view has no field %q", b.Field)
		}
		by, direction := map[string]any{"type": "alphabetical", "fallback": false}, "asc"
		for i, m := range n.Metrics {
			if m.Label == b.Order {
				by, direction = map[string]any{"type": "column", "columnId": metricID(i)}, "desc"
			}
		}
		return column(b.Label, dataType(f.Type), "terms", b.Field, "ordinal", true, map[string]any{
			"size": b.Size, "orderBy": by, "orderDirection": direction,
			"otherBucket": false, "missingBucket": false, "parentFormat": map[string]any{"id": "terms"},
			"include": []any{}, "exclude": []any{}, "includeIsRegex": false, "excludeIsRegex": false,
		}), nil
	}
	return nil, fmt.Errorf("do: %q is not known", b.Do)
}

// visualization says how the columns are drawn.
func (n *panel) visualization() map[string]any {
	var buckets, metrics []string
	for i := range n.By {
		buckets = append(buckets, bucketID(i))
	}
	for i := range n.Metrics {
		metrics = append(metrics, metricID(i))
	}
	layer := map[string]any{"layerId": layerID, "layerType": "data"}
	switch n.Type {
	case chartMetric:
		layer["metricAccessor"] = metrics[0]
		if len(buckets) > 0 {
			layer["breakdownByAccessor"] = buckets[0]
		}
		return layer
	case chartTable:
		columns := []any{}
		for _, id := range append(buckets, metrics...) {
			columns = append(columns, map[string]any{"columnId": id, "isTransposed": false})
		}
		layer["columns"] = columns
		layer["paging"] = map[string]any{"size": 10, "enabled": true}
		layer["rowHeight"], layer["rowHeightLines"] = "auto", 1
		return layer
	case chartPie:
		layer["primaryGroups"], layer["metrics"] = buckets, metrics
		layer["numberDisplay"], layer["categoryDisplay"] = "percent", "default"
		layer["legendDisplay"], layer["nestedLegend"] = "show", false
		return map[string]any{"shape": "donut", "layers": []any{layer}}
	}
	series := seriesTypes[n.Type]
	layer["seriesType"], layer["xAccessor"], layer["accessors"] = series, buckets[0], metrics
	layer["position"], layer["showGridlines"] = "top", false
	several := len(buckets) > 1 || len(metrics) > 1
	if len(buckets) > 1 {
		layer["splitAccessor"] = buckets[1]
	}
	return map[string]any{
		"legend":      map[string]any{"isVisible": several, "position": "right", "showSingleSeries": false},
		"valueLabels": "hide", "fittingFunction": "None", "preferredSeriesType": series, "layers": []any{layer},
	}
}
