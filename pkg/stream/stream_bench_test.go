package stream_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
	"palermo.internal/pkg/stream/streamtest"
)

// What a record costs to pass through a stage that does nothing to it: read,
// hand over, write, commit, on a broker in the same process.
func BenchmarkRunner(b *testing.B) {
	for _, out := range []bool{false, true} {
		b.Run(fmt.Sprintf("out=%v", out), func(b *testing.B) {
			broker := streamtest.NewBroker(b)
			broker.Topic(b, "in", 2)
			broker.Topic(b, "out", 2)
			const size = 600
			value := noise(size)
			for from := 0; from < b.N; from += 10_000 {
				msgs := make([]stream.Message, min(10_000, b.N-from))
				for i := range msgs {
					msgs[i] = stream.Message{Topic: "in", Key: fmt.Appendf(nil, "key-%d", from+i), Value: value}
				}
				broker.Write(b, msgs...)
			}
			var seen atomic.Int64
			all := make(chan struct{})
			s, err := stream.New(broker.Config("g", "in"), stream.Deps{
				NewHandler: always(stream.HandlerFunc(func(_ context.Context, recs []stream.Record) (stream.Result, error) {
					var res stream.Result
					if out {
						res.Out = make([]stream.Message, len(recs))
						for i, rec := range recs {
							res.Out[i] = stream.Message{Topic: "out", Key: rec.Key, Value: rec.Value}
						}
					}
					if seen.Add(int64(len(recs))) >= int64(b.N) {
						select {
						case <-all:
						default:
							close(all)
						}
					}
					return res, nil
				})),
			})
			require.NoError(b, err)
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			done := make(chan error, 1)
			b.SetBytes(size)
			b.ReportAllocs()
			b.ResetTimer()
			go func() { done <- s.Run(ctx) }()
			<-all
			cancel()
			require.NoError(b, <-done)
		})
	}
}
