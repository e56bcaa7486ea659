package indextest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
)

// FakeElasticsearch answers the requests that pkg/index/elastic makes, in
// memory and without a network, so that its tests can run in a bubble of
// testing/synctest. It is a transport.
//
// What it has in common with the server: external_gte versions, require_alias,
// strict mappings on the top level and rough types, the order and the form of
// bulk items, filter_path on bulk answers, and that a search sees only what was
// refreshed. What it lacks: analysis (a word is a run of letters and digits, in
// lower case; no inflected forms, no Thai), scores (the boost of the best
// field), shards, rollover, rights, and every request that is not used. The
// same suite runs against a real server where there is one.
type FakeElasticsearch struct {
	// Intercept, if set, may answer request number n (from 0) in the server's
	// place; it returns nil, nil to let the request through. It must be set
	// before the first request.
	Intercept func(n int, req *http.Request, body []byte) (*http.Response, error)
	// Version is what the server says it is; "8.19.8" if empty.
	Version string

	mu       sync.Mutex
	requests int
	mappings map[string]map[string]any // by component template
	indices  map[string]*fakeIndex     // by alias
}

type fakeIndex struct {
	name          string
	properties    map[string]any
	docs, visible map[string]fakeDoc
}

type fakeDoc struct {
	version int64
	source  json.RawMessage
}

// NewFakeElasticsearch returns a server without any index.
func NewFakeElasticsearch() *FakeElasticsearch {
	return &FakeElasticsearch{mappings: map[string]map[string]any{}, indices: map[string]*fakeIndex{}}
}

// Requests returns how many requests came so far.
func (f *FakeElasticsearch) Requests() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.requests
}

// RoundTrip implements http.RoundTripper.
func (f *FakeElasticsearch) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	n := f.requests
	f.requests++
	f.mu.Unlock()
	if f.Intercept != nil {
		res, err := f.Intercept(n, req, body)
		if res != nil || err != nil {
			return res, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	status, answer := f.route(req, body)
	return Answer(req, status, answer), nil
}

// Answer makes a response as the server does, with v as JSON, or as it is if
// it is a string.
func Answer(req *http.Request, status int, v any) *http.Response {
	var b []byte
	switch v := v.(type) {
	case nil:
	case string:
		b = []byte(v)
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			status, b = http.StatusInternalServerError, []byte(err.Error())
		}
	}
	if req.Method == http.MethodHead {
		b = nil
	}
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"X-Elastic-Product": {"Elasticsearch"}, "Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: req,
	}
}

type object = map[string]any

// Failure is the body of an answer that says what went wrong. Its reason holds
// words that must never be shown, as a real one may quote a document.
func Failure(status int, errType string) any {
	return object{"status": status, "error": object{"type": errType, "reason": "SECRET quoted document"}}
}

func (f *FakeElasticsearch) route(req *http.Request, body []byte) (int, any) {
	path := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	last := path[len(path)-1]
	switch {
	case path[0] == "":
		version := f.Version
		if version == "" {
			version = "8.19.8"
		}
		return http.StatusOK, object{"version": object{"number": version}}
	case path[0] == "_component_template":
		return f.putComponent(path[1], body)
	case path[0] == "_index_template":
		return http.StatusOK, object{"acknowledged": true}
	case path[0] == "_alias":
		idx, ok := f.indices[path[1]]
		if !ok {
			return http.StatusNotFound, object{"error": "alias [" + path[1] + "] missing", "status": http.StatusNotFound}
		}
		return http.StatusOK, object{idx.name: object{"aliases": object{path[1]: object{"is_write_index": true}}}}
	case last == "_bulk":
		return f.bulk(req, body)
	case last == "_refresh":
		for _, i := range f.indices {
			i.visible = maps.Clone(i.docs)
		}
		return http.StatusOK, object{"_shards": object{"failed": 0}}
	case len(path) == 1 && req.Method == http.MethodPut:
		return f.putIndex(path[0], body)
	}
	idx, ok := f.indices[path[0]]
	if !ok {
		return http.StatusNotFound, Failure(http.StatusNotFound, "index_not_found_exception")
	}
	switch last {
	case "_mapping":
		return http.StatusOK, object{"acknowledged": true}
	case "_count":
		return http.StatusOK, object{"count": len(idx.visible), "_shards": object{"failed": 0}}
	case "_search":
		return idx.search(body)
	case "_delete_by_query":
		return idx.erase(body)
	}
	return http.StatusBadRequest, Failure(http.StatusBadRequest, "illegal_argument_exception")
}

func (f *FakeElasticsearch) putComponent(name string, body []byte) (int, any) {
	var c struct {
		Template struct {
			Mappings struct {
				Properties map[string]any `json:"properties"`
			} `json:"mappings"`
		} `json:"template"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return http.StatusBadRequest, Failure(http.StatusBadRequest, "parse_exception")
	}
	f.mappings[name] = c.Template.Mappings.Properties
	return http.StatusOK, object{"acknowledged": true}
}

func (f *FakeElasticsearch) putIndex(name string, body []byte) (int, any) {
	var c struct {
		Aliases map[string]any `json:"aliases"`
	}
	if err := json.Unmarshal(body, &c); err != nil {
		return http.StatusBadRequest, Failure(http.StatusBadRequest, "parse_exception")
	}
	for alias := range c.Aliases {
		if f.indices[alias] != nil {
			return http.StatusBadRequest, Failure(http.StatusBadRequest, "resource_already_exists_exception")
		}
		f.indices[alias] = &fakeIndex{
			name: name, properties: f.mappings[alias], docs: map[string]fakeDoc{}, visible: map[string]fakeDoc{},
		}
	}
	return http.StatusOK, object{"acknowledged": true}
}

// bulk reads the body as the server does: an action on one line, its document
// on the next. A line that is no action refuses the whole request.
func (f *FakeElasticsearch) bulk(req *http.Request, body []byte) (int, any) {
	var items []any
	errs := false
	sc := bufio.NewScanner(bytes.NewReader(body))
	sc.Buffer(nil, 64<<20)
	for sc.Scan() {
		var action map[string]struct {
			Index       string `json:"_index"`
			ID          string `json:"_id"`
			Version     int64  `json:"version"`
			VersionType string `json:"version_type"`
		}
		if err := json.Unmarshal(sc.Bytes(), &action); err != nil || len(action) != 1 {
			return http.StatusBadRequest, Failure(http.StatusBadRequest, "illegal_argument_exception")
		}
		a, ok := action["index"]
		if !ok || !sc.Scan() {
			return http.StatusBadRequest, Failure(http.StatusBadRequest, "illegal_argument_exception")
		}
		status, errType := f.write(a.Index, a.ID, a.Version, a.VersionType, sc.Bytes())
		item := object{"_id": a.ID, "status": status}
		if errType != "" {
			errs = true
			item["error"] = object{"type": errType}
			if req.URL.Query().Get("filter_path") == "" {
				item["error"] = object{"type": errType, "reason": "SECRET quoted document"}
			}
		}
		items = append(items, object{"index": item})
	}
	if sc.Err() != nil || len(items) == 0 {
		return http.StatusBadRequest, Failure(http.StatusBadRequest, "illegal_argument_exception")
	}
	return http.StatusOK, object{"errors": errs, "items": items}
}

func (f *FakeElasticsearch) write(alias, id string, version int64, versionType string, source []byte) (int, string) {
	idx, ok := f.indices[alias]
	if !ok {
		return http.StatusNotFound, "index_not_found_exception"
	}
	if versionType != "external_gte" {
		return http.StatusBadRequest, "illegal_argument_exception"
	}
	if errType := idx.fits(source); errType != "" {
		return http.StatusBadRequest, errType
	}
	old, ok := idx.docs[id]
	if ok && old.version > version {
		return http.StatusConflict, "version_conflict_engine_exception"
	}
	idx.docs[id] = fakeDoc{version: version, source: bytes.Clone(source)}
	if ok {
		return http.StatusOK, ""
	}
	return http.StatusCreated, ""
}

// fits checks the top level of a document against the mapping.
func (i *fakeIndex) fits(source []byte) string {
	var doc map[string]any
	if err := json.Unmarshal(source, &doc); err != nil {
		return "document_parsing_exception"
	}
	for name, v := range doc {
		m, ok := i.properties[name].(object)
		if !ok {
			return "strict_dynamic_mapping_exception"
		}
		_, isObject := v.(object)
		kind := fmt.Sprint(m["type"])
		takesObject := m["properties"] != nil || kind == "flattened" || kind == "geo_point"
		if isObject != takesObject {
			if _, isList := v.([]any); !isList {
				return "document_parsing_exception"
			}
		}
	}
	return ""
}
