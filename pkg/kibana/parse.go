package kibana

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Bounds of the sources.
const (
	maxSourceBytes = 1 << 20
	// maxAbout is what Kibana takes as the description of a field.
	maxAbout = 300
	// gridColumns is the width of a dashboard.
	gridColumns = 48
	maxGridRows = 1000
	maxTerms    = 1000
)

// sources is everything that was read, in the order of names.
type sources struct {
	views      []*dataView
	searches   []search
	dashboards []*dashboard
}

// nameForm is what a short name looks like: it becomes a part of an id.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// readSources reads every *.yaml of the folder and checks it.
func readSources(folder fs.FS) (*sources, error) {
	names, err := fs.Glob(folder, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the sources: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("there is no *.yaml among the sources")
	}
	var out sources
	var errs []error
	for _, name := range names {
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read source: %w", err)
		}
		f, err := parseSource(b)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path.Base(name), err))
			continue
		}
		if f.DataView != nil {
			out.views = append(out.views, f.DataView)
		}
		out.searches = append(out.searches, f.Searches...)
		if f.Dashboard != nil {
			out.dashboards = append(out.dashboards, f.Dashboard)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	slices.SortFunc(out.views, func(a, b *dataView) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(out.searches, func(a, b search) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(out.dashboards, func(a, b *dashboard) int { return cmp.Compare(a.Name, b.Name) })
	return &out, out.check()
}

// parseSource reads one file. Unknown keys are errors, since a misspelt one
// would change what a chart shows and nobody would notice.
func parseSource(b []byte) (*sourceFile, error) {
	if len(b) > maxSourceBytes {
		return nil, fmt.Errorf("the file is longer than %d bytes", maxSourceBytes)
	}
	if !utf8.Valid(b) {
		return nil, errors.New("the file is not UTF-8")
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	var f sourceFile
	if err := d.Decode(&f); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errors.New("the file is empty")
		}
		return nil, fmt.Errorf("decode: %w", err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds a second YAML document; put it in a file of its own")
	}
	parts := 0
	for _, there := range []bool{f.DataView != nil, len(f.Searches) > 0, f.Dashboard != nil} {
		if there {
			parts++
		}
	}
	if parts != 1 {
		return nil, errors.New("a file holds one of data_view, searches and dashboard")
	}
	return &f, nil
}

// problems collects what is wrong, each with its place.
type problems struct{ errs []error }

func (p *problems) add(at, format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf("%s: %w", at, fmt.Errorf(format, args...)))
}

// check returns every problem that can be seen without the mapping.
func (s *sources) check() error {
	var p problems
	names := map[string]bool{}
	name := func(at, n string) {
		switch {
		case !nameForm.MatchString(n):
			p.add(at, "name %q must be 1 to 64 of a-z, 0-9 and '-', and begin with a letter", n)
		case names[n]:
			p.add(at, "name %q is taken; every data view, search and dashboard has its own", n)
		}
		names[n] = true
	}
	for _, v := range s.views {
		at := "data_view " + v.Name
		name(at, v.Name)
		s.checkView(&p, at, v)
	}
	for i := range s.searches {
		at := "search " + s.searches[i].Name
		name(at, s.searches[i].Name)
		s.checkSearch(&p, at, &s.searches[i])
	}
	for _, d := range s.dashboards {
		at := "dashboard " + d.Name
		name(at, d.Name)
		s.checkDashboard(&p, at, d)
	}
	return errors.Join(p.errs...)
}

func (s *sources) checkView(p *problems, at string, v *dataView) {
	p.text(at, "title", v.Title)
	if len(v.Fields) == 0 {
		p.add(at, "fields: is empty; list every field of the index")
	}
	for _, k := range slices.Sorted(maps.Keys(v.Fields)) {
		f := v.Fields[k]
		p.field(at+": fields."+k, f)
		if f.Script != "" {
			p.add(at+": fields."+k, "script: only a field under runtime has one")
		}
	}
	for _, k := range slices.Sorted(maps.Keys(v.Runtime)) {
		f := v.Runtime[k]
		p.field(at+": runtime."+k, f)
		if _, twice := v.Fields[k]; twice || f.Script == "" {
			p.add(at+": runtime."+k, "needs a script, and a name that no field of the index has")
		}
	}
	if f := v.Fields[v.Time]; f.Type != "date" {
		p.add(at, "time: %q is not a field of type date", v.Time)
	}
	if f := v.Fields[v.ID]; f.Type != "keyword" {
		p.add(at, "id: %q is not a field of type keyword", v.ID)
	} else if len(f.About)+len(Marker)+1 > maxAbout {
		p.add(at+": fields."+v.ID, "about: must leave %d bytes for the marker", len(Marker)+1)
	}
	p.filter(at+": where", v.Where, v)
}

// text requires a short text.
func (p *problems) text(at, key, s string) {
	if s = strings.TrimSpace(s); s == "" || len(s) > 2000 {
		p.add(at, "%s: must have 1 to 2000 bytes", key)
	}
}

func (p *problems) field(at string, f field) {
	if dataType(f.Type) == "" {
		p.add(at, "type: %q is not one that is known here", f.Type)
	}
	if f.Label == "" || f.About == "" || len(f.About) > maxAbout {
		p.add(at, "needs a label, and an about of at most %d bytes", maxAbout)
	}
	if f.Format != nil {
		if f.Format.ID == "" {
			p.add(at, "format: needs an id")
		}
		if _, err := plainJSON(f.Format.Params); err != nil {
			p.add(at, "format: params: use texts, numbers, true and false: %w", err)
		}
	}
}

// filter parses a filter and requires that the view has its fields.
func (p *problems) filter(at, where string, v *dataView) {
	e, err := parseFilter(where)
	if err != nil {
		p.add(at, "%w", err)
		return
	}
	if e == nil {
		return
	}
	e.each(func(c comparison) {
		f, ok := v.lookup(c.field)
		path, nested := v.nestedIn(c.field)
		switch {
		case !ok:
			p.add(at, "the data view has no field %q", c.field)
		case nested && c.path != path:
			p.add(at, "%s is in nested objects; write %s: { … }", c.field, path)
		case !nested && c.path != "":
			p.add(at, "%s is not in nested objects", c.field)
		case rangeOps[c.op] != "" && dataType(f.Type) != "number" && f.Type != "date":
			p.add(at, "%s has no order; compare numbers and dates only", c.field)
		}
	})
}

// lookup returns a field of the index or of the view itself.
func (v *dataView) lookup(name string) (field, bool) {
	if f, ok := v.Fields[name]; ok {
		return f, true
	}
	f, ok := v.Runtime[name]
	return f, ok
}

// nestedIn returns the nested object that holds a field.
func (v *dataView) nestedIn(name string) (string, bool) {
	for i, c := range name {
		if c == '.' && v.Fields[name[:i]].Type == "nested" {
			return name[:i], true
		}
	}
	return "", false
}

// view returns the data view with the short name; the problem is noted.
func (s *sources) view(p *problems, at, name string) *dataView {
	i := slices.IndexFunc(s.views, func(v *dataView) bool { return v.Name == name })
	if i < 0 {
		p.add(at, "view: there is no data view %q", name)
		return nil
	}
	return s.views[i]
}

func (s *sources) checkSearch(p *problems, at string, q *search) {
	p.text(at, "title", q.Title)
	p.text(at, "about", q.About)
	v := s.view(p, at, q.View)
	if v == nil {
		return
	}
	p.filter(at+": where", q.Where, v)
	if len(q.Columns) == 0 {
		p.add(at, "columns: is empty; name the fields to show")
	}
	for _, c := range q.Columns {
		_, nested := v.nestedIn(c)
		if _, ok := v.lookup(c); !ok || nested {
			p.add(at, "columns: %q is not a field that can be shown; of nested objects name the outer one", c)
		}
	}
	name, direction, _ := strings.Cut(q.Sort, " ")
	if direction != "asc" && direction != "desc" {
		p.add(at, "sort: write a field and asc or desc")
	}
	p.aggregatable(at+": sort", name, v)
}

// aggregatable requires a field that Elasticsearch can sort, group and count by.
func (p *problems) aggregatable(at, name string, v *dataView) field {
	f, ok := v.lookup(name)
	_, nested := v.nestedIn(name)
	switch {
	case !ok:
		p.add(at, "the data view has no field %q", name)
	case nested:
		p.add(at, "%s is in nested objects, which no chart can count; use a field beside them", name)
	case !slices.Contains([]string{"keyword", "boolean", "date", "long", "integer", "double", "float"}, f.Type):
		p.add(at, "%s is of type %s, which has no values to sort or count", name, f.Type)
	}
	return f
}

// dataType is what Kibana calls the type of a mapped field; "" if it is not
// known here.
func dataType(t string) string {
	switch t {
	case "keyword", "text", "flattened":
		return "string"
	case "long", "integer", "double", "float":
		return "number"
	case "date", "boolean", "geo_point", "nested":
		return t
	}
	return ""
}
