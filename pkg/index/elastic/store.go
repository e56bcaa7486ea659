package elastic

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/prometheus/client_golang/prometheus"

	"palermo.internal/pkg/index"
)

// Store is an index.Store on an Elasticsearch cluster.
type Store struct {
	cfg     Config
	client  *elasticsearch.Client
	metrics *metrics
	pace    *pace
	jitter  func(time.Duration) time.Duration
	// slots bounds the bulk requests at a time.
	slots chan struct{}
	idle  func()
	// calls is held shared by every call and exclusively by Close.
	calls  sync.RWMutex
	closed bool
}

var _ index.Store = (*Store)(nil)

// Deps are what a Store needs from the program around it.
type Deps struct {
	// Registerer takes the metrics. Required.
	Registerer prometheus.Registerer
	// Transport replaces the connections to the cluster; nil outside tests.
	Transport http.RoundTripper
	// Jitter draws a pause between 0 and its argument; nil for a random one.
	Jitter func(time.Duration) time.Duration
}

// New makes a store. It does not connect: Setup and Ping do.
func New(cfg Config, deps Deps) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("elasticsearch: %w", err)
	}
	transport, idle := deps.Transport, func() {}
	if transport == nil {
		t, err := newTransport(cfg)
		if err != nil {
			return nil, fmt.Errorf("elasticsearch: %w", err)
		}
		transport, idle = t, t.CloseIdleConnections
	}
	client, err := newClient(cfg, transport)
	if err != nil {
		return nil, fmt.Errorf("elasticsearch: %w", err)
	}
	s := &Store{
		cfg: cfg, client: client, idle: idle, metrics: newMetrics(deps.Registerer),
		jitter: deps.Jitter, slots: make(chan struct{}, cfg.InFlight),
	}
	if s.jitter == nil {
		s.jitter = fullJitter
	}
	s.pace = newPace(cfg, func(docs int) { s.metrics.limit.Set(float64(docs)) })
	return s, nil
}

// enter begins a call: it checks the context and that the store is open. The
// caller must call s.calls.RUnlock after a nil error.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.calls.RLock()
	if s.closed {
		s.calls.RUnlock()
		return index.ErrClosed
	}
	return nil
}

// Ping returns nil if a node answers and knows this client. A key without the
// right to ask for the cluster's state is known all the same.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.RUnlock()
	a, err := s.call(ctx, opOther, "ping", esapi.PingRequest{})
	if err != nil && a.status != http.StatusForbidden {
		return err
	}
	return nil
}

// Refresh makes what was written visible to searches. It costs the cluster
// work: it is meant for tests and for verifying, not for every batch.
func (s *Store) Refresh(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.calls.RUnlock()
	names := make([]string, 0, len(index.Kinds()))
	for _, k := range index.Kinds() {
		names = append(names, s.cfg.alias(k))
	}
	_, err := s.call(ctx, opOther, "refresh", esapi.IndicesRefreshRequest{Index: names})
	return err
}

// Close waits for calls under way and closes the connections.
func (s *Store) Close() error {
	s.calls.Lock()
	defer s.calls.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), s.cfg.RequestTimeout)
	defer cancel()
	if err := s.client.Close(ctx); err != nil {
		return fmt.Errorf("elasticsearch: close: %w", err)
	}
	s.idle()
	return nil
}
