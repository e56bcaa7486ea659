package gateway

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

// withBroker gives the gateway the real producer and a broker in process.
func withBroker(t *testing.T, attempts int) (*streamtest.Broker, *fixture) {
	t.Helper()
	broker := streamtest.NewBroker(t)
	broker.Topic(t, "ads.raw", 3)
	conf := stream.DefaultProducerConfig()
	conf.Brokers = broker.ListenAddrs()
	conf.Attempts, conf.Retry.Min, conf.Retry.Max = attempts, time.Millisecond, time.Millisecond
	producer, err := stream.NewProducer(conf, nil, nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, producer.Close(context.WithoutCancel(t.Context()))) })
	return broker, newFixture(t, func(_ *Config, d *Deps) { d.Producer = producer })
}

func TestThroughABroker(t *testing.T) {
	t.Parallel()
	broker, f := withBroker(t, 3)
	w, a := f.do(t, newPost(typeNDJSON, feed(700)+"{}\n"))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 700, a.Accepted)
	require.Equal(t, 1, a.Rejected)
	seen := map[string]bool{}
	for _, r := range broker.Records(t, "ads.raw") {
		got, err := ad.Decode(r.Value)
		require.NoError(t, err)
		require.Equal(t, ad.Key(got.Platform, got.ID), r.Key)
		id, ok := stream.FindHeader(r.Headers, headerAd)
		require.True(t, ok)
		require.Equal(t, ad.DocID(got.Platform, got.ID), string(id))
		seen[got.ID] = true
	}
	require.Len(t, seen, 700)
}

// What was answered as accepted is in the topic; the rest comes with the next
// request.
func TestBrokerRefusesForAWhile(t *testing.T) {
	t.Parallel()
	broker, f := withBroker(t, 1)
	broker.FailProduce("ads.raw", kerr.NotEnoughReplicas, 1)
	lines := strings.SplitAfter(strings.TrimSpace(feed(50)), "\n")
	w, a := f.do(t, newPost(typeNDJSON, strings.Join(lines, "")))
	require.Equal(t, http.StatusServiceUnavailable, w.Code)
	require.Equal(t, 50, a.Accepted+a.Unacknowledged)
	require.Positive(t, a.Unacknowledged)
	require.Len(t, broker.Records(t, "ads.raw"), a.Accepted)

	w, _ = f.do(t, newPost(typeNDJSON, strings.Join(lines[a.ResendFrom-1:], "")))
	require.Equal(t, http.StatusAccepted, w.Code)
	seen := map[string]bool{}
	for _, r := range broker.Records(t, "ads.raw") {
		seen[string(r.Key)] = true
	}
	for i := range 50 {
		require.True(t, seen[fmt.Sprintf("jobs.example/%d", i+1)], i+1)
	}
}

// An advert of the largest size with a long id is beyond what Kafka takes: it
// is refused for good, and what stands around it is written.
func TestAdvertLargerThanKafkaTakes(t *testing.T) {
	t.Parallel()
	broker, f := withBroker(t, 3)
	largest := advert(strings.Repeat("i", 500))
	largest = largest[:len(largest)-1] + `,"unknown":"` + strings.Repeat("x", ad.MaxMessageBytes-len(largest)-13) + `"}`
	require.Len(t, largest, ad.MaxMessageBytes)
	w, a := f.do(t, newPost(typeNDJSON, advert("1")+"\n"+largest+"\n"+advert("2")))
	require.Equal(t, http.StatusAccepted, w.Code)
	require.Equal(t, 2, a.Accepted)
	require.Equal(t, "too_large", a.Errors[0].Code)
	require.Equal(t, 2, a.Errors[0].Line)
	require.Len(t, broker.Records(t, "ads.raw"), 2)
}
