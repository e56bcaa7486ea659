package gateway

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/stream"
)

const openAPIFile = "../../schemas/openapi.yaml"

func loadOpenAPI(t *testing.T) (*openapi3.T, routers.Router) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(openAPIFile)
	require.NoError(t, err)
	require.NoError(t, doc.Validate(t.Context(), openapi3.EnableExamplesValidation()))
	doc.Servers = openapi3.Servers{{URL: "http://example.com"}} // httptest's
	router, err := gorillamux.NewRouter(doc)
	require.NoError(t, err)
	return doc, router
}

func TestServedDescriptionIsTheSchema(t *testing.T) {
	t.Parallel()
	want, err := os.ReadFile(openAPIFile)
	require.NoError(t, err)
	require.Equal(t, string(want), string(openAPI), "run go generate ./gateway")
	w := httptest.NewRecorder()
	newFixture(t, nil).Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/openapi.yaml", http.NoBody))
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "application/yaml", w.Header().Get("Content-Type"))
	require.Equal(t, string(want), w.Body.String())
}

// Every answer that the handler gives is one that the description promises.
func TestAnswersAreAsDescribed(t *testing.T) {
	t.Parallel()
	doc, router := loadOpenAPI(t)
	plain, entry := newKey(t, "jobs.example")
	bearer := []string{"Authorization", "Bearer " + plain}
	post := func(contentType, body string, header ...string) *http.Request {
		return newPost(contentType, body, append(slices.Clone(bearer), header...)...)
	}
	kafkaFails := func(f *fixture) {
		f.producer.fail = func(int, []stream.Message) error { return partial(2, 1) }
	}
	tests := []struct {
		name    string
		status  int
		request *http.Request
		prepare func(*fixture)
	}{
		{"one", 202, post(typeJSON, advert("1")), nil},
		{"some", 202, post(typeNDJSON, advert("1")+"\n{}\nx"), nil},
		{"none", 400, post(typeNDJSON, "\n"), nil},
		{"broken", 400, post(typeNDJSON, "x", "Content-Encoding", "gzip"), nil},
		{"no key", 401, newPost(typeJSON, advert("1")), nil},
		{"other platform", 403, post(typeJSON, strings.ReplaceAll(advert("1"), "jobs.", "cars.")), nil},
		{"method", 405, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/ads", http.NoBody), nil},
		{"too large", 413, post(typeJSON, strings.Repeat(" ", 2<<20)+"1"), nil},
		{"type", 415, post("text/csv", "a,b"), nil},
		{"encoding", 415, post(typeJSON, advert("1"), "Content-Encoding", "zstd"), nil},
		{"all wrong", 422, post(typeJSON, "{}"), nil},
		{"rate", 429, post(typeNDJSON, feed(9)), nil},
		{"panic", 500, post(typeJSON, advert("1")), func(f *fixture) {
			f.producer.fail = func(int, []stream.Message) error { panic("boom") }
		}},
		{"kafka", 503, post(typeNDJSON, feed(2)), kafkaFails},
		{"stopping", 503, post(typeNDJSON, feed(2)), func(f *fixture) { f.stopping.Store(true) }},
		{"description", 200, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/openapi.yaml", http.NoBody), nil},
	}
	seen := map[int]bool{http.StatusRequestTimeout: true /* run_test.go */, http.StatusNotFound: true /* on no path */}
	for _, tt := range tests {
		f := newFixture(t, func(c *Config, d *Deps) {
			withKeys(entry)(c, d)
			c.Rate.Burst = 5
		})
		if tt.prepare != nil {
			tt.prepare(f)
		}
		w := httptest.NewRecorder()
		f.Handler().ServeHTTP(w, tt.request)
		require.Equal(t, tt.status, w.Code, tt.name)
		seen[w.Code] = true
		// A method that is not there has no route: its answer is shared.
		path := doc.Paths.Find(tt.request.URL.Path)
		require.NotNil(t, path, tt.name)
		asked := tt.request.Clone(t.Context())
		if tt.status == http.StatusMethodNotAllowed {
			asked.Method = http.MethodPost
		}
		route, params, err := router.FindRoute(asked)
		require.NoError(t, err, tt.name)
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route},
			Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		})
		require.NoError(t, err, tt.name)
	}
	for _, s := range statuses {
		require.True(t, seen[s], "no test for status %d", s)
	}
}

// The example and the short form of the advert agree with the whole contract.
func TestAdvertInTheDescription(t *testing.T) {
	t.Parallel()
	doc, _ := loadOpenAPI(t)
	example := doc.Components.Examples["advert"].Value.Value
	schema, err := jsonschema.NewCompiler().Compile("../../schemas/ad.schema.json")
	require.NoError(t, err)
	require.NoError(t, schema.Validate(example))

	short := doc.Components.Schemas["Ad"].Value
	require.ElementsMatch(t, schema.Required, short.Required)
	for name := range schema.Properties {
		require.Contains(t, short.Properties, name)
		require.Contains(t, example, name, "the example has everything")
	}
	require.Len(t, short.Properties, len(schema.Properties))
}

// Every code that a line can be refused with is in the description.
func TestCodesAreDescribed(t *testing.T) {
	t.Parallel()
	doc, _ := loadOpenAPI(t)
	want := []any{string(codePlatform), codeUnack}
	for _, c := range ad.Codes() {
		want = append(want, string(c))
	}
	require.ElementsMatch(t, want, doc.Components.Schemas["LineError"].Value.Properties["code"].Value.Enum)
	require.ElementsMatch(t, []any{
		codeUnauthorized, codeNotFound, codeMethod, codeMediaType, codeEncoding, codeEmptyBody, codeBadBody,
		codeBodyTooLarge, codeTimeout, codeRate, codeBusy, codeStopping, codeUnavailable, codeInternal,
	}, doc.Components.Schemas["Problem"].Value.Properties["code"].Value.Enum)
}
