package ad_test

import (
	"bufio"
	"bytes"
	"os"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/datatest"
)

const schemaFile = "../../schemas/ad.schema.json"

func compileSchema(tb testing.TB) *jsonschema.Schema {
	tb.Helper()
	s, err := jsonschema.NewCompiler().Compile(schemaFile)
	require.NoError(tb, err)
	return s
}

func schemaVerdict(tb testing.TB, s *jsonschema.Schema, doc []byte) error {
	tb.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\uFEFF"))))
	require.NoError(tb, err)
	return s.Validate(v)
}

// The schema is what platforms read, Decode what they meet: both must say the
// same of every advert.
func TestSchemaAgreesWithDecode(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, tt := range acceptedDocs() {
		require.NoError(t, schemaVerdict(t, schema, tt.in), tt.name)
	}
	full, err := os.ReadFile("testdata/full.json")
	require.NoError(t, err)
	require.NoError(t, schemaVerdict(t, schema, full))

	// The differences that schemas/README.md lists: Decode refuses, the schema
	// cannot say so.
	different := map[string]bool{
		"long id":       true, // bytes, not characters
		"no such day":   true,
		"year 2200 UTC": true,
	}
	seen := map[string]bool{}
	for _, tt := range refusedDocs() {
		if tt.field == "" && tt.code != ad.CodeType || tt.code == ad.CodeDuplicate {
			continue // not a JSON value that a schema could judge
		}
		if different[tt.name] {
			seen[tt.name] = true
			require.NoError(t, schemaVerdict(t, schema, tt.in), tt.name)
			continue
		}
		require.Error(t, schemaVerdict(t, schema, tt.in), tt.name)
	}
	require.Len(t, seen, len(different))
}

// Every field has words for the people who build feeds.
func TestSchemaDescribesEveryField(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	var walk func(path string, s *jsonschema.Schema)
	walk = func(path string, s *jsonschema.Schema) {
		if s == nil {
			return
		}
		for name, p := range s.Properties {
			require.NotEmpty(t, p.Description, "%s.%s", path, name)
			walk(path+"."+name, p)
		}
		walk(path+"[]", s.Items2020)
	}
	walk("ad", schema)
}

func TestRealAdvertsAreValid(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, name := range []string{"jobs_id/jobs_id.ndjson", "fake_jobs/fake_jobs.ndjson"} {
		f, err := os.Open(datatest.File(t, name))
		require.NoError(t, err)
		lines := ad.NewLineReader(bufio.NewReader(f), 0)
		for range 500 {
			line, number, err := lines.Next()
			require.NoError(t, err)
			_, err = ad.Decode(line)
			require.NoError(t, err, "%s:%d", name, number)
			require.NoError(t, schemaVerdict(t, schema, line), "%s:%d", name, number)
		}
		require.NoError(t, f.Close())
	}
}

// FuzzSchema: what Decode accepts, the schema accepts; what the schema accepts
// Decode refuses only for a reason that schemas/README.md lists.
func FuzzSchema(f *testing.F) {
	for _, tt := range acceptedDocs() {
		f.Add(tt.in)
	}
	for _, tt := range refusedDocs() {
		if len(tt.in) < 4096 {
			f.Add(tt.in)
		}
	}
	schema := compileSchema(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := ad.Decode(b)
		switch ad.CodeOf(err) {
		case ad.CodeMissing, ad.CodeType, ad.CodeValue:
		default:
			if err != nil {
				return
			}
		}
		v, jsonErr := jsonschema.UnmarshalJSON(bytes.NewReader(bytes.TrimPrefix(b, []byte("\uFEFF"))))
		if jsonErr != nil {
			require.Error(t, err, "Decode reads what no other reader does: %v", jsonErr)
			return
		}
		schemaErr := schema.Validate(v)
		if err == nil {
			require.NoError(t, schemaErr)
			return
		}
		if schemaErr == nil {
			require.Contains(t, err.Error(), "time")
		}
	})
}
