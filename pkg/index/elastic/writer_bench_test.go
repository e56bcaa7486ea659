package elastic_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/indextest"
)

// sink takes every document and keeps none: what is left is the cost of this
// side.
type sink struct{}

func (sink) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.WriteString(`{"errors":false,"items":[`)
	const before = `"_id":"`
	for n := 0; ; n++ {
		i := bytes.Index(body, []byte(before))
		if i < 0 {
			break
		}
		body = body[i+len(before):]
		if n > 0 {
			out.WriteByte(',')
		}
		out.WriteString(`{"index":{"_id":"`)
		out.Write(body[:bytes.IndexByte(body, '"')])
		out.WriteString(`","status":201}}`)
	}
	out.WriteString(`]}`)
	return indextest.Answer(req, http.StatusOK, out.String()), nil
}

func benchmarkWrite(b *testing.B, s index.Writer) {
	b.Helper()
	docs := make([]index.Document, 1000)
	bytes := 0
	for i := range docs {
		docs[i] = indextest.AdWith(b, i, 1, "Lowongan kerja", strings.Repeat("gaji tinggi tanpa pengalaman ", 20))
		bytes += len(docs[i].Body)
	}
	b.ReportAllocs()
	b.SetBytes(int64(bytes))
	n := int64(1)
	for b.Loop() {
		for i := range docs {
			docs[i].Version = n
		}
		n++
		outcomes, err := s.Write(b.Context(), docs)
		require.NoError(b, err)
		require.Equal(b, index.StatusWritten, outcomes[len(outcomes)-1].Status)
	}
	b.ReportMetric(float64(b.N*len(docs))/b.Elapsed().Seconds(), "docs/s")
	b.ReportMetric(float64(bytes)/float64(len(docs)), "bytes/doc")
}

func BenchmarkWriteThisSide(b *testing.B) { benchmarkWrite(b, open(b, fakeConfig(), sink{})) }

func BenchmarkWriteRealServer(b *testing.B) {
	s := openReal(b, realServer(b))
	require.NoError(b, s.Setup(b.Context()))
	benchmarkWrite(b, s)
}
