package kibana

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	// maxAnswerBytes bounds what is read of one answer.
	maxAnswerBytes = 64 << 20
	// maxRetryAfter bounds what a server may ask to wait.
	maxRetryAfter = time.Minute
)

// client talks to one space of one Kibana.
type client struct {
	cfg  Config
	http *http.Client
	// authorization is the header of every request, or "".
	authorization string
	// secrets must never be shown.
	secrets []string
}

func newClient(cfg Config) (*client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &client{cfg: cfg}
	key, err := cfg.APIKey.Reveal()
	if err != nil {
		return nil, fmt.Errorf("api_key: %w", err)
	}
	password, err := cfg.Password.Reveal()
	if err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	switch {
	case key != "":
		c.authorization = "ApiKey " + key
		c.secrets = []string{key}
	case password != "":
		pair := base64.StdEncoding.EncodeToString([]byte(cfg.Username + ":" + password))
		c.authorization = "Basic " + pair
		c.secrets = []string{pair, password}
	case cfg.APIKey != "" || cfg.Password != "":
		return nil, errors.New("api_key or password: the file that it names is empty")
	}
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the default transport is not one of net/http")
	}
	t = t.Clone()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if cfg.CAFile != "" {
		pem, err := os.ReadFile(cfg.CAFile)
		if err != nil {
			return nil, fmt.Errorf("read ca_file: %w", err)
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("read ca_file: %s holds no certificate in PEM form", cfg.CAFile)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	c.http = &http.Client{
		Transport: t,
		// A redirect is a wrong address or a login page. Following it would turn
		// a POST into a GET, and could take the secret elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c, nil
}

func (c *client) close() { c.http.CloseIdleConnections() }

// answer is what came back for one request.
type answer struct {
	status int
	body   []byte
	after  time.Duration
}

// post sends one request until it is answered with 200, refused for good, or
// RetryFor is over. Every request here may be repeated: one reads, and the other
// overwrites with the same content.
func (c *client) post(ctx context.Context, path, contentType string, body []byte) ([]byte, error) {
	deadline := time.Now().Add(c.cfg.RetryFor)
	bound := c.cfg.BackoffMin
	for attempt := 1; ; attempt++ {
		a, err := c.send(ctx, path, contentType, body)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			return nil, fmt.Errorf("%w; set ca_file to the certificate of the authority", err)
		}
		if err == nil {
			if a.status == http.StatusOK {
				return a.body, nil
			}
			err = c.failure(a)
			if a.status < 500 && a.status != http.StatusTooManyRequests && a.status != http.StatusRequestTimeout {
				return nil, err
			}
		}
		pause := max(rand.N(bound+1), a.after)
		bound = min(c.cfg.BackoffMax, 2*bound)
		if time.Now().Add(pause).After(deadline) {
			return nil, fmt.Errorf("gave up after %d attempts: %w", attempt, err)
		}
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// send sends one request and reads the whole answer, within RequestTimeout.
func (c *client) send(ctx context.Context, path, contentType string, body []byte) (a answer, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.RequestTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.cfg.base()+path, bytes.NewReader(body))
	if err != nil {
		return a, fmt.Errorf("make the request: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	// Kibana refuses a POST without it.
	req.Header.Set("kbn-xsrf", "palermo")
	if c.authorization != "" {
		req.Header.Set("Authorization", c.authorization)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return a, err
	}
	defer func() {
		if cerr := res.Body.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("close the answer: %w", cerr)
		}
	}()
	a.status, a.after = res.StatusCode, retryAfter(res.Header)
	a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes+1))
	if err == nil && len(a.body) > maxAnswerBytes {
		err = fmt.Errorf("the answer is longer than %d bytes", maxAnswerBytes)
	}
	return a, err
}

// failure turns an answer that is no success into an error that names the fix.
func (c *client) failure(a answer) error {
	var said struct {
		Message string `json:"message"`
	}
	// An answer that is not Kibana's has no message worth showing.
	if json.Unmarshal(a.body, &said) != nil || said.Message == "" {
		said.Message = "no message"
	}
	err := fmt.Errorf("kibana answered %d (%s)", a.status, plain(said.Message, c.secrets...))
	switch {
	case a.status == http.StatusUnauthorized:
		return fmt.Errorf("%w: %w: check api_key, or username and password", ErrAccess, err)
	case a.status == http.StatusForbidden:
		return fmt.Errorf("%w: %w: the key needs the right to manage saved objects in the space", ErrAccess, err)
	case a.status >= 300 && a.status < 400:
		return fmt.Errorf("%w: it redirects; check url (with server.basePath, if Kibana has one)", err)
	case a.status == http.StatusNotFound:
		return fmt.Errorf("%w: check url and space", err)
	case a.status == http.StatusRequestEntityTooLarge:
		return fmt.Errorf("%w: raise savedObjects.maxImportPayloadBytes in Kibana, or the limit of a proxy", err)
	}
	return err
}

// retryAfter reads how many seconds the server asks to wait.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.ParseUint(strings.TrimSpace(h.Get("Retry-After")), 10, 31)
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxRetryAfter)
}

// sleep waits, or returns the context's error when that ends first.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
