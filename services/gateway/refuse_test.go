package gateway

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

func TestKeysLetIn(t *testing.T) {
	t.Parallel()
	plain, entry := newKey(t, "jobs.example")
	expired, expiredEntry := newKey(t, AnyPlatform)
	expiredEntry.Expires = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	later, laterEntry := newKey(t, AnyPlatform)
	laterEntry.Expires = time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	unknown, _ := newKey(t)
	tests := []struct {
		name, authorization string
		status              int
		why                 refusal
	}{
		{"good", "Bearer " + plain, 202, ""},
		{"good, other case", "bearer " + plain, 202, ""},
		{"not expired yet", "Bearer " + later, 202, ""},
		{"none", "", 401, refusedNoKey},
		{"no scheme", plain, 401, refusedNoKey},
		{"basic", "Basic " + plain, 401, refusedNoKey},
		{"unknown", "Bearer " + unknown, 401, refusedUnknown},
		{"known id, other secret", "Bearer " + plain[:len(plain)-1] + "_", 401, refusedUnknown},
		{"cut off", "Bearer " + plain[:len(plain)-1], 401, refusedUnknown},
		{"id alone", "Bearer palermo_" + entry.ID, 401, refusedUnknown},
		{"hash for the key", "Bearer " + entry.SHA256, 401, refusedUnknown},
		{"expired", "Bearer " + expired, 401, refusedExpired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, withKeys(entry, expiredEntry, laterEntry))
			w, a := f.do(t, newPost(typeJSON, advert("1"), "Authorization", tt.authorization))
			require.Equal(t, tt.status, w.Code)
			if tt.why == "" {
				require.Equal(t, 1, a.Accepted)
				return
			}
			require.Contains(t, w.Header().Get("WWW-Authenticate"), "Bearer")
			require.Equal(t, "unauthorized", a.Error.Code)
			require.Empty(t, f.producer.got)
			require.InDelta(t, 1, testutil.ToFloat64(f.metrics.refusals.WithLabelValues(string(tt.why))), 0)
		})
	}
}

func TestKeyIsBoundToItsPlatforms(t *testing.T) {
	t.Parallel()
	plain, entry := newKey(t, "jobs.example", "cars.example")
	auth := []string{"Authorization", "Bearer " + plain}
	foreign := strings.ReplaceAll(advert("1"), "jobs.example", "other.example")
	f := newFixture(t, withKeys(entry))

	w, a := f.do(t, newPost(typeNDJSON, foreign+"\n"+advert("2"), auth...))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, []string{"jobs.example/2"}, f.producer.keys())
	require.Equal(t, "platform_not_allowed", a.Errors[0].Code)
	require.Equal(t, "platform", a.Errors[0].Field)

	w, _ = f.do(t, newPost(typeJSON, foreign, auth...))
	require.Equal(t, http.StatusForbidden, w.Code)
	w, _ = f.do(t, newPost(typeNDJSON, foreign+"\n{}", auth...))
	require.Equal(t, http.StatusUnprocessableEntity, w.Code, "not only because of the platform")
}

func TestRate(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Rate = RateConfig{AdsPerSecond: 2, Burst: 10} })

	w, a := f.do(t, newPost(typeNDJSON, feed(6)+"{}\n"))
	require.Equal(t, http.StatusAccepted, w.Code, "lines that are wrong count as well")
	require.Equal(t, 1, a.Rejected)

	// Three are left: what fits is taken, the rest is not read.
	w, a = f.do(t, newPost(typeNDJSON, "\n"+feed(5)))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "rate_limited", a.Error.Code)
	require.Equal(t, 3, a.Accepted)
	require.Equal(t, 5, a.ResendFrom)
	require.Equal(t, "2", w.Header().Get("Retry-After"), "until as many fit as did now")
	require.Len(t, f.producer.got, 9)

	w, a = f.do(t, newPost(typeJSON, advert("1")))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, 1, a.ResendFrom)
	require.Equal(t, "1", w.Header().Get("Retry-After"))

	f.now = f.now.Add(time.Second)
	w, a = f.do(t, newPost(typeNDJSON, feed(2)))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 2, a.Accepted)
}

// A sender that follows resend_from gets every advert in.
func TestRateIsFollowedToTheEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Rate = RateConfig{AdsPerSecond: 10, Burst: 7} })
	lines := strings.SplitAfter(strings.TrimSpace(feed(100)), "\n")
	for requests := 0; len(lines) > 0; requests++ {
		require.Less(t, requests, 100)
		w, a := f.do(t, newPost(typeNDJSON, strings.Join(lines, "")))
		if w.Code == http.StatusAccepted {
			break
		}
		var seconds int
		_, err := fmt.Sscan(w.Header().Get("Retry-After"), &seconds)
		require.NoError(t, err)
		f.now = f.now.Add(time.Duration(seconds) * time.Second)
		lines = lines[a.ResendFrom-1:]
	}
	require.Len(t, f.producer.got, 100)
}

func TestRateIsPerKey(t *testing.T) {
	t.Parallel()
	a, entryA := newKey(t, AnyPlatform)
	b, entryB := newKey(t, AnyPlatform)
	entryA.Rate = &RateConfig{AdsPerSecond: 1, Burst: 1}
	f := newFixture(t, withKeys(entryA, entryB))
	send := func(key string) int {
		w, _ := f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+key))
		return w.Code
	}
	require.Equal(t, 202, send(a))
	require.Equal(t, 429, send(a))
	require.Equal(t, 202, send(b))
	require.Equal(t, 202, send(b))
}

func TestProducerFails(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		fail       func(int, []stream.Message) error
		accepted   int
		open       []int // lines
		resendFrom int
	}{
		{"all", func(int, []stream.Message) error { return errBroker }, 0, []int{1, 3, 4, 5}, 1},
		{"a later chunk", func(n int, _ []stream.Message) error {
			if n == 2 {
				return errBroker
			}
			return nil
		}, 4, []int{6, 7, 8, 9}, 6},
		{"some", func(int, []stream.Message) error { return fmt.Errorf("write: %w", partial(4, 1, 3)) }, 2, []int{3, 5}, 3},
		{"some, joined", func(int, []stream.Message) error { return errors.Join(errBroker, partial(4, 0)) }, 3, []int{1}, 1},
		{"of another length", func(int, []stream.Message) error { return partial(5, 4) }, 0, []int{1, 3, 4, 5}, 1},
		{"none named", func(int, []stream.Message) error { return partial(4) }, 0, []int{1, 3, 4, 5}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.ChunkAds = 4 })
			f.producer.fail = tt.fail
			lines := strings.Split(feed(12), "\n")
			lines[1] = "{}"
			w, a := f.do(t, newPost(typeNDJSON, strings.Join(lines, "\n")))
			require.Equal(t, http.StatusServiceUnavailable, w.Code)
			require.Equal(t, "kafka_unavailable", a.Error.Code)
			require.Equal(t, tt.accepted, a.Accepted)
			require.Equal(t, tt.resendFrom, a.ResendFrom)
			require.Equal(t, 1, a.Rejected)
			require.Equal(t, len(tt.open), a.Unacknowledged)
			var open []int
			for _, e := range a.Errors {
				if e.Code == codeUnack {
					open = append(open, e.Line)
				}
			}
			require.Equal(t, tt.open, open)
			require.NotContains(t, w.Body.String(), errBroker.Error())
			require.Len(t, f.producer.writes, 1+(tt.accepted/4), "nothing is written after a failure")
		})
	}
}

// What Kafka will never take must not be sent again and again.
func TestProducerRefusesForGood(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.ChunkAds = 4 })
	f.producer.fail = func(n int, msgs []stream.Message) error {
		each := make(stream.WriteErrors, len(msgs))
		if n == 1 {
			each[2] = fmt.Errorf("write: %w", stream.ErrTooLarge)
			return each
		}
		return nil
	}
	w, a := f.do(t, newPost(typeNDJSON, feed(8)))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 7, a.Accepted)
	require.Equal(t, 1, a.Rejected)
	require.Equal(t, 3, a.Errors[0].Line)
	require.Equal(t, "too_large", a.Errors[0].Code)
	require.Zero(t, f.failures.Load())
}

func TestReadyFollowsKafka(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	require.ErrorContains(t, f.Ready(), "does not listen yet")
	addr := "127.0.0.1:1"
	f.addr.Store(&addr)
	require.NoError(t, f.Ready())
	require.NoError(t, f.Live())
	f.producer.fail = func(n int, _ []stream.Message) error {
		if n <= 3 {
			return errBroker
		}
		return nil
	}
	for range 2 {
		f.do(t, newPost(typeJSON, advert("1")))
		require.NoError(t, f.Ready())
	}
	f.do(t, newPost(typeJSON, advert("1")))
	require.ErrorContains(t, f.Ready(), "Kafka does not acknowledge")
	f.now = f.now.Add(10 * time.Second)
	require.NoError(t, f.Ready(), "or nobody would find out that Kafka is back")
	f.do(t, newPost(typeJSON, advert("1")))
	require.Zero(t, f.failures.Load())
}

func TestBusy(t *testing.T) {
	t.Parallel()
	plain, entry := newKey(t, AnyPlatform)
	other, otherEntry := newKey(t, AnyPlatform)
	third, thirdEntry := newKey(t, AnyPlatform)
	f := newFixture(t, func(c *Config, d *Deps) {
		withKeys(entry, otherEntry, thirdEntry)(c, d)
		c.Limits.Requests, c.Limits.RequestsPerKey = 2, 1
	})
	entered, goOn := make(chan struct{}), make(chan struct{})
	f.producer.fail = func(int, []stream.Message) error {
		entered <- struct{}{}
		<-goOn
		return nil
	}
	done := make(chan int)
	send := func(key string) {
		w, _ := f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+key))
		done <- w.Code
	}
	go send(plain)
	<-entered

	w, a := f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+plain))
	require.Equal(t, http.StatusTooManyRequests, w.Code)
	require.Equal(t, "busy", a.Error.Code)

	// The producer holds its lock, so the second request only reads.
	f.slots <- struct{}{}
	for _, key := range []string{other, third} {
		w, a = f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+key))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "busy", a.Error.Code)
	}
	<-f.slots
	close(goOn)
	require.Equal(t, http.StatusAccepted, <-done)
	go func() { <-entered }()
	w, _ = f.do(t, newPost(typeJSON, advert("1"), "Authorization", "Bearer "+plain))
	require.Equal(t, http.StatusAccepted, w.Code, "slots are given back")
}

func TestPanicIsSurvived(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	f.producer.fail = func(int, []stream.Message) error { panic("boom 081234567890") }
	w, a := f.do(t, newPost(typeJSON, advert("1")))
	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Equal(t, "internal", a.Error.Code)
	require.NotContains(t, w.Body.String(), "boom")
	require.InDelta(t, 1, testutil.ToFloat64(f.metrics.panics), 0)
	require.InDelta(t, 0, testutil.ToFloat64(f.metrics.inFlight), 0)
	f.producer.fail = nil
	w, _ = f.do(t, newPost(typeJSON, advert("1")))
	require.Equal(t, http.StatusAccepted, w.Code)
}
