package stream_test

import (
	"context"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

// A batch that unfolds to more than the limit is dead-lettered offset by offset
// and stepped over; what is before and behind it is handled.
func TestDecompressionBomb(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1)
	r.log = nil
	r.fill(0, 20)
	client := &kafka.Client{Addr: kafka.TCP(r.ListenAddrs()...), Transport: &kafka.Transport{}}
	defer client.Transport.(*kafka.Transport).CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	zeros := make([]byte, stream.TestDecompressLimit/2+1)
	res, err := client.Produce(ctx, &kafka.ProduceRequest{
		Topic: "in", Partition: 0, RequiredAcks: kafka.RequireAll, Compression: kafka.Zstd,
		Records: kafka.NewRecordReader(
			kafka.Record{Key: kafka.NewBytes([]byte("bomb-1")), Value: kafka.NewBytes(zeros)},
			kafka.Record{Key: kafka.NewBytes([]byte("bomb-2")), Value: kafka.NewBytes(zeros)},
		),
	})
	require.NoError(t, err)
	require.NoError(t, res.Error)
	r.fill(20, 20)
	s := r.start(r.Config("g", "in"), always(stream.HandlerFunc(copyHandler)), nil)
	r.drained(s)
	require.NoError(t, s.stop())
	require.Len(t, r.keys("out"), 40)
	dead := r.Records(t, "in.dlq")
	require.Len(t, dead, 2)
	for i, rec := range dead {
		d, err := stream.ParseDeadLetter(rec)
		require.NoError(t, err)
		require.Equal(t, stream.CodeUnreadable, d.Code)
		require.Equal(t, int64(20+i), d.Offset)
		_, err = stream.ReplayMessage(d)
		require.Error(t, err)
	}
	// A scan says which offsets it could not read, or stops there.
	a := r.Admin(t)
	require.ErrorContains(t, a.Scan(ctx, "in", stream.ScanOptions{}, func(stream.Record) error { return nil }), "offset 20")
	var bad []int64
	n := 0
	require.NoError(t, a.Scan(ctx, "in", stream.ScanOptions{Unreadable: func(_ int, offset int64, err error) error {
		require.Error(t, err)
		bad = append(bad, offset)
		return nil
	}}, func(stream.Record) error { n++; return nil }))
	require.Equal(t, []int64{20, 21}, bad)
	require.Equal(t, 40, n)
}
