package ops_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"palermo.internal/pkg/ops"
)

// fakeService is ready once told so, and runs until its context ends.
type fakeService struct {
	ready   atomic.Bool
	failure error
}

func (s *fakeService) Live() error { return nil }

func (s *fakeService) Ready() error {
	if s.ready.Load() {
		return nil
	}
	return errors.New("no partitions yet")
}

func (s *fakeService) Run(ctx context.Context) error {
	if s.failure != nil {
		return s.failure
	}
	<-ctx.Done()
	return nil
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	tr := &http.Transport{DisableKeepAlives: true}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	resp, err := (&http.Client{Transport: tr}).Do(req)
	require.NoError(t, err)
	defer func() { require.NoError(t, resp.Body.Close()) }()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(b)
}

func TestAdminAnswers(t *testing.T) {
	t.Parallel()
	svc := &fakeService{}
	a, err := ops.StartAdmin(t.Context(), ops.AdminConfig{Listen: "127.0.0.1:0", Pprof: true}, ops.NewRegistry(), svc)
	require.NoError(t, err)
	base := "http://" + a.Addr()

	code, _ := get(t, base+"/livez")
	require.Equal(t, http.StatusOK, code)
	code, body := get(t, base+"/readyz")
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "no partitions yet")
	svc.ready.Store(true)
	code, _ = get(t, base+"/readyz")
	require.Equal(t, http.StatusOK, code)
	_, body = get(t, base+"/metrics")
	require.Contains(t, body, "palermo_build_info")
	_, body = get(t, base+"/version")
	require.Contains(t, body, "devel")
	code, _ = get(t, base+"/debug/pprof/")
	require.Equal(t, http.StatusOK, code)

	_, err = ops.StartAdmin(t.Context(), ops.AdminConfig{Listen: a.Addr()}, ops.NewRegistry(), svc)
	require.ErrorContains(t, err, "admin.listen")

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, a.Close(ctx))
}

func TestRunReturnsTheFailure(t *testing.T) {
	t.Parallel()
	svc := &fakeService{failure: errors.New("index is gone")}
	err := ops.Run(t.Context(), ops.AdminConfig{Listen: "127.0.0.1:0"}, ops.NewRegistry(), svc, zap.NewNop())
	require.ErrorContains(t, err, "index is gone")
}

func TestRunStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := ops.Run(ctx, ops.AdminConfig{Listen: "off"}, ops.NewRegistry(), &fakeService{}, zap.NewNop())
	require.NoError(t, err)
}

func TestNewLoggerRefusesABadLevel(t *testing.T) {
	t.Parallel()
	_, err := ops.NewLogger(ops.LogConfig{Level: "loud", Format: "json"}, io.Discard)
	require.ErrorContains(t, err, "log.level")
	_, err = ops.NewLogger(ops.LogConfig{Level: "info", Format: "console"}, io.Discard)
	require.NoError(t, err)
}
