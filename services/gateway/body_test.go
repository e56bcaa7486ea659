package gateway

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
)

// bomb returns n bytes of filler in a feed of two adverts, packed.
func bomb(tb testing.TB, n int, filler string) string {
	tb.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	require.NoError(tb, err)
	_, err = io.WriteString(w, advert("1")+"\n")
	require.NoError(tb, err)
	block := []byte(strings.Repeat(filler, 1<<16/len(filler)))
	for written := 0; written < n; written += len(block) {
		_, err = w.Write(block)
		require.NoError(tb, err)
	}
	_, err = io.WriteString(w, "\n"+advert("2")+"\n")
	require.NoError(tb, err)
	require.NoError(tb, w.Close())
	return b.String()
}

func TestBombIsBounded(t *testing.T) {
	t.Parallel()
	for name, filler := range map[string]string{"one line": "0", "blank lines": "\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.DecodedBytes = 16 << 20 })
			body := bomb(t, 64<<20, filler)
			require.Less(t, len(body), 4<<20)
			w, a := f.do(t, newPost(typeNDJSON, body, "Content-Encoding", "gzip"))
			require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
			require.Equal(t, "body_too_large", a.Error.Code)
			require.Equal(t, 1, a.Accepted, "what came before is taken")
			require.Greater(t, a.ResendFrom, 1)
		})
	}
}

func TestBombWithinTheLimitTakesLittleMemory(t *testing.T) {
	f := newFixture(t, nil)
	body := bomb(t, 128<<20, "0")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	w, a := f.do(t, newPost(typeNDJSON, body, "Content-Encoding", "gzip"))
	runtime.ReadMemStats(&after)
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 2, a.Accepted)
	require.Equal(t, 1, a.Rejected)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(16<<20))
}

func TestBombOfOneAdvert(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	w, a := f.do(t, newPost(typeJSON, bomb(t, 32<<20, " "), "Content-Encoding", "gzip"))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Equal(t, "too_large", a.Errors[0].Code)
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config, _ *Deps) { c.Limits.BodyBytes = int64(len(advert("1"))*3 + 10) })
	// Announced: not read at all.
	w, a := f.do(t, newPost(typeNDJSON, feed(9)))
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Equal(t, "body_too_large", a.Error.Code)
	require.Zero(t, a.Accepted)
	// Not announced: what fits is taken.
	r := newPost(typeNDJSON, feed(9))
	r.ContentLength = -1
	w, a = f.do(t, r)
	require.Equal(t, http.StatusRequestEntityTooLarge, w.Code)
	require.Equal(t, 3, a.Accepted)
	require.Equal(t, 4, a.ResendFrom)
}

func TestBodyBreaksOff(t *testing.T) {
	t.Parallel()
	f := newFixture(t, nil)
	packed := pack(t, feed(100))
	w, a := f.do(t, newPost(typeNDJSON, packed[:len(packed)-10], "Content-Encoding", "gzip"))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Equal(t, "bad_body", a.Error.Code)
	require.Equal(t, a.Accepted+1, a.ResendFrom)

	damaged := []byte(packed)
	damaged[len(damaged)-5] ^= 0xff // the checksum
	w, a = f.do(t, newPost(typeNDJSON, string(damaged), "Content-Encoding", "gzip"))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Equal(t, "bad_body", a.Error.Code)

	w, a = f.do(t, newPost(typeJSON, packed[:40], "Content-Encoding", "gzip"))
	require.Equal(t, http.StatusBadRequest, w.Code)
	require.Zero(t, a.Accepted)
	require.Equal(t, 1, a.ResendFrom)
}

func TestLimitedReader(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 9, 10, 11, 100} {
		l := &limitedReader{r: strings.NewReader(strings.Repeat("x", size)), left: 10}
		b, err := io.ReadAll(l)
		require.Len(t, b, min(size, 10))
		if size > 10 {
			require.ErrorIs(t, err, errDecodedTooLarge)
		} else {
			require.NoError(t, err)
		}
		require.NoError(t, l.Close())
	}
}
