package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"palermo.internal/pkg/stream"
)

// maxHeaderBytes bounds a request's headers.
const maxHeaderBytes = 16 << 10

// Producer writes messages to Kafka, as a stream.Producer does. Write returns
// nil once every message is acknowledged by all replicas. A stream.WriteErrors
// says which are not; with any other error none can be relied on. The slices
// are the producer's from then on. It must be safe for concurrent use.
type Producer interface {
	Write(ctx context.Context, msgs []stream.Message) error
}

// Deps are what the gateway works with.
type Deps struct {
	Producer Producer
	Logger   *zap.Logger
	Registry prometheus.Registerer
	// Clock tells the time for rates and the expiry of keys; nil is time.Now.
	Clock func() time.Time
	// Listener replaces listening on Config.Listen; Run closes it.
	Listener net.Listener
}

// Service is the gateway. Its methods are safe for concurrent use; Run may be
// called once.
type Service struct {
	cfg      Config
	producer Producer
	logger   *zap.Logger
	metrics  *metrics
	now      func() time.Time
	listener net.Listener
	handler  http.Handler

	slots    chan struct{}
	keys     atomic.Pointer[keyring]
	keysFile atomic.Pointer[[]byte] // the content in force
	addr     atomic.Pointer[string]
	stopping atomic.Bool
	refused  atomic.Int64 // requests without a valid key
	failures atomic.Int64 // writes that failed in a row
	failedAt atomic.Int64 // when the last one did, Unix nanoseconds
}

// New builds the gateway: it checks the configuration and reads the key file.
func New(cfg Config, deps Deps) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if deps.Producer == nil || deps.Logger == nil || deps.Registry == nil {
		return nil, errors.New("gateway: producer, logger and registry are needed")
	}
	s := &Service{
		cfg: cfg, producer: deps.Producer, logger: deps.Logger, metrics: newMetrics(deps.Registry),
		now: deps.Clock, listener: deps.Listener, slots: make(chan struct{}, cfg.Limits.Requests),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.loadKeys(); err != nil {
		return nil, err
	}
	if k := s.keys.Load(); len(k.byID) == 0 && k.anonymous == nil {
		return nil, fmt.Errorf("keys_file %s: holds no key: make one with `palermo keys`", cfg.KeysFile)
	}
	s.handler = s.routes()
	return s, nil
}

// Handler returns the HTTP interface, for a server of the caller's.
func (s *Service) Handler() http.Handler { return s.handler }

// Addr returns the address that Run listens on, or "" before it does.
func (s *Service) Addr() string {
	if a := s.addr.Load(); a != nil {
		return *a
	}
	return ""
}

// Live always returns nil: nothing in the gateway can hang for good.
func (s *Service) Live() error { return nil }

// Ready returns an error while the gateway does not listen, stops, or was not
// acknowledged the last three chunks, the last of them within ten seconds: then
// it is ready again, since only a request can tell that Kafka has recovered.
func (s *Service) Ready() error {
	switch {
	case s.stopping.Load():
		return errors.New("gateway: is stopping")
	case s.addr.Load() == nil:
		return errors.New("gateway: does not listen yet")
	case s.failures.Load() >= 3 && s.now().Sub(time.Unix(0, s.failedAt.Load())) < 10*time.Second:
		return errors.New("gateway: Kafka does not acknowledge")
	}
	return nil
}

// Run serves until ctx ends, then refuses new requests, gives those under way
// Timeouts.Shutdown to finish, and returns nil. Any other return is a failure.
func (s *Service) Run(ctx context.Context) error {
	l := s.listener
	if l == nil {
		var lc net.ListenConfig
		var err error
		if l, err = lc.Listen(ctx, "tcp", s.cfg.Listen); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	errorLog, err := zap.NewStdLogAt(s.logger.Named("http"), zap.WarnLevel)
	if err != nil {
		return errors.Join(fmt.Errorf("gateway: set up the server's log: %w", err), l.Close())
	}
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: s.cfg.Timeouts.Header,
		IdleTimeout:       s.cfg.Timeouts.Idle,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          errorLog,
	}
	addr := l.Addr().String()
	s.addr.Store(&addr)
	tls := s.cfg.TLS.CertFile != ""
	if host, _, err := net.SplitHostPort(addr); err == nil && !tls && !isLoopback(host) {
		s.logger.Warn("keys travel in clear: set tls, or put a proxy with TLS in front", zap.String("listen", addr))
	}
	s.logger.Info("listening", zap.String("listen", addr), zap.Bool("tls", tls), zap.Bool("anonymous", s.cfg.AllowAnonymous))

	served := make(chan error, 1)
	limited := newLimitedListener(l, s.cfg.Limits.Connections)
	go func() {
		if tls {
			served <- srv.ServeTLS(limited, s.cfg.TLS.CertFile, s.cfg.TLS.KeyFile)
			return
		}
		served <- srv.Serve(limited)
	}()
	err = s.watchKeys(ctx, served)
	s.stopping.Store(true)
	if err != nil {
		return errors.Join(fmt.Errorf("serve: %w", err), srv.Close())
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeouts.Shutdown)
	defer cancel()
	if err := srv.Shutdown(closing); err != nil {
		// What was not answered was not acknowledged: the senders send it again.
		s.logger.Warn("requests were cut off by the shutdown")
		err = srv.Close()
		return errors.Join(err, ignoreClosed(<-served))
	}
	return ignoreClosed(<-served)
}

func ignoreClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// watchKeys reads the key file again from time to time until ctx ends (nil) or
// the server fails.
func (s *Service) watchKeys(ctx context.Context, served <-chan error) error {
	var tick <-chan time.Time
	if s.cfg.KeysFile != "" && s.cfg.KeysReload > 0 {
		t := time.NewTicker(s.cfg.KeysReload)
		defer t.Stop()
		tick = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-served:
			return err
		case <-tick:
			if err := s.loadKeys(); err != nil {
				s.metrics.keyReloadErrors.Inc()
				s.logger.Error("the key file is wrong: the keys in force stay", zap.Error(err))
			}
		}
	}
}

// loadKeys puts the configured keys in force, if the file has changed.
func (s *Service) loadKeys() error {
	entries := s.cfg.Keys
	if s.cfg.KeysFile != "" {
		content, fromFile, err := readKeys(s.cfg.KeysFile)
		if err != nil {
			return err
		}
		if old := s.keysFile.Load(); old != nil && bytes.Equal(*old, content) {
			return nil
		}
		entries = append(slices.Clip(entries), fromFile...)
		k, err := newKeyring(s.cfg, entries, s.keys.Load())
		if err != nil {
			return fmt.Errorf("keys_file %s: %w", s.cfg.KeysFile, err)
		}
		s.keys.Store(k)
		s.keysFile.Store(&content)
		s.metrics.keys.Set(float64(len(k.byID)))
		s.logger.Info("keys in force", zap.Int("keys", len(k.byID)))
		return nil
	}
	k, err := newKeyring(s.cfg, entries, nil)
	if err != nil {
		return err
	}
	s.keys.Store(k)
	s.metrics.keys.Set(float64(len(k.byID)))
	return nil
}
