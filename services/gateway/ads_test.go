package gateway

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/stream"
)

func TestPostAds(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 10000) + strings.Repeat("]", 10000)
	tests := []struct {
		name        string
		contentType string
		body        string
		header      []string
		status      int
		accepted    []string // keys
		errors      []string // line field code
		code        string   // of the request's error
	}{
		{"one", typeJSON, advert("1"), nil, 202, []string{"jobs.example/1"}, nil, ""},
		{"one, charset", "application/json; charset=UTF-8", advert("1"), nil, 202, []string{"jobs.example/1"}, nil, ""},
		{"one over several lines", typeJSON, "\uFEFF" + strings.ReplaceAll(advert("1"), ",", ",\r\n\t"), nil, 202, []string{"jobs.example/1"}, nil, ""},
		{"one, packed", typeJSON, pack(t, advert("1")), []string{"Content-Encoding", "gzip"}, 202, []string{"jobs.example/1"}, nil, ""},
		{"one, wrong", typeJSON, `{"id":1}`, nil, 422, nil, []string{"1 id wrong_type"}, ""},
		{"one, not JSON", typeJSON, `id=1`, nil, 422, nil, []string{"1  invalid_json"}, ""},
		{"an array", typeJSON, "[" + advert("1") + "]", nil, 422, nil, []string{"1  wrong_type"}, ""},
		{"two in one", typeJSON, advert("1") + advert("2"), nil, 422, nil, []string{"1  invalid_json"}, ""},
		{"one, too large", typeJSON, strings.Repeat(" ", 1<<20) + advert("1"), nil, 413, nil, []string{"1  too_large"}, ""},
		{"one, value too large", typeJSON, `{"id":"` + strings.Repeat("x", 600) + `","platform":"a"}`, nil, 422, nil, []string{"1 id too_large"}, ""},
		{"none", typeJSON, "", nil, 400, nil, nil, "empty_body"},
		{"white space", typeJSON, " \r\n", nil, 400, nil, nil, "empty_body"},
		{"feed", typeNDJSON, feed(3), nil, 202, []string{"jobs.example/1", "jobs.example/2", "jobs.example/3"}, nil, ""},
		{"feed, no last line feed", typeNDJSON, advert("1") + "\n" + advert("2"), nil, 202, []string{"jobs.example/1", "jobs.example/2"}, nil, ""},
		{"feed, packed", typeNDJSON, pack(t, feed(2)), []string{"Content-Encoding", "GZIP"}, 202, []string{"jobs.example/1", "jobs.example/2"}, nil, ""},
		{"feed, packed in members", typeNDJSON, pack(t, feed(1)) + pack(t, "\n"+advert("2")), []string{"Content-Encoding", "gzip"}, 202, []string{"jobs.example/1", "jobs.example/2"}, nil, ""},
		{"feed with blank lines and a mark", typeNDJSON, "\uFEFF\r\n" + advert("1") + "\r\n\r\n \n" + advert("2") + "\r\n", nil, 202, []string{"jobs.example/1", "jobs.example/2"}, nil, ""},
		{
			"feed, some wrong", typeNDJSON, advert("1") + "\n\n{}\n" + advert("2") + "\nx\n" + deep + "\n", nil, 202,
			[]string{"jobs.example/1", "jobs.example/2"},
			[]string{"3 id missing_field", "5  invalid_json", "6  too_deep"},
			"",
		},
		{"feed, all wrong", typeNDJSON, "{}\n{}", nil, 422, nil, []string{"1 id missing_field", "2 id missing_field"}, ""},
		{"feed, empty", typeNDJSON, "\n\n", nil, 400, nil, nil, "empty_body"},
		{
			"feed with a line of 20 MB", typeNDJSON, advert("1") + "\n" + strings.Repeat("x", 20<<20) + "\n" + advert("2"), nil, 202,
			[]string{"jobs.example/1", "jobs.example/2"},
			[]string{"2  too_large"},
			"",
		},
		{"invalid UTF-8", typeNDJSON, advert("\xff") + "\n" + advert("1"), nil, 202, []string{"jobs.example/1"}, []string{"1  invalid_utf8"}, ""},
		{"not packed", typeNDJSON, feed(1), []string{"Content-Encoding", "gzip"}, 400, nil, nil, "bad_body"},
		{"packed twice", typeNDJSON, feed(1), []string{"Content-Encoding", "gzip, gzip"}, 415, nil, nil, "unsupported_content_encoding"},
		{"other packing", typeNDJSON, feed(1), []string{"Content-Encoding", "br"}, 415, nil, nil, "unsupported_content_encoding"},
		{"form", "application/x-www-form-urlencoded", advert("1"), nil, 415, nil, nil, "unsupported_media_type"},
		{"text", "text/plain", advert("1"), nil, 415, nil, nil, "unsupported_media_type"},
		{"no type", "", advert("1"), nil, 415, nil, nil, "unsupported_media_type"},
		{"other charset", "application/json; charset=latin1", advert("1"), nil, 415, nil, nil, "unsupported_media_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, nil)
			w, a := f.do(t, newPost(tt.contentType, tt.body, tt.header...))
			require.Equal(t, tt.status, w.Code, w.Body.String())
			require.Equal(t, len(tt.accepted), a.Accepted)
			require.Equal(t, len(tt.errors), a.Rejected)
			if tt.accepted != nil {
				require.Equal(t, tt.accepted, f.producer.keys())
			}
			var got []string
			for _, e := range a.Errors {
				got = append(got, fmt.Sprintf("%d %s %s", e.Line, e.Field, e.Code))
			}
			require.Equal(t, tt.errors, got)
			if tt.code != "" {
				require.Equal(t, tt.code, a.Error.Code)
			} else {
				require.Nil(t, a.Error)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	f := newFixture(t, func(c *Config, _ *Deps) { c.Topic = "test.ads.raw" })
	body := `{ "id" : "1" ,"platform":"jobs.example", "text":"a  \" b\u0041", "price":{"amount": 1.50 },` + "\r\n" +
		`"posted_at":"2026-11-24T08:30:00Z" , "unknown" : [ 1 , 2 ] } `
	w, _ := f.do(t, newPost(typeJSON, body, "traceparent", trace))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, []stream.Message{{
		Topic: "test.ads.raw",
		Key:   []byte("jobs.example/1"),
		Value: []byte(`{"id":"1","platform":"jobs.example","text":"a  \" b\u0041","price":{"amount":1.50},` +
			`"posted_at":"2026-11-24T08:30:00Z","unknown":[1,2]}`),
		Headers: []stream.Header{
			{Key: "palermo-ad", Value: []byte(ad.DocID("jobs.example", "1"))},
			{Key: "traceparent", Value: []byte(trace)},
		},
	}}, f.producer.got)
	_, err := ad.Decode(f.producer.got[0].Value)
	require.NoError(t, err)
}

func TestInvalidTraceIsNotPassedOn(t *testing.T) {
	t.Parallel()
	for _, trace := range []string{
		"x", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
		"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01",
		"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
		"00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
	} {
		f := newFixture(t, nil)
		f.do(t, newPost(typeJSON, advert("1"), "traceparent", trace))
		require.Len(t, f.producer.got[0].Headers, 1, trace)
	}
}

func TestChunks(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.ChunkAds = 4 })
	_, a := f.do(t, newPost(typeNDJSON, feed(10)))
	require.Equal(t, 10, a.Accepted)
	require.Equal(t, []int{4, 4, 2}, f.producer.writes)
	// What was written stays as it was while later chunks are built.
	for i, m := range f.producer.got {
		require.Equal(t, advert(fmt.Sprint(i+1)), string(m.Value))
	}

	f = newFixture(t, func(c *Config, _ *Deps) { c.Limits.ChunkBytes = 3 * len(advert("1")) })
	_, a = f.do(t, newPost(typeNDJSON, feed(9)))
	require.Equal(t, 9, a.Accepted)
	require.Equal(t, []int{3, 3, 3}, f.producer.writes)
}

func TestErrorsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.Errors = 5 })
	w, a := f.do(t, newPost(typeNDJSON, strings.Repeat("{}\n", 1000)+feed(1)))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 1, a.Accepted)
	require.Equal(t, 1000, a.Rejected)
	require.Len(t, a.Errors, 5)
	require.Equal(t, 995, a.ErrorsOmitted)
}

func TestOtherPathsAndMethods(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	w, a := f.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/ads", http.NoBody))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	require.Equal(t, "POST", w.Header().Get("Allow"))
	require.Equal(t, "method_not_allowed", a.Error.Code)
	w, _ = f.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/v1/openapi.yaml", http.NoBody))
	require.Equal(t, http.StatusMethodNotAllowed, w.Code)
	w, a = f.do(t, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	require.Equal(t, http.StatusNotFound, w.Code)
	require.Equal(t, "not_found", a.Error.Code)
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.do(t, newPost(typeNDJSON, feed(3)+"{}\n"))
	f.producer.fail = func(int, []stream.Message) error { return partial(2, 1) }
	f.do(t, newPost(typeNDJSON, feed(2)))
	require.InDelta(t, 4, testutil.ToFloat64(f.metrics.ads.WithLabelValues(resultAccepted)), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.ads.WithLabelValues(resultRejected)), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.ads.WithLabelValues(resultUnacknowledged)), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.rejects.WithLabelValues(string(ad.CodeMissing))), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.requests.WithLabelValues("202")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.requests.WithLabelValues("503")), 0)
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.writeErrors), 0)
	require.InDelta(t, 0, testutil.ToFloat64(f.metrics.inFlight), 0)
	n, err := testutil.GatherAndCount(f.registry, "palermo_gateway_requests_total")
	require.NoError(t, err)
	require.Equal(t, len(statuses), n, "every status is there from the start, and no other")
	problems, err := testutil.GatherAndLint(f.registry)
	require.NoError(t, err)
	require.Empty(t, problems)
}
