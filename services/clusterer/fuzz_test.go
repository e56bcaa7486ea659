package clusterer

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/stream"
)

// FuzzHandle: no bytes stop the stage. A record gives either a reject or an
// assignment that carries an advert equal to the one that came.
func FuzzHandle(f *testing.F) {
	good, err := proto.Marshal(advert("1", body(1, 0, 0, 0)))
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte{})
	f.Add([]byte("\x5a\x03abc"))
	h := newHandler(f, DefaultConfig())
	offset := int64(0)
	f.Fuzz(func(t *testing.T, value []byte) {
		res := handle(t, h, stream.Record{Offset: offset, Value: value})
		offset++
		if len(res.Rejects) == 1 {
			require.Empty(t, res.Out)
			return
		}
		var want adpb.NormalizedAd
		require.NoError(t, proto.Unmarshal(value, &want))
		got := event(t, res.Out[len(res.Out)-1]).GetAssignment()
		require.EqualValues(t, offset, got.GetSeq())
		a, err := proto.MarshalOptions{Deterministic: true}.Marshal(&want)
		require.NoError(t, err)
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(got.GetAd())
		require.NoError(t, err)
		require.Equal(t, a, b)
	})
}
