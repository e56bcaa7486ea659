package elastic

import (
	"embed"
	"encoding/json"
	"fmt"
	"strings"

	"palermo.internal/pkg/index"
)

//go:embed templates/*.json
var templates embed.FS

// defaultPrefix is the one in the files.
const defaultPrefix = "palermo"

// template returns a file of templates with the configured prefix.
func template(name string, cfg Config) (map[string]any, error) {
	b, err := templates.ReadFile("templates/" + name)
	if err != nil {
		return nil, fmt.Errorf("read template: %w", err)
	}
	text := strings.ReplaceAll(string(b), `"`+defaultPrefix+"-", `"`+cfg.Prefix+"-")
	var m map[string]any
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("read template %s: %w", name, err)
	}
	return m, nil
}

// settingsTemplate returns the settings with the configured shards and replicas.
func settingsTemplate(cfg Config) (map[string]any, error) {
	m, err := template("settings.component.json", cfg)
	if err != nil {
		return nil, err
	}
	t, _ := m["template"].(map[string]any)
	s, _ := t["settings"].(map[string]any)
	i, ok := s["index"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("read template: settings.component.json has no index settings")
	}
	i["number_of_shards"], i["number_of_replicas"] = cfg.Shards, cfg.Replicas
	return m, nil
}

// mappingOf returns the mapping of a kind, as a component template and bare.
func mappingOf(kind index.Kind, cfg Config) (component, mapping map[string]any, err error) {
	component, err = template(string(kind)+".component.json", cfg)
	if err != nil {
		return nil, nil, err
	}
	t, _ := component["template"].(map[string]any)
	mapping, ok := t["mappings"].(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("read template: %s.component.json has no mapping", kind)
	}
	return component, mapping, nil
}

// alias is the name that a kind is written to and read from.
func (c Config) alias(kind index.Kind) string { return c.Prefix + "-" + string(kind) }

// firstIndex is the name of the first index behind the alias of a kind.
func (c Config) firstIndex(kind index.Kind) string { return c.alias(kind) + "-000001" }
