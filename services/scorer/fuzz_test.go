package scorer

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/stream"
)

// FuzzRestore: any bytes are refused or give a state that writes a snapshot
// which gives the same state again.
func FuzzRestore(f *testing.F) {
	h := newTestHandler(f, nil)
	run(f, h, newOutcome(), randomLog(f, 40).records, 10)
	f.Add(snapshotOf(f, h))
	f.Add(snapshotOf(f, newTestHandler(f, nil)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		h := newTestHandler(t, nil)
		if h.Restore(bytes.NewReader(data)) != nil {
			return
		}
		once := snapshotOf(t, h)
		require.NoError(t, h.Restore(bytes.NewReader(once)))
		require.True(t, bytes.Equal(once, snapshotOf(t, h)))
	})
}

// FuzzHandle: any record is scored or rejected, and changes nothing if it is
// rejected.
func FuzzHandle(f *testing.F) {
	for _, r := range randomLog(f, 20).records {
		f.Add(r.Value)
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		h := newTestHandler(t, nil)
		run(t, h, newOutcome(), randomLog(t, 10).records, 10)
		before := len(h.state.entries)
		res, err := h.Handle(context.Background(), []stream.Record{{Offset: 10, Value: value}})
		require.NoError(t, err)
		require.LessOrEqual(t, len(res.Rejects), 1)
		if len(res.Rejects) == 1 {
			require.Empty(t, res.Out)
			require.Len(t, h.state.entries, before)
		}
	})
}
