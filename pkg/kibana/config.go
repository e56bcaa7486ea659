package kibana

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"palermo.internal/pkg/ops"
)

// Config says where Kibana is and how to get in.
type Config struct {
	// URL is Kibana's address, with server.basePath if it has one, without
	// user and space.
	URL string `yaml:"url"`
	// APIKey is the encoded key; it excludes Username and Password.
	APIKey   ops.Secret `yaml:"api_key"`
	Username string     `yaml:"username"`
	Password ops.Secret `yaml:"password"`
	// CAFile holds the certificates, as PEM, to trust instead of the system's.
	CAFile string `yaml:"ca_file"`
	// Space is the id of the space to import into; "" is the default one.
	Space string `yaml:"space"`

	// RequestTimeout bounds one request. RetryFor bounds how long a request is
	// repeated while Kibana is busy, starting or out of reach.
	RequestTimeout time.Duration `yaml:"request_timeout"`
	RetryFor       time.Duration `yaml:"retry_for"`
	// BackoffMin and BackoffMax bound the pause before a retry, which is drawn
	// between 0 and a bound that doubles.
	BackoffMin time.Duration `yaml:"backoff_min"`
	BackoffMax time.Duration `yaml:"backoff_max"`
}

// DefaultConfig returns the suggested settings; URL is left to be set.
func DefaultConfig() Config {
	return Config{
		RequestTimeout: 30 * time.Second, RetryFor: time.Minute,
		BackoffMin: 200 * time.Millisecond, BackoffMax: 10 * time.Second,
	}
}

// spaceForm is what Kibana takes as the id of a space.
var spaceForm = regexp.MustCompile(`^[a-z0-9_-]{1,100}$`)

// Validate returns every problem of c at once, each with its key and a fix.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	switch u, err := url.Parse(c.URL); {
	case c.URL == "":
		bad("url: is empty; name the address of Kibana, for example https://localhost:5601")
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		bad("url: is not an http or https URL with a host")
	case u.User != nil:
		bad("url: holds a user or password; set username and password instead")
	case u.RawQuery != "" || u.Fragment != "":
		bad("url: holds a query or fragment; name the address only")
	case strings.Contains(u.Path+"/", "/app/") || strings.Contains(u.Path+"/", "/s/"):
		bad("url: holds an application or a space; leave them out and set space")
	case u.Scheme == "http" && (c.APIKey != "" || c.Password != ""):
		bad("url: would send the secret in the clear; use https")
	}
	if c.APIKey != "" && (c.Username != "" || c.Password != "") {
		bad("api_key: is set together with username or password; keep one")
	}
	if (c.Username == "") != (c.Password == "") {
		bad("username: needs a password, and password a username")
	}
	if c.Space != "" && !spaceForm.MatchString(c.Space) {
		bad("space: must be the id of a space: 1 to 100 of a-z, 0-9, '-' and '_'")
	}
	if c.RequestTimeout <= 0 || c.RetryFor <= 0 {
		bad("request_timeout and retry_for: must be above 0")
	}
	if c.BackoffMin <= 0 || c.BackoffMax < c.BackoffMin {
		bad("backoff_min: must be above 0 and at most backoff_max")
	}
	return errors.Join(errs...)
}

// base is the address of the API of the space.
func (c Config) base() string {
	base := strings.TrimRight(c.URL, "/")
	// The default space has an address of its own only without the prefix.
	if c.Space != "" && c.Space != "default" {
		base += "/s/" + c.Space
	}
	return base
}
