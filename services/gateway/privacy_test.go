package gateway

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"palermo.internal/pkg/stream"
)

// Whatever a sender puts where, none of it may come back in an answer, a log
// line or a metric.
func TestNothingOfAnAdvertIsTold(t *testing.T) {
	t.Parallel()
	const mark = "081234567890"
	m := `"` + mark + `"`
	core, logs := observer.New(zap.DebugLevel)
	plain, entry := newKey(t, "jobs.example")
	f := newFixture(t, func(c *Config, d *Deps) {
		withKeys(entry)(c, d)
		d.Logger = zap.New(core)
		c.Limits.ChunkAds = 2
		c.Limits.DecodedBytes = 4 << 20
	})
	good := strings.Replace(advert(mark), "work abroad", mark, 1)
	bodies := []string{
		good, mark, m, "[" + m + "]", good + mark, good[:len(good)-5],
		`{` + m + `:1,` + m + `:2}`,
		`{"id":{` + m + `:1}}`,
		`{"id":` + m + `,"platform":"jobs.example/` + mark + `"}`,
		`{"id":"` + mark + `\u202e"}`,
		`{"id":"1","platform":` + m + `,"posted_at":` + m + `}`,
		strings.Replace(good, "jobs.example", mark, 1),
		strings.Replace(good, `"text"`, `"attributes":{`+m+`:1},"text"`, 1),
		strings.Replace(good, `"text"`, `"attributes":{`+m+`:"\u0000"},"text"`, 1),
		strings.Replace(good, `"text"`, `"contacts":[{"type":`+m+`,"value":`+m+`}],"text"`, 1),
		strings.Replace(good, `"text"`, `"price":{"period":`+m+`},"text"`, 1),
		strings.Replace(good, `"text"`, `"location":{"country":`+m+`},"text"`, 1),
		strings.Repeat(mark, 100_000), // a line over the limit
		strings.Repeat("[", 20) + mark,
		mark + "\xff",
	}
	all := strings.Join(bodies, "\n")
	send := func(r *http.Request) {
		t.Helper()
		r.Header.Set("X-Request-Id", mark)
		r.Header.Set("traceparent", mark)
		r.Header.Set("User-Agent", mark)
		w, _ := f.do(t, r)
		require.NotContains(t, w.Body.String(), mark[1:])
		for name, values := range w.Header() {
			require.NotContains(t, strings.Join(values, " "), mark[1:], name)
		}
	}
	auth := []string{"Authorization", "Bearer " + plain}
	for _, fail := range []func(int, []stream.Message) error{
		nil,
		func(int, []stream.Message) error { return errBroker },
		func(_ int, msgs []stream.Message) error { return partial(len(msgs), 0) },
		func(_ int, msgs []stream.Message) error { panic(string(msgs[0].Value)) },
	} {
		f.producer.fail = fail
		send(newPost(typeNDJSON, all, auth...))
		send(newPost(typeNDJSON, pack(t, all)[:200], append(auth, "Content-Encoding", "gzip")...))
		send(newPost(typeNDJSON, all+strings.Repeat("\n"+mark, 400_000), auth...))
		for _, b := range bodies {
			send(newPost(typeJSON, b, auth...))
		}
	}
	send(newPost(mark+"/"+mark, good, auth...))
	send(newPost(typeJSON, good, append(auth, "Content-Encoding", mark)...))
	send(newPost(typeJSON, good, "Authorization", "Bearer "+mark))
	send(newPost(typeJSON, good, "Authorization", "Bearer "+plain+mark))

	require.NotZero(t, logs.Len())
	for _, e := range logs.All() {
		fields, err := json.Marshal(e.ContextMap())
		require.NoError(t, err)
		require.NotContains(t, e.Message+string(fields)+e.Stack, mark[1:])
		require.NotContains(t, string(fields), plain)
	}
	families, err := f.registry.Gather()
	require.NoError(t, err)
	var text strings.Builder
	for _, family := range families {
		_, err := expfmt.MetricFamilyToText(&text, family)
		require.NoError(t, err)
	}
	require.NotEmpty(t, text.String())
	require.NotContains(t, text.String(), mark[1:])
}
