package indexer

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/stream"
)

// lateStore is a store whose Setup fails so many times first.
type lateStore struct {
	index.Store
	fails int
	with  error
	calls int
}

func (l *lateStore) Setup(context.Context) error {
	if l.calls++; l.calls <= l.fails {
		return l.with
	}
	return nil
}

func TestSetUpWaitsForTheCluster(t *testing.T) {
	t.Parallel()
	retry := stream.Retry{Min: time.Millisecond, Max: 2 * time.Millisecond}
	down := index.Temporary("set up", errors.New("connection refused"))

	late := &lateStore{fails: 3, with: down}
	s := newService(late, zap.NewNop(), retry)
	require.Error(t, s.Ready())
	require.NoError(t, s.setUp(t.Context()))
	require.Equal(t, 4, late.calls)
	require.Nil(t, s.waiting.Load())

	wrong := &lateStore{fails: 9, with: index.Fatal("set up", errors.New("no rights"))}
	require.ErrorContains(t, newService(wrong, zap.NewNop(), retry).setUp(t.Context()), "no rights")
	require.Equal(t, 1, wrong.calls, "what no retry can mend is not tried again")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s = newService(&lateStore{fails: 9, with: down}, zap.NewNop(), stream.Retry{Min: time.Hour, Max: time.Hour})
	require.NoError(t, s.setUp(ctx), "it stops when it is asked to")
	require.ErrorContains(t, s.Ready(), "connection refused")
}
