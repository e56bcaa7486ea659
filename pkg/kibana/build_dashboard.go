package kibana

import (
	"fmt"
	"strings"
)

func (s *sources) dashboardObject(d *dashboard) (object, error) {
	var refs []reference
	panels := make([]any, 0, len(d.Panels))
	for i := range d.Panels {
		p, needs, err := s.panelState(&d.Panels[i])
		if err != nil {
			return object{}, fmt.Errorf("panels[%d]: %w", i, err)
		}
		panels = append(panels, p)
		refs = append(refs, needs...)
	}
	attrs := map[string]any{
		"title":       titleOf(d.Title),
		"description": sentences(d.About, Marker),
		"panelsJSON":  nested{panels},
		"optionsJSON": nested{map[string]any{
			"hidePanelTitles": false, "syncColors": false, "syncCursor": true, "syncTooltips": false, "useMargins": true,
		}},
		"timeRestore": true, "timeFrom": d.From, "timeTo": d.To,
		"refreshInterval": map[string]any{"pause": true, "value": 60000},
		"kibanaSavedObjectMeta": map[string]any{"searchSourceJSON": nested{map[string]any{
			"query": kuery(""), "filter": []any{},
		}}},
	}
	if len(d.Controls) > 0 {
		controls := map[string]any{}
		for i, c := range d.Controls {
			id := fmt.Sprintf("control-%d", i)
			controls[id] = map[string]any{
				"type": "optionsListControl", "order": i, "grow": true, "width": "medium",
				"explicitInput": map[string]any{
					"id": id, "fieldName": c.Field, "title": c.Label, "singleSelect": c.Single,
					"searchTechnique": "prefix", "selectedOptions": []any{}, "enhancements": map[string]any{},
				},
			}
			refs = append(refs, reference{ID: idOf(c.View), Name: controlRef(id), Type: typeDataView})
		}
		attrs["controlGroupInput"] = map[string]any{
			"chainingSystem": "HIERARCHICAL", "controlStyle": "oneLine", "showApplySelections": false,
			"ignoreParentSettingsJSON": nested{map[string]any{
				"ignoreFilters": false, "ignoreQuery": false, "ignoreTimerange": false, "ignoreValidations": false,
			}},
			"panelsJSON": nested{controls},
		}
	}
	return newObject(ObjectID{typeDashboard, idOf(d.Name)}, dashboardVersion, attrs, refs)
}

// controlRef is the name under which a dashboard refers to the data view of a
// control, panelRef that of what a panel needs.
func controlRef(id string) string { return "controlGroup_" + id + ":optionsListDataView" }

func panelRef(panel, name string) string { return panel + ":" + name }

// panelID makes the id of a panel, within its dashboard, from the title: it
// stays when panels are moved.
func panelID(n *panel) string {
	title := n.Title
	if title == "" {
		title = "text"
	}
	var b strings.Builder
	gap := false
	for _, c := range strings.ToLower(title) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
		}
		gap = false
		b.WriteRune(c)
	}
	return b.String()
}

// panelState returns a panel as a dashboard keeps it, and what it refers to.
func (s *sources) panelState(n *panel) (map[string]any, []reference, error) {
	id := panelID(n)
	p := map[string]any{
		"gridData":   map[string]any{"x": n.At[0], "y": n.At[1], "w": n.At[2], "h": n.At[3], "i": id},
		"panelIndex": id,
	}
	if n.Title != "" {
		p["title"] = n.Title
	}
	switch {
	case n.Text != "":
		p["type"] = panelText
		p["embeddableConfig"] = map[string]any{"enhancements": map[string]any{}, "savedVis": map[string]any{
			"data":        map[string]any{"aggs": []any{}, "searchSource": map[string]any{"filter": []any{}, "query": kuery("")}},
			"description": "", "id": "", "title": "", "type": "markdown", "uiState": map[string]any{},
			"params": map[string]any{"fontSize": 12, "markdown": strings.TrimSpace(n.Text), "openLinksInNewTab": false},
		}}
		return p, nil, nil
	case n.Search != "":
		name := "panel_" + id
		p["type"], p["panelRefName"] = typeSearch, name
		p["embeddableConfig"] = map[string]any{"enhancements": map[string]any{}}
		return p, []reference{{ID: idOf(n.Search), Name: panelRef(id, name), Type: typeSearch}}, nil
	}
	v, err := s.mustView(n.View)
	if err != nil {
		return nil, nil, err
	}
	attrs, err := n.lens(v)
	if err != nil {
		return nil, nil, err
	}
	p["type"] = panelLens
	p["embeddableConfig"] = map[string]any{
		"attributes": attrs, "enhancements": map[string]any{},
		// The number of a metric chart has its label within.
		"hidePanelTitles": n.Type == chartMetric && len(n.By) == 0,
	}
	// Kibana takes the inner reference by its name and the id from here.
	return p, []reference{{ID: idOf(v.Name), Name: panelRef(id, layerRef), Type: typeDataView}}, nil
}
