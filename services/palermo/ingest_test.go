package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// TestSenderResendsWhatWasNotTaken stands in for a gateway that takes three
// lines a request and then asks for patience.
func TestSenderResendsWhatWasNotTaken(t *testing.T) {
	t.Parallel()
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		z, err := gzip.NewReader(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		b, err := io.ReadAll(z)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		lines := strings.Split(strings.TrimSpace(string(b)), "\n")
		if len(lines) <= 3 {
			got = append(got, lines...)
			w.WriteHeader(http.StatusAccepted)
			fmt.Fprintf(w, `{"accepted":%d}`, len(lines))
			return
		}
		got = append(got, lines[:3]...)
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprint(w, `{"accepted":2,"rejected":1,"resend_from":4,"errors":[{"line":2,"field":"id","problem":"is missing","fix":"send it"},{"line":4,"problem":"later"}]}`)
	}))
	defer srv.Close()
	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprintf(`{"n":%d}`, i))
	}
	var said strings.Builder
	env := &environment{stdin: strings.NewReader(""), stdout: io.Discard, stderr: &said, getenv: func(string) string { return "" }}
	s := &sender{url: srv.URL, patience: time.Minute, env: env}
	defer s.close()
	files, err := checkFiles([]string{writeFeed(t, "f.ndjson", want...)})
	require.NoError(t, err)
	require.NoError(t, s.sendFiles(t.Context(), files, func(int) {}))
	require.Equal(t, want, got)
	require.Equal(t, 6, s.accepted)
	require.Equal(t, 2, s.refused)
	require.Contains(t, said.String(), "line 2: id is missing: send it")
	require.Contains(t, said.String(), "line 5: id is missing")
}

func TestSenderGivesUpOnARefusalForGood(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no such key", http.StatusUnauthorized)
	}))
	defer srv.Close()
	code, _, errs := call(t, "", "ingest", "--server", srv.URL, writeFeed(t, "f.ndjson", adJSON("1", longText)))
	require.Equal(t, 2, code)
	require.Contains(t, errs, "401")
}
