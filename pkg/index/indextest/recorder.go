package indextest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// EnvRegenerate names the environment variable that makes Golden write its
// files instead of comparing with them.
const EnvRegenerate = "REGENERATE"

// Recorder is a transport that passes requests on and keeps each as it stood
// on the wire: method, path with query, and body. It is safe for concurrent use.
type Recorder struct {
	next http.RoundTripper

	mu   sync.Mutex
	wire bytes.Buffer
}

// NewRecorder returns a recorder in front of next.
func NewRecorder(next http.RoundTripper) *Recorder { return &Recorder{next: next} }

// RoundTrip implements http.RoundTripper.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := readBody(req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	fmt.Fprintf(&r.wire, "%s %s\n", req.Method, req.URL.RequestURI())
	if len(body) > 0 {
		r.wire.Write(body)
		if !bytes.HasSuffix(body, []byte("\n")) {
			r.wire.WriteByte('\n')
		}
	}
	r.wire.WriteByte('\n')
	r.mu.Unlock()
	return r.next.RoundTrip(req)
}

// Wire returns everything that was sent, and forgets it.
func (r *Recorder) Wire() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.wire.String()
	r.wire.Reset()
	return s
}

// Golden compares what was sent since the last call with testdata/NAME.golden.
func (r *Recorder) Golden(t *testing.T, name string) {
	t.Helper()
	Golden(t, name, r.Wire())
}

// Golden compares got with testdata/NAME.golden, or writes that file where
// REGENERATE is set.
func Golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if os.Getenv(EnvRegenerate) != "" {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err, "set %s=1 to write it", EnvRegenerate)
	require.Equal(t, string(want), got, "set %s=1 to accept", EnvRegenerate)
}

// readBody returns the body of a request, unpacked, and leaves one to be read.
func readBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	raw, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	if err := req.Body.Close(); err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	req.Body = io.NopCloser(bytes.NewReader(raw))
	if !strings.EqualFold(req.Header.Get("Content-Encoding"), "gzip") {
		return raw, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("unpack request: %w", err)
	}
	body, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack request: %w", err)
	}
	return body, z.Close()
}
