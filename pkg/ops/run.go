package ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"
)

// Exit codes of every Palermo binary.
const (
	// ExitOK: the work is done, or the process was asked to stop and did.
	ExitOK = 0
	// ExitFailure: something failed while running.
	ExitFailure = 1
	// ExitUsage: the flags, the configuration or the input files are wrong.
	ExitUsage = 2
)

// shutdownBudget bounds the whole shutdown; it is below the 30 s that
// orchestrators usually wait before they kill.
const shutdownBudget = 27 * time.Second

// Config is what every service's configuration embeds.
type Config struct {
	Log   LogConfig   `yaml:"log"`
	Admin AdminConfig `yaml:"admin"`
}

// DefaultConfig logs JSON at info and listens on a loopback port.
func DefaultConfig(adminPort int) Config {
	return Config{
		Log:   LogConfig{Level: "info", Format: "json"},
		Admin: AdminConfig{Listen: fmt.Sprintf("127.0.0.1:%d", adminPort)},
	}
}

// Validate checks both parts.
func (c Config) Validate() error {
	var errs []error
	errs = append(errs, c.Log.Validate())
	if c.Admin.Listen == "" {
		errs = append(errs, errors.New("admin.listen: is empty: set host:port or off"))
	}
	return errors.Join(errs...)
}

// Base gives Main the common part of a service's configuration.
func (c Config) Base() Config { return c }

// ServiceConfig is a service's configuration: a struct that embeds Config with
// `yaml:",inline"` and checks itself.
type ServiceConfig interface {
	Validator
	Base() Config
}

// Service is a running part of the pipeline.
type Service interface {
	Probes
	// Run works until ctx ends, then stops in order, and returns nil; any other
	// return is a failure.
	Run(ctx context.Context) error
}

// Deps are what a service gets from its main.
type Deps struct {
	Logger   *zap.Logger
	Registry prometheus.Registerer
}

// Main is the whole main of a service: settings, logger, registry, admin
// server, signals, run, shutdown. It returns the exit code. cfg holds the
// defaults. `NAME health` asks the admin server of a running service and exits
// 0 if it is ready, for container checks without a shell.
func Main[C ServiceConfig](name string, cfg *C, newService func(C, Deps) (Service, error)) int {
	args := os.Args[1:]
	health := len(args) > 0 && args[0] == "health"
	if health {
		args = args[1:]
	}
	o, err := Load(name, args, os.Getenv, cfg, os.Stderr)
	switch {
	case errors.Is(err, ErrHelp):
		return ExitOK
	case err != nil:
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return ExitUsage
	}
	if err := (*cfg).Validate(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: the settings are wrong:\n%v\n", name, err)
		return ExitUsage
	}
	switch {
	case o.Print:
		if err := PrintConfig(os.Stdout, *cfg); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			return ExitFailure
		}
		return ExitOK
	case o.Check:
		fmt.Fprintln(os.Stdout, "the settings are valid")
		return ExitOK
	case health:
		return askHealth((*cfg).Base().Admin.Listen, os.Stderr)
	}
	logger, err := NewLogger((*cfg).Base().Log, os.Stderr)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return ExitUsage
	}
	logger = logger.Named(name)
	ctx, stop := SignalContext(context.Background(), os.Stderr)
	defer stop()
	reg := NewRegistry()
	svc, err := newService(*cfg, Deps{Logger: logger, Registry: reg})
	if err != nil {
		logger.Error("cannot start", zap.Error(err))
		return ExitFailure
	}
	if err := Run(ctx, (*cfg).Base().Admin, reg, svc, logger); err != nil {
		logger.Error("stopped by a failure", zap.Error(err))
		return ExitFailure
	}
	return ExitOK
}

// Run serves the admin endpoints and runs svc until ctx ends or svc fails. The
// admin server stops last.
func Run(ctx context.Context, c AdminConfig, g prometheus.Gatherer, svc Service, logger *zap.Logger) error {
	var admin *Admin
	if c.Listen != "off" {
		var err error
		if admin, err = StartAdmin(ctx, c, g, svc); err != nil {
			return err
		}
		logger.Info("started", zap.String("admin", admin.Addr()), zap.String("version", BuildVersion().Version))
	}
	err := svc.Run(ctx)
	if admin != nil {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		err = errors.Join(err, admin.Close(closing))
	}
	if err == nil {
		logger.Info("stopped")
	}
	return err
}

// SignalContext returns a context that ends at SIGINT or SIGTERM. A second
// signal exits at once with ExitFailure. A shutdown that overruns its budget
// writes every goroutine's stack to w and exits.
func SignalContext(parent context.Context, w io.Writer) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	finished := make(chan struct{})
	go func() {
		select {
		case <-finished:
			return
		case <-signals:
			cancel()
		}
		overrun := time.NewTimer(shutdownBudget)
		defer overrun.Stop()
		select {
		case <-finished:
		case <-signals:
			os.Exit(ExitFailure)
		case <-overrun.C:
			buf := make([]byte, 1<<20)
			fmt.Fprintf(w, "shutdown took longer than %v:\n%s\n", shutdownBudget, buf[:runtime.Stack(buf, true)])
			os.Exit(ExitFailure)
		}
	}()
	var once bool
	return ctx, func() {
		if once {
			return
		}
		once = true
		signal.Stop(signals)
		close(finished)
		cancel()
	}
}

func askHealth(listen string, w io.Writer) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+listen+"/readyz", http.NoBody)
	if err != nil {
		fmt.Fprintf(w, "ask %s: %v\n", listen, err)
		return ExitUsage
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Fprintf(w, "not ready: %v\n", err)
		return ExitFailure
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		b, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
		fmt.Fprintf(w, "not ready: %s%s\n", b, errText(err))
		return ExitFailure
	}
	return ExitOK
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return " (" + err.Error() + ")"
}
