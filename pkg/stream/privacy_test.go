package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kerr"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"palermo.internal/pkg/stream"
)

// What a record holds is in no log line, no metric and no dead-letter header,
// whichever way the record fails.
func TestNoContentLeaks(t *testing.T) {
	t.Parallel()
	const secret = "+66812345678"
	r := newRig(t, 1)
	core, logs := observer.New(zapcore.DebugLevel)
	reg := prometheus.NewRegistry()
	for _, key := range []string{"good", "bad-1", "panic", "large"} {
		r.Write(t, stream.Message{Topic: "in", Key: []byte(key + secret), Value: []byte("call " + secret)})
	}
	r.FailProduce("out", kerr.NotEnoughReplicas, 2)
	r.FailProduce("in.dlq", kerr.NotEnoughReplicas, 2)
	r.FailCommit("g", kerr.IllegalGeneration, 1)
	var calls atomic.Int32
	s, err := stream.New(r.Config("g", "in"), stream.Deps{
		Logger: zap.New(core), Registry: reg,
		NewHandler: always(stream.HandlerFunc(func(ctx context.Context, recs []stream.Record) (stream.Result, error) {
			if calls.Add(1) == 1 {
				return stream.Result{}, errors.New("store is away")
			}
			for _, rec := range recs {
				if strings.HasPrefix(string(rec.Key), "panic") {
					panic("cannot parse " + string(rec.Value))
				}
			}
			res, err := copyHandler(ctx, recs)
			for i := range res.Out {
				if strings.HasPrefix(string(res.Out[i].Key), "large") {
					res.Out[i].Value = append(noise(3<<20), secret...)
				}
			}
			return res, err
		})),
	})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	r.drained(&running{Runner: s})
	cancel()
	require.NoError(t, <-done)
	r.account(false)
	require.NotEmpty(t, logs.All())
	for _, e := range logs.All() {
		line := e.Message
		for k, v := range e.ContextMap() {
			line += " " + k + "=" + strings.TrimSpace(fmt.Sprint(v))
		}
		require.NotContains(t, line, secret)
	}
	families, err := reg.Gather()
	require.NoError(t, err)
	require.NotEmpty(t, families)
	for _, f := range families {
		require.NotContains(t, f.String(), secret)
		require.True(t, strings.HasPrefix(f.GetName(), "palermo_stream_"))
	}
	dead := r.Records(t, "in.dlq")
	require.Len(t, r.keys("in.dlq"), 3)
	for _, rec := range dead {
		for _, h := range rec.Headers {
			require.NotContains(t, string(h.Value), secret, h.Key)
		}
	}
}
