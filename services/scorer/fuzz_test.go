package scorer

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/stream"
)

// fuzzHandler has one small pack, so that the rules take no time.
func fuzzHandler(tb testing.TB) *Handler {
	tb.Helper()
	const pack = `{id: trial, version: 1, title: Trial, description: A pack for fuzzing., indicators: [{id: T01, title: Visa of a tourist,
dimension: deceptive-recruitment, strength: medium, mode: live, scope: ad, source: {citation: Somebody, class: advice}, why: Because it is a test.,
false_positives: None are known., terms: {id: [tanpa visa]}, examples: {positive: [{text: tanpa visa}], negative: [{text: visa}]}}]}`
	engine, err := indicator.Load([]indicator.File{{Name: "trial.yaml", Data: []byte(pack)}})
	require.NoError(tb, err)
	h, err := NewHandler(DefaultConfig(), indicator.NewHolder(engine))
	require.NoError(tb, err)
	return h
}

// FuzzRestore: any bytes are refused or give a state that writes a snapshot
// which gives the same state again.
func FuzzRestore(f *testing.F) {
	h := fuzzHandler(f)
	run(f, h, newOutcome(), randomLog(f, 40).records, 10)
	f.Add(snapshotOf(f, h))
	f.Add(snapshotOf(f, fuzzHandler(f)))
	f.Add([]byte{})
	engine := h.packs
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := NewHandler(DefaultConfig(), engine)
		require.NoError(t, err)
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
	engine := fuzzHandler(f).packs
	before := randomLog(f, 10).records
	f.Fuzz(func(t *testing.T, value []byte) {
		h, err := NewHandler(DefaultConfig(), engine)
		require.NoError(t, err)
		run(t, h, newOutcome(), before, 10)
		entries := len(h.state.entries)
		res, err := h.Handle(context.Background(), []stream.Record{{Offset: 10, Value: value}})
		require.NoError(t, err)
		require.LessOrEqual(t, len(res.Rejects), 1)
		if len(res.Rejects) == 1 {
			require.Empty(t, res.Out)
			require.Len(t, h.state.entries, entries)
		}
	})
}
