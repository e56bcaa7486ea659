package kibana

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

const (
	sourceFolder = "../../deploy/kibana/src"
	byHand       = "../../deploy/kibana/palermo.ndjson"
	schemas      = "../../schemas/elasticsearch"
)

func builtObjects(t *testing.T) []object {
	t.Helper()
	objects, err := decode(SavedObjects())
	require.NoError(t, err)
	return objects
}

func attributesOf(t *testing.T, o *object) *attributes {
	t.Helper()
	a, err := o.read()
	require.NoError(t, err)
	return a
}

func TestTheFilesAreWhatTheSourcesGive(t *testing.T) {
	t.Parallel()
	want, err := Build(os.DirFS(sourceFolder))
	require.NoError(t, err)
	require.Equal(t, string(want), string(SavedObjects()), "run go generate ./kibana")
	have, err := os.ReadFile(byHand)
	require.NoError(t, err)
	require.Equal(t, string(want), string(have), "run go generate ./kibana")
	for range 5 {
		again, err := Build(os.DirFS(sourceFolder))
		require.NoError(t, err)
		require.Equal(t, string(want), string(again))
	}
}

func TestSavedObjectsIsACopy(t *testing.T) {
	t.Parallel()
	b := SavedObjects()
	b[0] = 'x'
	require.NotEqual(t, b[0], SavedObjects()[0])
}

// What Kibana checks when it imports: known types and versions, references that
// lead somewhere, JSON within strings.
func TestTheFileCanBeImported(t *testing.T) {
	t.Parallel()
	objects := builtObjects(t)
	there := map[ObjectID]bool{}
	types := map[string]int{}
	for i := range objects {
		there[objects[i].key()] = true
		types[objects[i].Type]++
	}
	require.Equal(t, map[string]int{typeDataView: 2, typeSearch: 12, typeDashboard: 4}, types)
	versions := map[string]string{typeDataView: dataViewVersion, typeSearch: searchVersion, typeDashboard: dashboardVersion}
	for i := range objects {
		o := &objects[i]
		require.Equal(t, versions[o.Type], o.TypeVersion)
		require.Equal(t, coreVersion, o.CoreVersion)
		require.True(t, strings.HasPrefix(o.ID, DefaultPrefix+"-"), o.ID)
		a := attributesOf(t, o)
		require.True(t, a.marked(), "%s", o.key())
		names := map[string]bool{}
		for _, r := range o.References {
			require.True(t, there[ObjectID{r.Type, r.ID}], "%s: %s", o.key(), r.ID)
			require.False(t, names[r.Name], "%s: %s", o.key(), r.Name)
			names[r.Name] = true
		}
		for _, s := range []string{a.FieldAttrs, a.FieldFormats, a.RuntimeFieldMap, a.Meta.SearchSource, a.Options, a.Panels, a.Controls.Panels, a.Controls.Ignore} {
			require.True(t, s == "" || json.Valid([]byte(s)), "%s: %s", o.key(), s)
		}
		if o.Type == typeDashboard {
			checkDashboardObject(t, o, a)
		}
	}
}

func checkDashboardObject(t *testing.T, o *object, a *attributes) {
	t.Helper()
	panels, err := a.panels()
	require.NoError(t, err)
	used := map[string]bool{}
	ids := map[string]bool{}
	texts := ""
	for i, p := range panels {
		at := o.ID + " / " + p.Index
		require.NotEmpty(t, p.Index, at)
		require.False(t, ids[p.Index], at)
		ids[p.Index] = true
		require.Equal(t, p.Index, p.Grid.I, at)
		g := p.Grid
		require.True(t, g.X >= 0 && g.Y >= 0 && g.W > 0 && g.H > 0 && g.X+g.W <= 48, at)
		for _, q := range panels[:i] {
			apart := g.X >= q.Grid.X+q.Grid.W || q.Grid.X >= g.X+g.W || g.Y >= q.Grid.Y+q.Grid.H || q.Grid.Y >= g.Y+g.H
			require.True(t, apart, "%s overlaps with %s", at, q.Index)
		}
		switch p.Type {
		case panelText:
			require.Equal(t, "markdown", p.Config.Text.Type, at)
			texts += p.Config.Text.Params.Markdown
		case typeSearch:
			used[panelRef(p.Index, p.Ref)] = true
		case panelLens:
			l := p.Config.Attributes
			require.Len(t, l.References, 1, at)
			used[panelRef(p.Index, l.References[0].Name)] = true
			require.Contains(t, o.References, reference{
				ID: l.References[0].ID, Name: panelRef(p.Index, l.References[0].Name), Type: typeDataView,
			}, at)
			checkLens(t, at, l)
		default:
			t.Fatalf("%s: panel of type %q", at, p.Type)
		}
	}
	controls, err := a.controls()
	require.NoError(t, err)
	for id := range controls {
		used[controlRef(id)] = true
	}
	for _, r := range o.References {
		require.True(t, used[r.Name], "%s: reference %s is used by nothing", o.ID, r.Name)
	}
	require.Len(t, used, len(o.References), "every use has its reference")
	require.Contains(t, texts, "A lead is not a verdict", "docs/responsible-use.md on every dashboard")
}

// A chart draws every column that it has, and has every column that it draws.
func checkLens(t *testing.T, at string, l *lensIn) {
	t.Helper()
	require.Equal(t, "kuery", l.State.Query.Language, at)
	require.Contains(t, []string{"lnsMetric", "lnsXY", "lnsDatatable", "lnsPie"}, l.Kind, at)
	layer, ok := l.State.Sources.Form.Layers[layerID]
	require.True(t, ok, at)
	require.Equal(t, slices.Sorted(maps.Keys(layer.Columns)), slices.Sorted(slices.Values(layer.Order)), at)
	var drawn any
	require.NoError(t, json.Unmarshal(l.State.Drawn, &drawn), at)
	named := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case string:
			named[v] = true
		}
	}
	walk(drawn)
	for id := range layer.Columns {
		require.True(t, named[id], "%s: column %s is not drawn", at, id)
	}
	for id := range named {
		if strings.HasPrefix(id, "by") || strings.HasPrefix(id, "metric") {
			require.Contains(t, layer.Columns, id, at)
		}
	}
}

func TestWordsKeepToWhatALeadIs(t *testing.T) {
	t.Parallel()
	text := strings.ToLower(string(SavedObjects()))
	for _, word := range []string{"trafficker", "victim", "guilty", "suspect", "criminal", "prove", "confirmed", "perpetrator", "probability of"} {
		require.NotContains(t, text, word)
	}
}

// mapped returns the types of the fields of a mapping by their names.
func mapped(t *testing.T, kind string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(schemas + "/" + kind + ".component.json")
	require.NoError(t, err)
	type property struct {
		Type       string              `json:"type"`
		Properties map[string]property `json:"properties"`
		Fields     map[string]property `json:"fields"`
	}
	var f struct {
		Template struct {
			Mappings property `json:"mappings"`
		} `json:"template"`
	}
	require.NoError(t, json.Unmarshal(b, &f))
	out := map[string]string{}
	var walk func(prefix string, m map[string]property)
	walk = func(prefix string, m map[string]property) {
		for name, p := range m {
			if p.Type != "" {
				out[prefix+name] = p.Type
			}
			walk(prefix+name+".", p.Properties)
			walk(prefix+name+".", p.Fields)
		}
	}
	walk("", f.Template.Mappings.Properties)
	require.NotEmpty(t, out)
	return out
}

func TestEveryFieldOfTheMappingsIsDescribed(t *testing.T) {
	t.Parallel()
	s, err := readSources(os.DirFS(sourceFolder))
	require.NoError(t, err)
	for _, v := range s.views {
		have := map[string]string{}
		for name, f := range v.Fields {
			have[name] = f.Type
		}
		require.Equal(t, mapped(t, v.Name), have)
	}
}

// The ways in which the file uses a field.
type fieldUse string

const (
	useDescribe  fieldUse = "describe"
	useShow      fieldUse = "show"
	useFilter    fieldUse = "filter"
	useSort      fieldUse = "sort"
	useAggregate fieldUse = "aggregate"
	useNumber    fieldUse = "number"
	useDate      fieldUse = "date"
	useCompare   fieldUse = "compare"
)

type usedField struct {
	name    string
	use     fieldUse
	path    string // of the nested object that the filter names
	runtime bool
	at      string
}

// usesOf returns every use of a field in the built file, by data view.
func usesOf(t *testing.T) map[string][]usedField {
	t.Helper()
	out := map[string][]usedField{}
	runtime := map[string]map[string]any{}
	add := func(kind string, u usedField) {
		_, u.runtime = runtime[kind][u.name]
		out[kind] = append(out[kind], u)
	}
	filter := func(kind, at, where string) {
		e, err := parseFilter(where)
		require.NoError(t, err, at)
		if e == nil {
			return
		}
		e.each(func(c comparison) {
			use := useFilter
			if rangeOps[c.op] != "" {
				use = useCompare
			}
			add(kind, usedField{name: c.field, use: use, path: c.path, at: at})
		})
	}
	kindOf := func(o *object, ref string) string {
		for _, r := range o.References {
			if r.Name == ref {
				return strings.TrimPrefix(r.ID, DefaultPrefix+"-")
			}
		}
		t.Fatalf("%s: no reference %s", o.key(), ref)
		return ""
	}
	objects := builtObjects(t)
	for i := range objects {
		o := &objects[i]
		a := attributesOf(t, o)
		switch o.Type {
		case typeDataView:
			kind := strings.TrimPrefix(o.ID, DefaultPrefix+"-")
			runtime[kind] = map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(a.RuntimeFieldMap), new(map[string]any)))
			m := map[string]any{}
			require.NoError(t, json.Unmarshal([]byte(a.RuntimeFieldMap), &m))
			runtime[kind] = m
			add(kind, usedField{name: a.TimeField, use: useDate, at: o.ID})
			for _, s := range []string{a.FieldAttrs, a.FieldFormats} {
				described := map[string]any{}
				require.NoError(t, json.Unmarshal([]byte(s), &described))
				for name := range described {
					add(kind, usedField{name: name, use: useDescribe, at: o.ID})
				}
			}
		case typeSearch:
			kind := kindOf(o, searchIndexRef)
			var s source
			require.NoError(t, json.Unmarshal([]byte(a.Meta.SearchSource), &s))
			filter(kind, o.ID, s.Query.Query)
			for _, c := range a.Columns {
				add(kind, usedField{name: c, use: useShow, at: o.ID})
			}
			for _, by := range a.Sort {
				add(kind, usedField{name: by[0], use: useSort, at: o.ID})
			}
		case typeDashboard:
			controls, err := a.controls()
			require.NoError(t, err)
			for id, c := range controls {
				add(kindOf(o, controlRef(id)), usedField{name: c.Input.Field, use: useAggregate, at: o.ID + " / " + id})
			}
			panels, err := a.panels()
			require.NoError(t, err)
			for _, p := range panels {
				if p.Type != panelLens {
					continue
				}
				at := o.ID + " / " + p.Index
				kind := kindOf(o, panelRef(p.Index, layerRef))
				filter(kind, at, p.Config.Attributes.State.Query.Query)
				for _, c := range p.Config.Attributes.State.Sources.Form.Layers[layerID].Columns {
					if c.Filter != nil {
						filter(kind, at, c.Filter.Query)
					}
					for _, f := range c.Params.Filters {
						filter(kind, at, f.Input.Query)
					}
					if c.Params.SortField != "" {
						add(kind, usedField{name: c.Params.SortField, use: useDate, at: at})
					}
					u := usedField{name: c.Field, at: at}
					switch c.Operation {
					case "count", "filters":
						continue
					case "terms", "unique_count":
						u.use = useAggregate
					case "date_histogram":
						u.use = useDate
					case "last_value":
						u.use = useShow
					case "min", "max":
						u.use = useNumber
						if c.DataType == "date" {
							u.use = useDate
						}
					default:
						u.use = useNumber
					}
					add(kind, u)
				}
			}
		}
	}
	return out
}

func TestEveryFieldIsMappedAndFitForItsUse(t *testing.T) {
	t.Parallel()
	uses := usesOf(t)
	require.Len(t, uses, 2)
	numbers := []string{"long", "double", "float"}
	fit := map[fieldUse][]string{
		useSort:      append([]string{"keyword", "date"}, numbers...),
		useAggregate: append([]string{"keyword", "boolean", "date"}, numbers...),
		useNumber:    numbers,
		useDate:      {"date"},
		useCompare:   append([]string{"date"}, numbers...),
		useFilter:    append([]string{"keyword", "text", "boolean", "date"}, numbers...),
	}
	for kind, list := range uses {
		types := mapped(t, kind)
		for _, u := range list {
			if u.runtime {
				require.NotContains(t, types, u.name, u.at)
				continue
			}
			typ, ok := types[u.name]
			require.True(t, ok, "%s: %s has no field %s", u.at, kind, u.name)
			if want, limited := fit[u.use]; limited {
				require.Contains(t, want, typ, "%s: %s for %s", u.at, u.name, u.use)
			}
			outer, _, inside := strings.Cut(u.name, ".")
			inside = inside && types[outer] == "nested"
			switch {
			case u.use == useDescribe:
			case inside:
				require.Contains(t, []fieldUse{useFilter, useCompare}, u.use, "%s: %s is in nested objects", u.at, u.name)
				require.Equal(t, outer, u.path, u.at)
			default:
				require.Empty(t, u.path, u.at)
			}
		}
	}
}

// filtersOf returns every filter of the built file once, by data view.
func filtersOf(t *testing.T) map[string][]string {
	t.Helper()
	s, err := readSources(os.DirFS(sourceFolder))
	require.NoError(t, err)
	out := map[string][]string{}
	add := func(view, where string) {
		if where = strings.TrimSpace(where); where != "" && !slices.Contains(out[view], where) {
			out[view] = append(out[view], where)
		}
	}
	whole := func(view, where string, all bool) {
		v, err := s.mustView(view)
		require.NoError(t, err)
		add(view, v.where(where, all))
	}
	for _, q := range s.searches {
		whole(q.View, q.Where, q.All)
	}
	for _, d := range s.dashboards {
		for _, p := range d.Panels {
			if p.View == "" {
				continue
			}
			whole(p.View, p.Where, p.All)
			for _, m := range p.Metrics {
				add(p.View, m.Where)
			}
			for _, b := range p.By {
				for _, f := range b.Filters {
					add(p.View, f.Where)
				}
			}
		}
	}
	return out
}

func TestDescriptionsFitWhatKibanaTakes(t *testing.T) {
	t.Parallel()
	objects := builtObjects(t)
	for i := range objects {
		if objects[i].Type != typeDataView {
			continue
		}
		var fields map[string]struct {
			Label string `json:"customLabel"`
			About string `json:"customDescription"`
		}
		require.NoError(t, json.Unmarshal([]byte(attributesOf(t, &objects[i]).FieldAttrs), &fields))
		for name, f := range fields {
			require.NotEmpty(t, f.Label, name)
			require.LessOrEqual(t, utf8.RuneCountInString(f.About), maxAbout, name)
		}
	}
}

func TestWithPrefix(t *testing.T) {
	t.Parallel()
	same, err := WithPrefix(SavedObjects(), DefaultPrefix)
	require.NoError(t, err)
	require.Equal(t, string(SavedObjects()), string(same))
	b, err := WithPrefix(SavedObjects(), "acme-2")
	require.NoError(t, err)
	require.NotContains(t, string(b), DefaultPrefix+"-")
	require.NotContains(t, string(b), titlePrefix+"]")
	require.Contains(t, string(b), "#/view/acme-2-one-cluster")
	objects, err := decode(b)
	require.NoError(t, err)
	require.Len(t, objects, len(builtObjects(t)))
	queries, err := Queries(b)
	require.NoError(t, err)
	for _, q := range queries {
		require.Contains(t, []string{"acme-2-ads", "acme-2-clusters"}, q.Index)
	}
	for _, bad := range []string{"", "Acme", "9a", "a_b", `a"`, "a b", strings.Repeat("a", 101)} {
		_, err := WithPrefix(SavedObjects(), bad)
		require.ErrorContains(t, err, "prefix:", bad)
	}
	_, err = WithPrefix([]byte(`{"type":"search","id":"other"}`), "acme")
	require.ErrorContains(t, err, "search other")
	_, err = WithPrefix([]byte("{"), "acme")
	require.ErrorContains(t, err, "line 1")
}
