package kibana

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Query is the request to Elasticsearch that a chart, a saved search or a
// control stands for, over all time.
type Query struct {
	// Name says where it stands: "dashboard / panel", "dashboard / control
	// field" or "search title", with titles as analysts see them.
	Name string
	// Index is the alias to search.
	Index string
	// Body is the body of a _search.
	Body json.RawMessage
	// OftenEmpty says that finding nothing is no fault.
	OftenEmpty bool

	// aggs are those of Body, to judge an answer by.
	aggs map[string]any
}

// Queries reads saved objects as Kibana would and returns the queries behind
// them, in the order of the file. It follows the references, so an object that
// is named but not there is an error. A date histogram has an automatic
// interval here; Kibana takes one from the time that is shown.
func Queries(ndjson []byte) ([]Query, error) {
	objects, err := decode(ndjson)
	if err != nil {
		return nil, fmt.Errorf("saved objects: %w", err)
	}
	r := &reader{objects: map[ObjectID]*object{}, views: map[string]*viewOf{}}
	for i := range objects {
		r.objects[objects[i].key()] = &objects[i]
	}
	var out []Query
	for i := range objects {
		o := &objects[i]
		a, err := o.read()
		if err != nil {
			return nil, fmt.Errorf("saved objects: %w", err)
		}
		var found []Query
		switch o.Type {
		case typeSearch:
			var q Query
			q, err = r.search(o, a)
			found = []Query{q}
		case typeDashboard:
			found, err = r.dashboard(o, a)
		}
		if err != nil {
			return nil, fmt.Errorf("saved objects: %s: %w", o.key(), err)
		}
		out = append(out, found...)
	}
	return out, nil
}

// viewOf is what a query needs of a data view.
type viewOf struct {
	index   string
	runtime map[string]any
}

// reader resolves references.
type reader struct {
	objects map[ObjectID]*object
	views   map[string]*viewOf
}

// referred returns the object that o names by a reference.
func (r *reader) referred(o *object, name, typ string) (*object, error) {
	i := slices.IndexFunc(o.References, func(f reference) bool { return f.Name == name && f.Type == typ })
	if i < 0 {
		return nil, fmt.Errorf("there is no reference %q of type %s", name, typ)
	}
	to := r.objects[ObjectID{typ, o.References[i].ID}]
	if to == nil {
		return nil, fmt.Errorf("reference %q: there is no %s %s in the file", name, typ, o.References[i].ID)
	}
	return to, nil
}

func (r *reader) view(o *object, name string) (*viewOf, error) {
	to, err := r.referred(o, name, typeDataView)
	if err != nil {
		return nil, err
	}
	if v := r.views[to.ID]; v != nil {
		return v, nil
	}
	a, err := to.read()
	if err != nil {
		return nil, err
	}
	if a.Title == "" {
		return nil, fmt.Errorf("%s names no index", to.key())
	}
	v := &viewOf{index: a.Title, runtime: map[string]any{}}
	if a.RuntimeFieldMap != "" {
		if err := json.Unmarshal([]byte(a.RuntimeFieldMap), &v.runtime); err != nil {
			return nil, fmt.Errorf("%s: runtimeFieldMap: %w", to.key(), err)
		}
	}
	r.views[to.ID] = v
	return v, nil
}

// make finishes a query: body is what stands beside query and runtime fields.
func (v *viewOf) make(name, where string, often bool, body map[string]any) (Query, error) {
	e, err := parseFilter(where)
	if err != nil {
		return Query{}, fmt.Errorf("%s: filter: %w", name, err)
	}
	body["query"] = map[string]any{"match_all": map[string]any{}}
	if e != nil {
		body["query"] = e.query()
	}
	body["track_total_hits"] = true
	if len(v.runtime) > 0 {
		body["runtime_mappings"] = v.runtime
	}
	b, err := plainJSON(body)
	if err != nil {
		return Query{}, fmt.Errorf("%s: %w", name, err)
	}
	aggs, _ := body["aggs"].(map[string]any)
	return Query{Name: name, Index: v.index, Body: b, OftenEmpty: often, aggs: aggs}, nil
}

// source is a filter as Kibana keeps it.
type source struct {
	Query struct {
		Language string `json:"language"`
		Query    string `json:"query"`
	} `json:"query"`
	IndexRef string `json:"indexRefName"`
}

func (r *reader) search(o *object, a *attributes) (Query, error) {
	var s source
	if err := json.Unmarshal([]byte(a.Meta.SearchSource), &s); err != nil {
		return Query{}, fmt.Errorf("searchSourceJSON: %w", err)
	}
	v, err := r.view(o, s.IndexRef)
	if err != nil {
		return Query{}, err
	}
	sorts := []any{}
	for _, by := range a.Sort {
		sorts = append(sorts, map[string]any{by[0]: map[string]any{"order": by[1], "unmapped_type": "boolean"}})
	}
	return v.make(a.Title, s.Query.Query, strings.Contains(a.Description, oftenEmpty), map[string]any{
		"size": 10, "sort": sorts, "fields": a.Columns, "_source": false,
	})
}

// panelIn is a panel of a dashboard as Kibana keeps it.
type panelIn struct {
	Type   string `json:"type"`
	Index  string `json:"panelIndex"`
	Title  string `json:"title"`
	Ref    string `json:"panelRefName"`
	Config struct {
		Attributes *lensIn `json:"attributes"`
		Text       *struct {
			Type   string `json:"type"`
			Params struct {
				Markdown string `json:"markdown"`
			} `json:"params"`
		} `json:"savedVis"`
	} `json:"embeddableConfig"`
	Grid struct {
		X, Y, W, H int
		I          string
	} `json:"gridData"`
}

// lensIn is the part of a Lens chart that makes its query.
type lensIn struct {
	Description string      `json:"description"`
	Kind        string      `json:"visualizationType"`
	References  []reference `json:"references"`
	State       struct {
		source
		Sources struct {
			Form struct {
				Layers map[string]layerIn `json:"layers"`
			} `json:"formBased"`
		} `json:"datasourceStates"`
		Drawn json.RawMessage `json:"visualization"`
	} `json:"state"`
}

type layerIn struct {
	Order   []string            `json:"columnOrder"`
	Columns map[string]columnIn `json:"columns"`
}

type columnIn struct {
	Label     string       `json:"label"`
	DataType  string       `json:"dataType"`
	Operation string       `json:"operationType"`
	Field     string       `json:"sourceField"`
	Bucketed  bool         `json:"isBucketed"`
	Filter    *filterIn    `json:"filter"`
	Params    columnParams `json:"params"`
}

type filterIn struct {
	Query string `json:"query"`
}

type columnParams struct {
	Size    int `json:"size"`
	OrderBy struct {
		Type   string `json:"type"`
		Column string `json:"columnId"`
	} `json:"orderBy"`
	Direction  string  `json:"orderDirection"`
	SortField  string  `json:"sortField"`
	Array      bool    `json:"showArrayValues"`
	Percentile float64 `json:"percentile"`
	Filters    []struct {
		Label string   `json:"label"`
		Input filterIn `json:"input"`
	} `json:"filters"`
}

// controlIn is a control of a dashboard.
type controlIn struct {
	Order int    `json:"order"`
	Type  string `json:"type"`
	Input struct {
		Field string `json:"fieldName"`
	} `json:"explicitInput"`
}

func (a *attributes) panels() ([]panelIn, error) {
	var panels []panelIn
	if err := json.Unmarshal([]byte(a.Panels), &panels); err != nil {
		return nil, fmt.Errorf("panelsJSON: %w", err)
	}
	return panels, nil
}

func (a *attributes) controls() (map[string]controlIn, error) {
	controls := map[string]controlIn{}
	if a.Controls.Panels == "" {
		return controls, nil
	}
	if err := json.Unmarshal([]byte(a.Controls.Panels), &controls); err != nil {
		return nil, fmt.Errorf("controlGroupInput: panelsJSON: %w", err)
	}
	return controls, nil
}

func (r *reader) dashboard(o *object, a *attributes) ([]Query, error) {
	var out []Query
	controls, err := a.controls()
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(controls)) {
		c := controls[id]
		v, err := r.view(o, controlRef(id))
		if err != nil {
			return nil, err
		}
		q, err := v.make(a.Title+" / control "+c.Input.Field, "", false, map[string]any{
			"size": 0, "aggs": map[string]any{"values": map[string]any{"terms": map[string]any{"field": c.Input.Field, "size": 10}}},
		})
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	panels, err := a.panels()
	if err != nil {
		return nil, err
	}
	for _, p := range panels {
		switch {
		case p.Ref != "":
			// A query of its own, with the search.
			if _, err := r.referred(o, panelRef(p.Index, p.Ref), p.Type); err != nil {
				return nil, fmt.Errorf("panel %s: %w", p.Index, err)
			}
		case p.Type == panelLens:
			q, err := r.chart(o, a.Title+" / "+p.Title, &p)
			if err != nil {
				return nil, fmt.Errorf("panel %s: %w", p.Index, err)
			}
			out = append(out, q)
		}
	}
	return out, nil
}

func (r *reader) chart(o *object, name string, p *panelIn) (Query, error) {
	l := p.Config.Attributes
	if l == nil || len(l.State.Sources.Form.Layers) != 1 || len(l.References) != 1 {
		return Query{}, errors.New("is not a chart with one layer and one data view")
	}
	v, err := r.view(o, panelRef(p.Index, l.References[0].Name))
	if err != nil {
		return Query{}, err
	}
	body := map[string]any{"size": 0}
	for _, layer := range l.State.Sources.Form.Layers {
		aggs, err := layer.aggs(layer.Order)
		if err != nil {
			return Query{}, err
		}
		if len(aggs) > 0 {
			body["aggs"] = aggs
		}
	}
	return v.make(name, l.State.Query.Query, strings.Contains(l.Description, oftenEmpty), body)
}
