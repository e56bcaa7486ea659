package ops

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// AdminConfig says where a process answers its operators.
type AdminConfig struct {
	// Listen is host:port; loopback by default. "off" starts no server.
	Listen string `yaml:"listen"`
	// Pprof serves /debug/pprof as well.
	Pprof bool `yaml:"pprof"`
}

// Probes tell whether a service works. Both must be safe for concurrent use
// and return quickly; nil means well.
type Probes interface {
	// Live says whether the process should go on; an error asks for a restart.
	Live() error
	// Ready says whether the service does its work at the moment.
	Ready() error
}

// Admin is the operators' HTTP server: /livez, /readyz, /metrics, /version.
type Admin struct {
	srv      *http.Server
	listener net.Listener
	done     chan error
}

// StartAdmin listens at once, so that a port in use is an error, and serves
// until Close; ctx bounds the listening only.
func StartAdmin(ctx context.Context, c AdminConfig, g prometheus.Gatherer, p Probes) (*Admin, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("admin.listen %s: %w", c.Listen, err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", probe(p.Live))
	mux.HandleFunc("GET /readyz", probe(p.Ready))
	mux.Handle("GET /metrics", promhttp.HandlerFor(g, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		// A client that has gone away is nobody's error.
		_ = json.NewEncoder(w).Encode(BuildVersion())
	})
	if c.Pprof {
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	a := &Admin{
		srv: &http.Server{
			Handler:           mux,
			ReadHeaderTimeout: 5 * time.Second,
			IdleTimeout:       time.Minute,
			MaxHeaderBytes:    16 << 10,
		},
		listener: l,
		done:     make(chan error, 1),
	}
	go func() {
		err := a.srv.Serve(l)
		if errors.Is(err, http.ErrServerClosed) {
			err = nil
		}
		a.done <- err
	}()
	return a, nil
}

// Addr returns the address that the server listens on.
func (a *Admin) Addr() string { return a.listener.Addr().String() }

// Close stops the server, giving requests under way until ctx ends.
func (a *Admin) Close(ctx context.Context) error {
	if err := a.srv.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stop admin server: %w", err), a.srv.Close(), <-a.done)
	}
	return <-a.done
}

func probe(f func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err := f(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = fmt.Fprintln(w, err)
			return
		}
		_, _ = fmt.Fprintln(w, "ok")
	}
}
