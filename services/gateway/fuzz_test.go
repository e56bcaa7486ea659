package gateway

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// FuzzPostAds: never panics; of a feed that is read to its end accepted plus
// rejected are the lines that are not blank; of one that is not, the lines
// before resend_from are; what is written is valid, keyed, and each once.
func FuzzPostAds(f *testing.F) {
	f.Add([]byte(feed(3)), false, false)
	f.Add([]byte("\uFEFF\r\n{}\n \n"+advert("1")), false, false)
	f.Add([]byte(pack(f, feed(3))), true, false)
	f.Add([]byte(pack(f, feed(3)))[:40], true, false)
	f.Add([]byte(advert("1")), false, true)
	f.Add([]byte(`{"id":"`+strings.Repeat("x", 600)+`"}`), false, true)
	f.Fuzz(func(t *testing.T, body []byte, gzipped, single bool) {
		g := newFixture(t, func(c *Config, _ *Deps) {
			c.Limits.ChunkAds, c.Limits.Errors, c.Limits.DecodedBytes = 2, 3, 1<<20
		})
		contentType := typeNDJSON
		if single {
			contentType = typeJSON
		}
		var header []string
		if gzipped {
			header = []string{"Content-Encoding", "gzip"}
		}
		w, a := g.do(t, newPost(contentType, string(body), header...))
		require.NotEqual(t, http.StatusInternalServerError, w.Code)
		require.Contains(t, statuses, w.Code)
		require.Len(t, g.producer.got, a.Accepted)
		require.Zero(t, a.Unacknowledged)
		require.Equal(t, a.Accepted > 0 && a.Error == nil, w.Code == http.StatusAccepted)
		for _, m := range g.producer.got {
			got, err := ad.Decode(m.Value)
			require.NoError(t, err)
			require.Equal(t, ad.Key(got.Platform, got.ID), m.Key)
			require.NotContains(t, string(m.Value), "\n")
		}
		if gzipped || single || len(body) > 1<<20 {
			return
		}
		lines := bytes.Split(bytes.TrimPrefix(body, []byte("\uFEFF")), []byte("\n"))
		want := 0
		for _, l := range lines {
			if len(bytes.Trim(l, " \t\r")) > 0 {
				want++
			}
		}
		require.Equal(t, want, a.Accepted+a.Rejected)
		require.Zero(t, a.ResendFrom)
	})
}

// FuzzCompact: does what encoding/json does, on everything that Decode accepts.
func FuzzCompact(f *testing.F) {
	full, err := os.ReadFile("../../pkg/ad/testdata/full.json")
	require.NoError(f, err)
	f.Add(full)
	f.Add([]byte(" { \"id\" : \"a \\\" \\\\\" , \"x\":\t[ 1 , -2.50e3 , \"\u2028\" ] }\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if !json.Valid(b) {
			return
		}
		var want bytes.Buffer
		require.NoError(t, json.Compact(&want, b))
		require.Equal(t, want.String(), string(appendCompact(nil, b)))
	})
}
