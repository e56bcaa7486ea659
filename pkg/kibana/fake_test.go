package kibana

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeKibana answers the two requests of an import as Kibana documents them.
type fakeKibana struct {
	t *testing.T
	// space is that of the addresses it answers to, "" for the default one.
	space string
	// authorization is the header that it asks for, "" for none.
	authorization string
	// before may answer in its place; it returns false to let it.
	before func(n int, w http.ResponseWriter, r *http.Request) bool
	// refuse gives the error of an object on import.
	refuse map[ObjectID]string

	mu       sync.Mutex
	requests int
	objects  map[ObjectID]json.RawMessage
}

func (f *fakeKibana) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests++
	if f.before != nil && f.before(f.requests, w, r) {
		return
	}
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			f.t.Error(err)
		}
	}
	problem := func(status int, message string) {
		answer(status, map[string]any{"statusCode": status, "error": http.StatusText(status), "message": message})
	}
	path := r.URL.Path
	if f.space != "" {
		var ok bool
		if path, ok = strings.CutPrefix(path, "/s/"+f.space); !ok {
			problem(http.StatusNotFound, "Not Found")
			return
		}
	}
	switch {
	case r.Header.Get("Kbn-Xsrf") == "":
		problem(http.StatusBadRequest, "Request must contain a kbn-xsrf header.")
	case r.Header.Get("Authorization") != f.authorization:
		problem(http.StatusUnauthorized, "unable to authenticate with "+r.Header.Get("Authorization"))
	case r.Method == http.MethodPost && path == "/api/saved_objects/_bulk_get":
		f.bulkGet(r, answer)
	case r.Method == http.MethodPost && path == "/api/saved_objects/_import" && r.URL.Query().Get("overwrite") == "true":
		f.importFile(r, answer)
	default:
		problem(http.StatusNotFound, "Not Found")
	}
}

func (f *fakeKibana) bulkGet(r *http.Request, answer func(int, any)) {
	var ids []ObjectID
	if err := json.NewDecoder(r.Body).Decode(&ids); err != nil {
		f.t.Error(err)
	}
	out := []any{}
	for _, id := range ids {
		if a, ok := f.objects[id]; ok {
			out = append(out, map[string]any{"type": id.Type, "id": id.ID, "attributes": a, "references": []any{}})
			continue
		}
		out = append(out, map[string]any{"type": id.Type, "id": id.ID, "error": map[string]any{
			"statusCode": 404, "error": "Not Found", "message": "Saved object [" + id.Type + "/" + id.ID + "] not found",
		}})
	}
	answer(http.StatusOK, map[string]any{"saved_objects": out})
}

func (f *fakeKibana) importFile(r *http.Request, answer func(int, any)) {
	file, _, err := r.FormFile("file")
	if err != nil {
		f.t.Error(err)
		return
	}
	b, err := io.ReadAll(file)
	if err != nil {
		f.t.Error(err)
	}
	done, failed := []any{}, []any{}
	for line := range bytes.Lines(b) {
		var o object
		if err := json.Unmarshal(line, &o); err != nil {
			f.t.Error(err)
		}
		if kind, ok := f.refuse[o.key()]; ok {
			failed = append(failed, map[string]any{"type": o.Type, "id": o.ID, "error": map[string]any{
				"type": kind, "references": []any{ObjectID{typeDataView, "gone"}},
			}})
			continue
		}
		f.objects[o.key()] = o.Attributes
		done = append(done, map[string]any{"type": o.Type, "id": o.ID})
	}
	got := map[string]any{"success": len(failed) == 0, "successCount": len(done), "successResults": done}
	if len(failed) > 0 {
		got["errors"] = failed
	}
	answer(http.StatusOK, got)
}

// start serves f over TLS and returns settings that reach it.
func (f *fakeKibana) start(t *testing.T) Config {
	t.Helper()
	f.t = t
	if f.objects == nil {
		f.objects = map[ObjectID]json.RawMessage{}
	}
	s := httptest.NewTLSServer(f)
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	require.NoError(t, os.WriteFile(ca, cert, 0o600))
	cfg := DefaultConfig()
	cfg.URL, cfg.CAFile = s.URL, ca
	cfg.RequestTimeout, cfg.RetryFor = 5*time.Second, 5*time.Second
	cfg.BackoffMin, cfg.BackoffMax = time.Millisecond, 2*time.Millisecond
	return cfg
}
