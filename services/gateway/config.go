package gateway

import (
	"errors"
	"fmt"
	"net"
	"time"

	"palermo.internal/pkg/ad"
)

// Config is the configuration of the gateway.
type Config struct {
	// Listen is host:port.
	Listen string `yaml:"listen"`
	// Topic is where adverts are written.
	Topic string `yaml:"topic"`
	// KeysFile is a YAML file with a list "keys" of KeyEntry. It is read again
	// every KeysReload (0: never), so that a key can be revoked in a running
	// gateway; a file that is wrong leaves the keys in force as they are.
	KeysFile   string        `yaml:"keys_file"`
	KeysReload time.Duration `yaml:"keys_reload"`
	// Keys are further keys. Only hashes stand here, so this is no secret.
	Keys []KeyEntry `yaml:"keys"`
	// AllowAnonymous lets everyone send for every platform. It is refused
	// beside keys and on anything but a loopback address.
	AllowAnonymous bool `yaml:"allow_anonymous"`
	// TLS is served if it is set. Without it, put something in front that is.
	TLS TLSConfig `yaml:"tls"`
	// Limits bound what one request may cost, Rate what one key may send.
	Limits   LimitsConfig   `yaml:"limits"`
	Rate     RateConfig     `yaml:"rate"`
	Timeouts TimeoutsConfig `yaml:"timeouts"`
}

// TLSConfig names the PEM files of a certificate; both or neither.
type TLSConfig struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

// LimitsConfig bounds memory and work. The most memory that requests take is
// about Requests × (ChunkBytes + 2 MiB).
type LimitsConfig struct {
	// BodyBytes bounds a request as it is sent, DecodedBytes after unpacking.
	BodyBytes    int64 `yaml:"body_bytes"`
	DecodedBytes int64 `yaml:"decoded_bytes"`
	// ChunkAds and ChunkBytes bound what is written to Kafka at once.
	ChunkAds   int `yaml:"chunk_ads"`
	ChunkBytes int `yaml:"chunk_bytes"`
	// Errors bounds how many lines an answer reports one by one.
	Errors int `yaml:"errors"`
	// Requests and RequestsPerKey bound the requests at a time, Connections the
	// open connections.
	Requests       int `yaml:"requests"`
	RequestsPerKey int `yaml:"requests_per_key"`
	Connections    int `yaml:"connections"`
}

// RateConfig is how many adverts a key may send: AdsPerSecond in the long run,
// Burst at once. Lines that are refused count as well.
type RateConfig struct {
	AdsPerSecond float64 `yaml:"ads_per_second"`
	Burst        int     `yaml:"burst"`
}

// TimeoutsConfig bounds how long things may take.
type TimeoutsConfig struct {
	// Header is for the request's headers, Stall for the time in which a body
	// brings nothing, Request for the whole of reading it.
	Header  time.Duration `yaml:"header"`
	Stall   time.Duration `yaml:"stall"`
	Request time.Duration `yaml:"request"`
	// Idle is how long a connection is kept between requests.
	Idle time.Duration `yaml:"idle"`
	// Write is for Kafka to acknowledge one chunk.
	Write time.Duration `yaml:"write"`
	// Shutdown is for the requests under way when the process stops.
	Shutdown time.Duration `yaml:"shutdown"`
}

// DefaultConfig listens on loopback and needs a key to be added, or
// AllowAnonymous, to be valid.
func DefaultConfig() Config {
	return Config{
		Listen:     "127.0.0.1:8080",
		Topic:      "ads.raw",
		KeysReload: 30 * time.Second,
		Limits: LimitsConfig{
			BodyBytes:      64 << 20,
			DecodedBytes:   512 << 20,
			ChunkAds:       500,
			ChunkBytes:     2 << 20,
			Errors:         100,
			Requests:       64,
			RequestsPerKey: 16,
			Connections:    1024,
		},
		Rate: RateConfig{AdsPerSecond: 5000, Burst: 50_000},
		Timeouts: TimeoutsConfig{
			Header:   5 * time.Second,
			Stall:    15 * time.Second,
			Request:  5 * time.Minute,
			Idle:     time.Minute,
			Write:    30 * time.Second,
			Shutdown: 20 * time.Second,
		},
	}
}

// Validate returns every problem, each naming the key and the fix.
func (c Config) Validate() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		fail("listen: %q is not an address: set host:port", c.Listen)
	}
	if c.Topic == "" {
		fail("topic: is empty: set the topic of raw adverts, ads.raw")
	}
	haveKeys := c.KeysFile != "" || len(c.Keys) > 0
	switch {
	case !haveKeys && !c.AllowAnonymous:
		fail("keys_file: no key is configured: make one with `palermo keys`, or set allow_anonymous on a loopback address")
	case haveKeys && c.AllowAnonymous:
		fail("allow_anonymous: is set beside keys: remove one of them")
	case c.AllowAnonymous && err == nil && !isLoopback(host):
		fail("allow_anonymous: listen is not a loopback address: configure keys, or listen on 127.0.0.1")
	}
	if c.KeysReload < 0 {
		fail("keys_reload: is negative: set a time, or 0 to read the file once")
	}
	errs = append(errs, validateKeys(c.Keys))
	if (c.TLS.CertFile == "") != (c.TLS.KeyFile == "") {
		fail("tls: cert_file and key_file do not come together: set both or neither")
	}
	errs = append(errs, c.Limits.validate(), c.Rate.validate("rate"), c.Timeouts.validate())
	return errors.Join(errs...)
}

func (l LimitsConfig) validate() error {
	var errs []error
	atLeast := func(key string, got, least int64) {
		if got < least {
			errs = append(errs, fmt.Errorf("limits.%s: %d is too small: set at least %d", key, got, least))
		}
	}
	atLeast("body_bytes", l.BodyBytes, 1)
	// A single advert of the largest size must pass.
	atLeast("decoded_bytes", l.DecodedBytes, ad.MaxMessageBytes)
	atLeast("chunk_ads", int64(l.ChunkAds), 1)
	atLeast("chunk_bytes", int64(l.ChunkBytes), 1)
	atLeast("errors", int64(l.Errors), 1)
	atLeast("requests", int64(l.Requests), 1)
	atLeast("requests_per_key", int64(l.RequestsPerKey), 1)
	atLeast("connections", int64(l.Connections), 1)
	return errors.Join(errs...)
}

func (r RateConfig) validate(key string) error {
	var errs []error
	// Written so that NaN fails.
	if !(r.AdsPerSecond > 0) {
		errs = append(errs, fmt.Errorf("%s.ads_per_second: must be above 0", key))
	}
	if r.Burst < 1 {
		errs = append(errs, fmt.Errorf("%s.burst: must be at least 1: a request cannot bring more adverts at once", key))
	}
	return errors.Join(errs...)
}

func (t TimeoutsConfig) validate() error {
	var errs []error
	for _, d := range []struct {
		key   string
		value time.Duration
	}{
		{"header", t.Header},
		{"stall", t.Stall},
		{"request", t.Request},
		{"idle", t.Idle},
		{"write", t.Write},
		{"shutdown", t.Shutdown},
	} {
		if d.value <= 0 {
			errs = append(errs, fmt.Errorf("timeouts.%s: must be above 0, for example 10s", d.key))
		}
	}
	return errors.Join(errs...)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
