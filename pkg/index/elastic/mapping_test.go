package elastic

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
)

// schemas is where the templates come from.
const schemas = "../../../schemas/elasticsearch"

func TestTemplatesAreThoseOfSchemas(t *testing.T) {
	t.Parallel()
	want, err := filepath.Glob(schemas + "/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, want)
	have, err := templates.ReadDir("templates")
	require.NoError(t, err)
	require.Len(t, have, len(want))
	for _, path := range want {
		a, err := os.ReadFile(path)
		require.NoError(t, err)
		b, err := templates.ReadFile("templates/" + filepath.Base(path))
		require.NoError(t, err, "run go generate ./index/elastic")
		require.Equal(t, string(a), string(b), "%s: run go generate ./index/elastic", path)
	}
}

// kindsOf says which Elasticsearch types may hold a Go type.
var kindsOf = map[reflect.Kind][]string{
	reflect.String:  {"keyword", "text", "date"},
	reflect.Bool:    {"boolean"},
	reflect.Uint32:  {"long", "integer"},
	reflect.Uint64:  {"long"},
	reflect.Float64: {"double", "float"},
	reflect.Map:     {"flattened"},
}

// compare walks over a Go type and its mapping side by side and requires that
// each field stands in both, with types that fit.
func compare(t *testing.T, path string, goType reflect.Type, properties map[string]any) {
	t.Helper()
	fields := map[string]reflect.Type{}
	var collect func(reflect.Type)
	collect = func(s reflect.Type) {
		for f := range s.Fields() {
			if f.Anonymous {
				collect(f.Type)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			fields[name] = f.Type
		}
	}
	collect(goType)
	require.Equal(t, slices.Sorted(maps.Keys(fields)), slices.Sorted(maps.Keys(properties)), "fields of %s", path)
	for name, ft := range fields {
		at := path + "." + name
		m, ok := properties[name].(map[string]any)
		require.True(t, ok, at)
		for ft.Kind() == reflect.Pointer || ft.Kind() == reflect.Slice {
			ft = ft.Elem()
		}
		if ft == reflect.TypeFor[index.PointDoc]() {
			require.Equal(t, "geo_point", m["type"], at)
			continue
		}
		if ft.Kind() == reflect.Struct {
			inner, ok := m["properties"].(map[string]any)
			require.True(t, ok, at)
			compare(t, at, ft, inner)
			continue
		}
		kind, _ := m["type"].(string)
		require.Contains(t, kindsOf[ft.Kind()], kind, at)
		if kind == "keyword" || kind == "flattened" {
			limit, _ := m["ignore_above"].(float64)
			require.Positive(t, limit, "%s: a term above 32766 bytes refuses the document", at)
			require.LessOrEqual(t, limit, 32766.0/4, at)
		}
	}
}

func TestEveryFieldIsMapped(t *testing.T) {
	t.Parallel()
	for kind, doc := range map[index.Kind]reflect.Type{
		index.KindAds: reflect.TypeFor[index.AdDoc](), index.KindClusters: reflect.TypeFor[index.ClusterDoc](),
	} {
		_, mapping, err := mappingOf(kind, DefaultConfig())
		require.NoError(t, err)
		require.Equal(t, "strict", mapping["dynamic"])
		properties, ok := mapping["properties"].(map[string]any)
		require.True(t, ok)
		compare(t, string(kind), doc, properties)
	}
}

func TestTemplatesFollowTheSettings(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.Prefix, cfg.Shards, cfg.Replicas = "other", 3, 2
	m, err := settingsTemplate(cfg)
	require.NoError(t, err)
	b, err := json.Marshal(m)
	require.NoError(t, err)
	require.Contains(t, string(b), `"number_of_replicas":2`)
	require.Contains(t, string(b), `"number_of_shards":3`)
	require.Contains(t, string(b), `"translog.durability":"request"`)
	m, err = template("ads.template.json", cfg)
	require.NoError(t, err)
	b, err = json.Marshal(m)
	require.NoError(t, err)
	require.Contains(t, string(b), `"other-ads-*"`)
	require.NotContains(t, string(b), `"palermo-`)
}
