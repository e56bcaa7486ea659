package kibana

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Marker ends a text in every object that Build makes: the description of a
// search or dashboard, and of one field of a data view. Import replaces an
// object only if it has it.
const Marker = "Managed by Palermo; the next import replaces changes."

// The types of objects and panels, as Kibana names them. A panel with a saved
// search has the type of the search.
const (
	typeDataView  = "index-pattern"
	typeSearch    = "search"
	typeDashboard = "dashboard"
	panelLens     = "lens"
	panelText     = "visualization"
)

// The versions of the forms of attributes, as Kibana 8.18 and 8.19 know them.
// Kibana brings older forms up to date and refuses newer ones.
const (
	coreVersion      = "8.8.0"
	dataViewVersion  = "8.0.0"
	searchVersion    = "10.5.0"
	dashboardVersion = "10.2.0"
)

// Bounds of a file of saved objects.
const (
	maxObjects     = 1000
	maxObjectBytes = 4 << 20
)

// object is one saved object in the export format.
type object struct {
	Attributes  json.RawMessage `json:"attributes"`
	CoreVersion string          `json:"coreMigrationVersion"`
	ID          string          `json:"id"`
	Managed     bool            `json:"managed"`
	References  []reference     `json:"references"`
	Type        string          `json:"type"`
	TypeVersion string          `json:"typeMigrationVersion"`
}

// reference names an object that another one needs.
type reference struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

// ObjectID names a saved object.
type ObjectID struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// String returns "type id".
func (o ObjectID) String() string { return o.Type + " " + o.ID }

func (o *object) key() ObjectID { return ObjectID{o.Type, o.ID} }

// attributes are the parts of the attributes of any type that are read back.
type attributes struct {
	Title       string `json:"title"`
	Name        string `json:"name"`
	Description string `json:"description"`

	TimeField       string `json:"timeFieldName"`
	FieldAttrs      string `json:"fieldAttrs"`
	FieldFormats    string `json:"fieldFormatMap"`
	RuntimeFieldMap string `json:"runtimeFieldMap"`

	Columns []string    `json:"columns"`
	Sort    [][2]string `json:"sort"`
	Meta    struct {
		SearchSource string `json:"searchSourceJSON"`
	} `json:"kibanaSavedObjectMeta"`

	Options  string `json:"optionsJSON"`
	Panels   string `json:"panelsJSON"`
	Controls struct {
		Panels string `json:"panelsJSON"`
		Ignore string `json:"ignoreParentSettingsJSON"`
	} `json:"controlGroupInput"`
}

// marked reports whether the attributes carry the marker where Build puts it.
func (a *attributes) marked() bool {
	return strings.Contains(a.Description, Marker) || strings.Contains(a.FieldAttrs, Marker)
}

// decode reads NDJSON in the export format: objects with an id of their own.
// The line with the counts that Kibana ends an export with is skipped.
func decode(ndjson []byte) ([]object, error) {
	var out []object
	seen := map[ObjectID]bool{}
	n := 0
	for line := range bytes.Lines(ndjson) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if len(line) > maxObjectBytes {
			return nil, fmt.Errorf("line %d: is longer than %d bytes", n, maxObjectBytes)
		}
		var o struct {
			object
			Exported *int `json:"exportedCount"`
		}
		if err := json.Unmarshal(line, &o); err != nil {
			return nil, fmt.Errorf("line %d: is not a saved object: %w", n, err)
		}
		switch {
		case o.Exported != nil && o.Type == "":
			continue
		case o.Type == "" || o.ID == "":
			return nil, fmt.Errorf("line %d: type or id is missing", n)
		case seen[o.key()]:
			return nil, fmt.Errorf("line %d: %s is there twice", n, o.key())
		case len(out) == maxObjects:
			return nil, fmt.Errorf("line %d: there are more than %d objects", n, maxObjects)
		}
		seen[o.key()] = true
		out = append(out, o.object)
	}
	if len(out) == 0 {
		return nil, errors.New("there are no saved objects")
	}
	return out, nil
}

// read decodes the attributes.
func (o *object) read() (*attributes, error) {
	var a attributes
	if err := json.Unmarshal(o.Attributes, &a); err != nil {
		return nil, fmt.Errorf("%s: attributes: %w", o.key(), err)
	}
	return &a, nil
}

// encode returns the objects as NDJSON. Names of fields are sorted by the
// encoder, so equal objects give equal bytes.
func encode(objects []object) ([]byte, error) {
	var b bytes.Buffer
	for i := range objects {
		line, err := plainJSON(objects[i])
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", objects[i].key(), err)
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return b.Bytes(), nil
}

// plainJSON encodes v on one line with < > & as they are, to keep filters
// readable in a difference.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
