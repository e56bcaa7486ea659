package indicator

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// maxPackBytes bounds one pack's file; maxPackNodes what aliases may blow it up to.
const (
	maxPackBytes = 1 << 20
	maxPackNodes = 100_000
)

//go:generate cp ../../schemas/rulepack.schema.json rulepack.schema.json

//go:embed rulepack.schema.json
var packSchemaJSON []byte

var packSchema = sync.OnceValues(func() (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(packSchemaJSON))
	if err != nil {
		return nil, fmt.Errorf("read the schema of rule packs: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("rulepack.schema.json", doc); err != nil {
		return nil, fmt.Errorf("add the schema of rule packs: %w", err)
	}
	return c.Compile("rulepack.schema.json")
})

// source is a parsed pack with its tree, which knows the lines.
type source struct {
	file string
	pack Pack
	root *yaml.Node
}

// parsePack reads one file, checks it against the schema, and decodes it.
func parsePack(f File) (*source, []Problem) {
	fail := func(text, fix string) (*source, []Problem) {
		return nil, []Problem{{File: f.Name, Text: text, Fix: fix}}
	}
	if len(f.Data) > maxPackBytes {
		return fail(fmt.Sprintf("has %d bytes", len(f.Data)), fmt.Sprintf("split it: at most %d a pack", maxPackBytes))
	}
	var root yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(f.Data))
	if err := dec.Decode(&root); err != nil {
		return fail("is not valid YAML: "+oneLine(err), "see the line that the message names")
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return fail("holds more than one document", "write one pack a file")
	}
	nodes := 0
	if !plain(&root, &nodes) {
		return fail("uses YAML aliases or is too large", "write values out")
	}
	src := &source{file: f.Name, root: &root}
	schema, err := packSchema()
	if err != nil {
		return fail(oneLine(err), "")
	}
	instance, err := toJSON(&root)
	if err != nil {
		return fail(oneLine(err), "write strings, numbers, booleans, lists and maps with string keys")
	}
	if err := schema.Validate(instance); err != nil {
		var bad *jsonschema.ValidationError
		if !errors.As(err, &bad) {
			return fail(oneLine(err), "")
		}
		return nil, src.schemaProblems(bad, nil)
	}
	strict := yaml.NewDecoder(bytes.NewReader(f.Data))
	if err := strict.Decode(&src.pack); err != nil {
		return fail(oneLine(err), "")
	}
	for i := range src.pack.Indicators {
		if src.pack.Indicators[i].Typology == "" {
			src.pack.Indicators[i].Typology = src.pack.ID
		}
	}
	return src, nil
}

// plain says that the tree holds no alias and is not too large.
func plain(n *yaml.Node, count *int) bool {
	*count++
	if n.Kind == yaml.AliasNode || *count > maxPackNodes {
		return false
	}
	for _, c := range n.Content {
		if !plain(c, count) {
			return false
		}
	}
	return true
}

// toJSON turns the tree into what the schema validator takes.
func toJSON(root *yaml.Node) (any, error) {
	var v any
	if err := root.Decode(&v); err != nil {
		return nil, err
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("cannot be written as JSON: %w", err)
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(b))
}

// schemaProblems lists the innermost violations.
func (s *source) schemaProblems(e *jsonschema.ValidationError, dst []Problem) []Problem {
	if len(e.Causes) > 0 {
		for _, c := range e.Causes {
			dst = s.schemaProblems(c, dst)
		}
		return dst
	}
	p := s.at(e.InstanceLocation...)
	where := strings.Join(e.InstanceLocation, ".")
	if where == "" {
		where = "the pack"
	}
	p.Text = where + ": " + e.ErrorKind.LocalizedString(message.NewPrinter(language.English))
	p.Fix = "see schemas/rulepack.schema.json"
	return append(dst, p)
}

// at returns a problem that stands at a path of keys and indexes.
func (s *source) at(path ...string) Problem {
	p := Problem{File: s.file}
	n := s.root
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	p.Line = n.Line
	for _, key := range path {
		next := child(n, key)
		if next == nil {
			break
		}
		n = next
		p.Line = n.Line
		// In terms, id is Indonesian.
		if id := child(n, "id"); id != nil && id.Kind == yaml.ScalarNode {
			p.Indicator = id.Value
		}
	}
	return p
}

func child(n *yaml.Node, key string) *yaml.Node {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	}
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Content) {
			return n.Content[i]
		}
	}
	return nil
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
