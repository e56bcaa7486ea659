package kibana

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// oftenEmpty ends the description of a search or chart that finds nothing in
// most feeds, so that nobody takes it for broken.
const oftenEmpty = "Often empty."

// searchIndexRef is the name under which a saved search refers to its data view.
const searchIndexRef = "kibanaSavedObjectMeta.searchSourceJSON.index"

// Build makes the saved objects from the *.yaml in the folder, as NDJSON: data
// views, then searches, then dashboards, each by name. The same sources give
// the same bytes. The error holds every problem of the sources, each with its
// place and the fix.
func Build(folder fs.FS) ([]byte, error) {
	s, err := readSources(folder)
	if err != nil {
		return nil, err
	}
	return s.build()
}

func (s *sources) build() ([]byte, error) {
	var out []object
	for _, v := range s.views {
		o, err := v.object()
		if err != nil {
			return nil, fmt.Errorf("data_view %s: %w", v.Name, err)
		}
		out = append(out, o)
	}
	for i := range s.searches {
		o, err := s.searchObject(&s.searches[i])
		if err != nil {
			return nil, fmt.Errorf("search %s: %w", s.searches[i].Name, err)
		}
		out = append(out, o)
	}
	for _, d := range s.dashboards {
		o, err := s.dashboardObject(d)
		if err != nil {
			return nil, fmt.Errorf("dashboard %s: %w", d.Name, err)
		}
		out = append(out, o)
	}
	return encode(out)
}

// idOf makes the id of an object; that of a data view is its index, too.
func idOf(name string) string { return DefaultPrefix + "-" + name }

func titleOf(s string) string { return titlePrefix + "] " + s }

// sentences joins texts with a space and leaves out empty ones.
func sentences(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}

func oftenEmptyIf(is bool) string {
	if is {
		return oftenEmpty
	}
	return ""
}

// inner encodes what Kibana keeps as JSON within a string.
func inner(v any) (string, error) {
	b, err := plainJSON(v)
	return string(b), err
}

// newObject encodes attributes; every value that must be JSON within a string
// stands in them as nested.
func newObject(key ObjectID, version string, attrs map[string]any, refs []reference) (object, error) {
	if err := settle(attrs); err != nil {
		return object{}, err
	}
	b, err := plainJSON(attrs)
	if err != nil {
		return object{}, err
	}
	if refs == nil {
		refs = []reference{}
	}
	return object{
		Attributes: b, CoreVersion: coreVersion, ID: key.ID, References: refs, Type: key.Type, TypeVersion: version,
	}, nil
}

// nested is a value that is kept as JSON within a string.
type nested struct{ of any }

// settle turns every nested value in m into its string.
func settle(m map[string]any) error {
	for k, v := range m {
		switch v := v.(type) {
		case nested:
			s, err := inner(v.of)
			if err != nil {
				return fmt.Errorf("%s: %w", k, err)
			}
			m[k] = s
		case map[string]any:
			if err := settle(v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *dataView) object() (object, error) {
	attrs, formats, runtime := map[string]any{}, map[string]any{}, map[string]any{}
	describe := func(name string, f field) {
		about := f.About
		if name == v.ID {
			about = sentences(about, Marker)
		}
		attrs[name] = map[string]any{"customLabel": f.Label, "customDescription": about}
		if f.Format != nil {
			params := f.Format.Params
			if params == nil {
				params = map[string]any{}
			}
			formats[name] = map[string]any{"id": f.Format.ID, "params": params}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(v.Fields)) {
		describe(k, v.Fields[k])
	}
	for _, k := range slices.Sorted(maps.Keys(v.Runtime)) {
		f := v.Runtime[k]
		describe(k, f)
		runtime[k] = map[string]any{"type": f.Type, "script": map[string]any{"source": strings.TrimSpace(f.Script)}}
	}
	return newObject(ObjectID{typeDataView, idOf(v.Name)}, dataViewVersion, map[string]any{
		"title": idOf(v.Name), "name": titleOf(v.Title), "timeFieldName": v.Time, "allowHidden": false,
		"fieldAttrs": nested{attrs}, "fieldFormatMap": nested{formats}, "runtimeFieldMap": nested{runtime},
		"fields": "[]", "sourceFilters": "[]", "typeMeta": "{}",
	}, nil)
}

// kuery is a filter as Kibana keeps it.
func kuery(where string) map[string]any {
	return map[string]any{"language": "kuery", "query": where}
}

// where joins the filter of a panel or search with that of its view.
func (v *dataView) where(where string, all bool) string {
	if all {
		return strings.TrimSpace(where)
	}
	return joinFilters(v.Where, where)
}

func (s *sources) mustView(name string) (*dataView, error) {
	for _, v := range s.views {
		if v.Name == name {
			return v, nil
		}
	}
	return nil, fmt.Errorf("there is no data view %q", name)
}

func (s *sources) searchObject(q *search) (object, error) {
	v, err := s.mustView(q.View)
	if err != nil {
		return object{}, err
	}
	name, direction, _ := strings.Cut(q.Sort, " ")
	return newObject(ObjectID{typeSearch, idOf(q.Name)}, searchVersion, map[string]any{
		"title":       titleOf(q.Title),
		"description": sentences(q.About, oftenEmptyIf(q.OftenEmpty), Marker),
		"columns":     q.Columns, "sort": [][2]string{{name, direction}},
		"grid": map[string]any{}, "hideChart": false, "isTextBasedQuery": false,
		"timeRestore": false, "usesAdHocDataView": false,
		"kibanaSavedObjectMeta": map[string]any{"searchSourceJSON": nested{map[string]any{
			"query": kuery(v.where(q.Where, q.All)), "filter": []any{}, "indexRefName": searchIndexRef,
		}}},
	}, []reference{{ID: idOf(v.Name), Name: searchIndexRef, Type: typeDataView}})
}
