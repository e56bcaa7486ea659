package kibana

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ops"
)

const builtCount = 18

func TestImportIsIdempotent(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{}
	cfg := f.start(t)
	r, err := Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
	require.Len(t, r.Created, builtCount)
	require.Empty(t, r.Replaced)
	require.Equal(t, ObjectID{typeDataView, "palermo-ads"}, r.Created[0])
	require.Len(t, f.objects, builtCount)
	r, err = Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
	require.Empty(t, r.Created)
	require.Len(t, r.Replaced, builtCount)
	require.Len(t, f.objects, builtCount)
}

func TestImportIntoASpaceWithAPrefixAndAKey(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{space: "ts-team", authorization: "ApiKey hush"}
	cfg := f.start(t)
	cfg.Space, cfg.APIKey, cfg.URL = "ts-team", "hush", cfg.URL+"/"
	b, err := WithPrefix(SavedObjects(), "acme")
	require.NoError(t, err)
	r, err := Import(t.Context(), cfg, b)
	require.NoError(t, err)
	require.Len(t, r.Created, builtCount)
	for id := range f.objects {
		require.True(t, strings.HasPrefix(id.ID, "acme-"), id.ID)
	}
	cfg.Space = "other"
	_, err = Import(t.Context(), cfg, b)
	require.ErrorContains(t, err, "check url and space")
	cfg.Space = "default"
	require.NotContains(t, cfg.base(), "/s/")
}

func TestImportWithAPassword(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{authorization: "Basic " + base64.StdEncoding.EncodeToString([]byte("ann:hush"))}
	cfg := f.start(t)
	cfg.Username, cfg.Password = "ann", "hush"
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
}

func TestWhatAPersonMadeIsNotReplaced(t *testing.T) {
	t.Parallel()
	theirs := map[ObjectID]json.RawMessage{
		{typeDashboard, "palermo-leads-today"}: json.RawMessage(`{"title":"My own\u001b[31m board","description":"mine"}`),
		{typeDataView, "palermo-ads"}:          json.RawMessage(`{"title":"palermo-ads","name":"hand-made"}`),
		{typeSearch, "palermo-bursts"}:         json.RawMessage(`[]`),
	}
	f := &fakeKibana{objects: map[ObjectID]json.RawMessage{}}
	maps.Copy(f.objects, theirs)
	cfg := f.start(t)
	r, err := Import(t.Context(), cfg, SavedObjects())
	require.ErrorIs(t, err, ErrForeign)
	require.Empty(t, r)
	for _, want := range []string{
		`dashboard palermo-leads-today "My own[31m board"`, `index-pattern palermo-ads "hand-made"`, "search palermo-bursts",
		"Stack Management > Saved Objects", "another space",
	} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "palermo-clusters")
	require.Equal(t, theirs, f.objects, "nothing was written")
	require.Equal(t, 1, f.requests)
}

func TestAnEditedObjectOfOursIsReplaced(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{}
	cfg := f.start(t)
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
	key := ObjectID{typeDashboard, "palermo-health"}
	before := f.objects[key]
	f.objects[key] = json.RawMessage(`{"title":"Renamed","description":"Changed. ` + Marker + `"}`)
	r, err := Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
	require.Contains(t, r.Replaced, key)
	require.JSONEq(t, string(before), string(f.objects[key]))
}

func TestARefusedObjectIsNamed(t *testing.T) {
	t.Parallel()
	key := ObjectID{typeDashboard, "palermo-contacts"}
	f := &fakeKibana{refuse: map[ObjectID]string{key: "missing_references"}}
	r, err := Import(t.Context(), f.start(t), SavedObjects())
	require.ErrorIs(t, err, ErrPartial)
	require.ErrorContains(t, err, "dashboard palermo-contacts: missing_references")
	require.ErrorContains(t, err, "index-pattern gone")
	require.Len(t, r.Failed, 1)
	require.Equal(t, key, r.Failed[0].Object)
	require.Len(t, r.Created, builtCount-1)
}

// answers returns a before that answers each request from the given number on.
func answers(from, status int, header, body string) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, _ *http.Request) bool {
		if n < from {
			return false
		}
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func TestAnswersThatNoRetryHelps(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from, status int
		header, body string
		is           error
		want         string
	}{
		"401":              {1, 401, "", `{"message":"no hush-key here"}`, ErrAccess, "check api_key"},
		"403":              {1, 403, "", `{"message":"Unable to bulk_get dashboard"}`, ErrAccess, "right to manage saved objects"},
		"403 on import":    {2, 403, "", `{"message":"Unable to bulk_create"}`, ErrAccess, "import: access refused"},
		"redirect":         {1, 302, "Location: /login", ``, nil, "it redirects; check url"},
		"404":              {1, 404, "", `<html>`, nil, "no message"},
		"413":              {2, 413, "", `{}`, nil, "maxImportPayloadBytes"},
		"400":              {1, 400, "", `{"message":"two\nlines\u0000"}`, nil, "(two lines)"},
		"not Kibana":       {1, 200, "", `<html>`, nil, "not Kibana's"},
		"not Kibana later": {2, 200, "", `{}`, nil, "not Kibana's"},
		"too few":          {1, 200, "", `{"saved_objects":[]}`, nil, "about 0 objects, not 18"},
		"nothing done":     {2, 200, "", `{"success":true}`, ErrPartial, "not written"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fakeKibana{authorization: "ApiKey hush-key", before: answers(c.from, c.status, c.header, c.body)}
			cfg := f.start(t)
			cfg.APIKey = "hush-key"
			_, err := Import(t.Context(), cfg, SavedObjects())
			require.ErrorContains(t, err, c.want)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			require.NotContains(t, err.Error(), "hush")
			require.Equal(t, c.from, f.requests, "no retry")
		})
	}
}

func TestAnotherAnswerThanAskedForStopsTheImport(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(list []any){
		"about something else": func(list []any) { list[0], list[1] = list[1], list[0] },
		"kibana answered 403 (no right)": func(list []any) {
			list[3] = map[string]any{"type": "search", "id": "palermo-bursts", "error": map[string]any{"statusCode": 403, "message": "no right"}}
		},
	} {
		f := &fakeKibana{}
		f.before = func(_ int, w http.ResponseWriter, r *http.Request) bool {
			f.bulkGet(r, func(_ int, v any) {
				m, _ := v.(map[string]any)
				list, _ := m["saved_objects"].([]any)
				change(list)
				if err := json.NewEncoder(w).Encode(m); err != nil {
					t.Error(err)
				}
			})
			return true
		}
		_, err := Import(t.Context(), f.start(t), SavedObjects())
		require.ErrorContains(t, err, want)
		require.Equal(t, 1, f.requests, "nothing is written")
	}
}

func TestABusyKibanaIsAskedAgain(t *testing.T) {
	t.Parallel()
	for _, status := range []int{429, 500, 502, 503, 504} {
		f := &fakeKibana{}
		f.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
			if n%3 == 0 {
				return false
			}
			return answers(1, status, "Retry-After: 0", "Kibana server is not ready yet")(n, w, r)
		}
		r, err := Import(t.Context(), f.start(t), SavedObjects())
		require.NoError(t, err, status)
		require.Len(t, r.Created, builtCount)
		require.Equal(t, 6, f.requests)
	}
}

func TestABusyKibanaIsNotAskedForEver(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{before: answers(1, 503, "", "")}
	cfg := f.start(t)
	cfg.RetryFor = 50 * time.Millisecond
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "gave up after")
	require.ErrorContains(t, err, "503")
	require.Greater(t, f.requests, 1)

	f = &fakeKibana{before: answers(1, 503, "Retry-After: 30", "")}
	_, err = Import(t.Context(), f.start(t), SavedObjects())
	require.ErrorContains(t, err, "gave up after 1 attempts", "the server asks for more time than there is")
}

func TestImportEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f := &fakeKibana{}
	f.before = func(n int, w http.ResponseWriter, r *http.Request) bool {
		cancel()
		return answers(1, 503, "", "")(n, w, r)
	}
	cfg := f.start(t)
	cfg.BackoffMin, cfg.BackoffMax, cfg.RetryFor = time.Hour, time.Hour, 100*time.Hour
	_, err := Import(ctx, cfg, SavedObjects())
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 1, f.requests)
}

func TestAnUnknownAuthorityIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	f := &fakeKibana{}
	cfg := f.start(t)
	cfg.CAFile = ""
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "set ca_file")
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.URL, cfg.RetryFor, cfg.BackoffMin = "http://127.0.0.1:1", 20*time.Millisecond, time.Millisecond
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "gave up")
}

func TestOnlyWhatIsBuiltHereIsImported(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.URL = "https://kibana.example"
	for file, want := range map[string]string{
		"":   "there are no saved objects",
		"{":  "line 1: is not a saved object",
		"{}": "line 1: type or id is missing",
		`{"type":"search","id":"a","attributes":{"title":"x"}}`:                                         "search a has no marker",
		`{"type":"search","id":"a","attributes":7}`:                                                     "search a: attributes",
		`{"type":"search","id":"a"}` + "\n" + `{"type":"search","id":"a"}`:                              "line 2: search a is there twice",
		strings.Repeat(" ", 3) + "\n" + `{"type":"search","id":"` + strings.Repeat("a", maxObjectBytes): "line 2: is longer",
	} {
		_, err := Import(t.Context(), cfg, []byte(file))
		require.ErrorContains(t, err, want)
	}
}

func TestSecretsMayBeFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(path, []byte("hush\n"), 0o600))
	empty := path + "-empty"
	require.NoError(t, os.WriteFile(empty, []byte("\n"), 0o600))
	f := &fakeKibana{authorization: "ApiKey hush"}
	cfg := f.start(t)
	cfg.APIKey = ops.Secret("file:" + path)
	_, err := Import(t.Context(), cfg, SavedObjects())
	require.NoError(t, err)
	cfg.APIKey = ops.Secret("file:" + path + "-none")
	_, err = Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "api_key: read secret")
	cfg.APIKey = ops.Secret("file:" + empty)
	_, err = Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "is empty")
	cfg.APIKey, cfg.CAFile = "", path
	_, err = Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "holds no certificate")
	cfg.CAFile = path + "-none"
	_, err = Import(t.Context(), cfg, SavedObjects())
	require.ErrorContains(t, err, "read ca_file")
}
