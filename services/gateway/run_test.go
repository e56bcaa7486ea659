package gateway

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

// running is a gateway that listens, and a client for it.
type running struct {
	*fixture
	url    string
	client *http.Client
	stop   func() error // ends it and returns what Run returned
}

func run(t *testing.T, change func(*Config, *Deps)) *running {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := newFixture(t, func(c *Config, d *Deps) {
		d.Listener = l
		if change != nil {
			change(c, d)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	transport := &http.Transport{}
	r := &running{fixture: f, url: "http://" + l.Addr().String(), client: &http.Client{Transport: transport}}
	r.stop = sync.OnceValue(func() error {
		cancel()
		err := <-done
		transport.CloseIdleConnections()
		return err
	})
	t.Cleanup(func() { require.NoError(t, r.stop()) })
	return r
}

func (r *running) post(t *testing.T, body io.Reader) (int, answer) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/ads", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", typeNDJSON)
	resp, err := r.client.Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	var a answer
	require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
	return resp.StatusCode, a
}

func TestRun(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	for range 3 { // over one connection
		status, a := r.post(t, strings.NewReader(feed(10)))
		require.Equal(t, http.StatusAccepted, status)
		require.Equal(t, 10, a.Accepted)
	}
	require.Contains(t, r.url, r.Addr())
	require.NoError(t, r.Ready())
	require.NoError(t, r.stop())
	require.ErrorContains(t, r.Ready(), "is stopping")
}

func TestRunListens(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Listen = taken.Addr().String() })
	require.ErrorContains(t, f.Run(t.Context()), "listen: ")
	f = newFixture(t, func(c *Config, _ *Deps) {
		c.Listen, c.TLS = "127.0.0.1:0", TLSConfig{CertFile: filepath.Join(t.TempDir(), "none"), KeyFile: "none"}
	})
	require.ErrorContains(t, f.Run(t.Context()), "serve: ")
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	const senders, requests, ads = 8, 5, 40
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for request := range requests {
				var b strings.Builder
				for i := range ads {
					b.WriteString(advert(fmt.Sprintf("%d-%d-%d", sender, request, i)) + "\n")
				}
				status, a := r.post(t, strings.NewReader(b.String()))
				if status != http.StatusAccepted || a.Accepted != ads {
					t.Errorf("status %d, accepted %d", status, a.Accepted)
				}
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, k := range r.producer.keys() {
		seen[k] = true
	}
	require.Len(t, seen, senders*requests*ads)
}

// A sender that stalls in the middle gets an answer for what came, and loses
// its slot.
func TestSenderThatStalls(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) { c.Timeouts.Stall = 50 * time.Millisecond })
	body, w := io.Pipe()
	defer func() { require.NoError(t, w.Close()) }()
	go func() { _, _ = io.WriteString(w, feed(3)+`{"id":"half`) }()
	status, a := r.post(t, body)
	require.Equal(t, http.StatusRequestTimeout, status)
	require.Equal(t, "timeout", a.Error.Code)
	require.Equal(t, 3, a.Accepted)
	require.Equal(t, 4, a.ResendFrom)
	require.Empty(t, r.slots)
}

// One that drips a byte at a time never stalls, but the request has an end.
func TestSenderThatDrips(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) { c.Timeouts.Request = 100 * time.Millisecond })
	body, w := io.Pipe()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			if _, err := io.WriteString(w, "x"); err != nil {
				return
			}
		}
	}()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/ads", body)
	require.NoError(t, err)
	req.Header.Set("Content-Type", typeNDJSON)
	// A client that does not stop sending may miss the answer.
	if resp, err := r.client.Do(req); err == nil {
		require.Equal(t, http.StatusRequestTimeout, resp.StatusCode)
		require.NoError(t, resp.Body.Close())
	}
	require.NoError(t, body.Close())
	<-stopped
	require.NoError(t, r.stop())
	require.InDelta(t, 1, testutil.ToFloat64(r.metrics.requests.WithLabelValues("408")), 0)
}

// A client that sends all before it reads gets the answer to a request that was
// refused in the middle, and the connection lives on.
func TestRefusedInTheMiddle(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) { c.Rate = RateConfig{AdsPerSecond: 1, Burst: 5} })
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	in := bufio.NewReader(conn)
	body := feed(5) + strings.Repeat(advert("x")+"\n", 120_000) // more than fits into the buffers between
	require.Less(t, len(body), drainBytes)
	for _, resendFrom := range []int{6, 1} {
		_, err = fmt.Fprintf(conn, "POST /v1/ads HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", typeNDJSON, len(body), body)
		require.NoError(t, err)
		resp, err := http.ReadResponse(in, nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusTooManyRequests, resp.StatusCode)
		require.False(t, resp.Close)
		var a answer
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&a))
		require.NoError(t, resp.Body.Close())
		require.Equal(t, resendFrom, a.ResendFrom)
	}
}

// The deadline of reading must not run on while Kafka is waited for, nor the
// deadline of an answer into the next request of the connection.
func TestDeadlinesEndWithWhatTheyBound(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) { c.Timeouts.Stall = 20 * time.Millisecond })
	slow := make(chan struct{})
	r.producer.fail = func(int, []stream.Message) error {
		<-slow
		return nil
	}
	time.AfterFunc(200*time.Millisecond, func() { close(slow) })
	for range 2 {
		status, a := r.post(t, strings.NewReader(feed(2)))
		require.Equal(t, http.StatusAccepted, status)
		require.Equal(t, 2, a.Accepted)
	}
}

// A request that is under way when the process stops is answered.
func TestStopFinishesRequests(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) { c.Limits.ChunkAds = 5 })
	body, w := io.Pipe()
	entered := make(chan struct{}, 1)
	r.producer.fail = func(int, []stream.Message) error {
		entered <- struct{}{}
		for !r.stopping.Load() {
			time.Sleep(time.Millisecond) // Run has seen that ctx ended
		}
		return nil
	}
	stopped := make(chan error, 1)
	go func() {
		_, _ = io.WriteString(w, feed(7))
		<-entered
		stopped <- r.stop()
	}()
	status, a := r.post(t, body)
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "stopping", a.Error.Code)
	require.Equal(t, 5, a.Accepted)
	require.Equal(t, 6, a.ResendFrom)
	require.NoError(t, w.Close())
	require.NoError(t, <-stopped)
}

// Connections that send nothing do not keep others out for good.
func TestConnectionLimit(t *testing.T) {
	t.Parallel()
	r := run(t, func(c *Config, _ *Deps) {
		c.Limits.Connections, c.Timeouts.Header = 2, 100*time.Millisecond
	})
	var idle []net.Conn
	for range 2 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(r.url, "http://"))
		require.NoError(t, err)
		_, err = io.WriteString(c, "POST /v1/ads HT")
		require.NoError(t, err)
		idle = append(idle, c)
	}
	status, _ := r.post(t, strings.NewReader(feed(1)))
	require.Equal(t, http.StatusAccepted, status)
	for _, c := range idle {
		_, _ = io.Copy(io.Discard, bufio.NewReader(c))
		require.NoError(t, c.Close())
	}
}

func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	r := run(t, nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"/v1/ads", strings.NewReader(advert("1")))
	require.NoError(t, err)
	req.Header.Set("X-Big", strings.Repeat("x", 64<<10))
	resp, err := r.client.Do(req)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, http.StatusRequestHeaderFieldsTooLarge, resp.StatusCode)
}

func TestKeysAreReadAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	_, entry := newKey(t, AnyPlatform)
	writeKeys(t, path, entry)
	r := run(t, func(c *Config, _ *Deps) {
		c.AllowAnonymous, c.KeysFile, c.KeysReload = false, path, 5*time.Millisecond
	})
	_, second := newKey(t, AnyPlatform)
	writeKeys(t, path, entry, second)
	require.Eventually(t, func() bool { return len(r.keys.Load().byID) == 2 }, 10*time.Second, 5*time.Millisecond)
}
