package elastic

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"time"
)

// Config says where the cluster is and how to write to it.
type Config struct {
	// Addresses are the nodes, as URLs without user and path.
	Addresses []string `yaml:"addresses"`
	// APIKey is the encoded key; it excludes Username and Password.
	APIKey   Secret `yaml:"api_key"`
	Username string `yaml:"username"`
	Password Secret `yaml:"password"`
	// CAFile holds the certificates, as PEM, to trust instead of the system's.
	CAFile string `yaml:"ca_file"`
	// CertFile and KeyFile are this client's certificate and key, as PEM.
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`

	// Prefix begins the name of every alias, index and template.
	Prefix string `yaml:"prefix"`
	// Manage lets Setup put templates, mappings and the first index in place.
	// Without it Setup only checks that the write aliases are there.
	Manage bool `yaml:"manage"`
	// Shards and Replicas are those of new indices.
	Shards   int `yaml:"shards"`
	Replicas int `yaml:"replicas"`

	// BulkBytes and BulkDocs bound one bulk request. BulkDocs goes down while
	// the server holds back, and up again.
	BulkBytes int `yaml:"bulk_bytes"`
	BulkDocs  int `yaml:"bulk_docs"`
	// InFlight bounds the bulk requests at a time, over all calls of Write.
	InFlight int `yaml:"in_flight"`
	// Gzip compresses requests: less network for a third more CPU.
	Gzip bool `yaml:"gzip"`
	// RequestTimeout bounds one request. RetryFor bounds how long Write retries
	// by itself before it returns a temporary error; the caller then repeats it.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	RetryFor       time.Duration `yaml:"retry_for"`
	// BackoffMin and BackoffMax bound the pause before a retry, which is drawn
	// between 0 and a bound that doubles.
	BackoffMin time.Duration `yaml:"backoff_min"`
	BackoffMax time.Duration `yaml:"backoff_max"`
}

// Bounds of the settings.
const (
	maxBulkBytes = 64 << 20
	maxBulkDocs  = 100_000
	maxInFlight  = 64
)

// DefaultConfig returns the suggested settings; Addresses is left to be set.
func DefaultConfig() Config {
	return Config{
		Prefix: "palermo", Manage: true, Shards: 1, Replicas: 1,
		BulkBytes: 5 << 20, BulkDocs: 1000, InFlight: 4,
		RequestTimeout: 30 * time.Second, RetryFor: time.Minute,
		BackoffMin: 100 * time.Millisecond, BackoffMax: 10 * time.Second,
	}
}

var prefixForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,99}$`)

// Validate returns every problem of c at once, each with its key and a fix.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Addresses) == 0 {
		bad("addresses: is empty; name at least one node, for example https://localhost:9200")
	}
	for i, a := range c.Addresses {
		u, err := url.Parse(a)
		switch {
		case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
			bad("addresses[%d]: is not an http or https URL with a host", i)
		case u.User != nil:
			bad("addresses[%d]: holds a user or password; set username and password instead", i)
		case u.Scheme == "http" && (c.APIKey != "" || c.Password != ""):
			bad("addresses[%d]: would send the secret in the clear; use https", i)
		}
	}
	if c.APIKey != "" && (c.Username != "" || c.Password != "") {
		bad("api_key: is set together with username or password; keep one")
	}
	if (c.Username == "") != (c.Password == "") {
		bad("username: needs a password, and password a username")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		bad("cert_file: needs a key_file, and key_file a cert_file")
	}
	if !prefixForm.MatchString(c.Prefix) {
		bad("prefix: must be 1 to 100 of a-z, 0-9 and '-', and begin with a letter")
	}
	within := func(key string, v, low, high int) {
		if v < low || v > high {
			bad("%s: is %d; set it within %d and %d", key, v, low, high)
		}
	}
	within("shards", c.Shards, 1, 1024)
	within("replicas", c.Replicas, 0, 16)
	within("bulk_bytes", c.BulkBytes, 1<<10, maxBulkBytes)
	within("bulk_docs", c.BulkDocs, 1, maxBulkDocs)
	within("in_flight", c.InFlight, 1, maxInFlight)
	if c.RequestTimeout <= 0 || c.RetryFor <= 0 {
		bad("request_timeout and retry_for: must be above 0")
	}
	if c.BackoffMin <= 0 || c.BackoffMax < c.BackoffMin {
		bad("backoff_min: must be above 0 and at most backoff_max")
	}
	return errors.Join(errs...)
}
