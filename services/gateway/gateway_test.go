package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"palermo.internal/pkg/stream"
)

// fakeProducer keeps what it is given; fail may refuse a write.
type fakeProducer struct {
	mu     sync.Mutex
	got    []stream.Message
	writes []int
	fail   func(write int, msgs []stream.Message) error
}

func (p *fakeProducer) Write(_ context.Context, msgs []stream.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes = append(p.writes, len(msgs))
	var err error
	if p.fail != nil {
		err = p.fail(len(p.writes), msgs)
	}
	each, ok := errors.AsType[stream.WriteErrors](err)
	for i, m := range msgs {
		if err == nil || ok && len(each) == len(msgs) && each[i] == nil {
			p.got = append(p.got, m)
		}
	}
	return err
}

func (p *fakeProducer) keys() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]string, len(p.got))
	for i, m := range p.got {
		out[i] = string(m.Key)
	}
	return out
}

// partial is what a stream.Producer returns if it fails on some of n messages.
func partial(n int, failed ...int) error {
	each := make(stream.WriteErrors, n)
	for _, i := range failed {
		each[i] = errBroker
	}
	return each
}

var errBroker = errors.New("broker is down")

type fixture struct {
	*Service
	producer *fakeProducer
	registry *prometheus.Registry
	now      time.Time
}

// newFixture returns an anonymous gateway whose clock stands still.
func newFixture(tb testing.TB, change func(*Config, *Deps)) *fixture {
	tb.Helper()
	f := &fixture{
		producer: &fakeProducer{}, registry: prometheus.NewRegistry(),
		now: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	}
	cfg := DefaultConfig()
	cfg.AllowAnonymous = true
	deps := Deps{
		Producer: f.producer, Logger: zap.NewNop(), Registry: f.registry,
		Clock: func() time.Time { return f.now },
	}
	if change != nil {
		change(&cfg, &deps)
	}
	s, err := New(cfg, deps)
	require.NoError(tb, err)
	f.Service = s
	return f
}

// newKey makes a key for platforms.
func newKey(tb testing.TB, platforms ...string) (string, KeyEntry) {
	tb.Helper()
	plain, entry, err := NewKey()
	require.NoError(tb, err)
	entry.Platforms = platforms
	return plain, entry
}

func withKeys(entries ...KeyEntry) func(*Config, *Deps) {
	return func(c *Config, _ *Deps) { c.AllowAnonymous, c.Keys = false, entries }
}

// advert returns a valid advert of jobs.example.
func advert(id string) string {
	return `{"id":"` + id + `","platform":"jobs.example","posted_at":"2026-11-24T08:30:00Z","text":"work abroad"}`
}

func feed(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(advert(fmt.Sprint(i+1)) + "\n")
	}
	return b.String()
}

func pack(tb testing.TB, s string) string {
	tb.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.WriteString(w, s)
	require.NoError(tb, err)
	require.NoError(tb, w.Close())
	return b.String()
}

func newPost(contentType, body string, header ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/v1/ads", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

// do sends a request to the handler and checks what every answer promises.
func (f *fixture) do(tb testing.TB, r *http.Request) (*httptest.ResponseRecorder, answer) {
	tb.Helper()
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	var a answer
	d := json.NewDecoder(bytes.NewReader(w.Body.Bytes()))
	d.DisallowUnknownFields()
	require.NoError(tb, d.Decode(&a), w.Body.String())
	require.Equal(tb, "application/json", w.Header().Get("Content-Type"))
	require.NotEmpty(tb, a.RequestID)
	require.Equal(tb, a.RequestID, w.Header().Get("X-Request-Id"))
	require.Equal(tb, "nosniff", w.Header().Get("X-Content-Type-Options"))
	require.Equal(tb, "no-store", w.Header().Get("Cache-Control"))
	require.NotNil(tb, a.Errors)
	require.Equal(tb, a.Rejected+a.Unacknowledged, len(a.Errors)+a.ErrorsOmitted)
	for i, e := range a.Errors {
		require.NotEmpty(tb, e.Code)
		require.NotEmpty(tb, e.Problem)
		require.NotEmpty(tb, e.Fix)
		if i > 0 {
			require.GreaterOrEqual(tb, e.Line, a.Errors[i-1].Line)
		}
	}
	if a.Error != nil {
		require.NotEmpty(tb, a.Error.Problem)
		require.NotEmpty(tb, a.Error.Fix)
	}
	if w.Code == http.StatusTooManyRequests || w.Code == http.StatusServiceUnavailable {
		require.Regexp(tb, `^[1-9][0-9]*$`, w.Header().Get("Retry-After"))
	}
	return w, a
}
