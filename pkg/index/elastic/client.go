package elastic

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic/internal/wire"
)

const (
	// maxAnswerBytes bounds what is read of one answer.
	maxAnswerBytes = 256 << 20
	// maxRetryAfter bounds what a server may ask to wait.
	maxRetryAfter = 5 * time.Minute
)

// newClient makes a client that never retries by itself, since it cannot know
// which documents of a bulk request were taken.
func newClient(cfg Config, rt http.RoundTripper) (*elasticsearch.Client, error) {
	key, err := cfg.APIKey.reveal()
	if err != nil {
		return nil, err
	}
	password, err := cfg.Password.reveal()
	if err != nil {
		return nil, err
	}
	return elasticsearch.NewClient(elasticsearch.Config{
		Addresses: cfg.Addresses, APIKey: key, Username: cfg.Username, Password: password,
		Transport: rt, DisableRetry: true,
		CompressRequestBody: cfg.Gzip, CompressRequestBodyLevel: gzip.BestSpeed, PoolCompressor: cfg.Gzip,
	})
}

func newTransport(cfg Config) (*http.Transport, error) {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return nil, errors.New("the default transport is not one of net/http")
	}
	t = t.Clone()
	t.MaxIdleConnsPerHost = cfg.InFlight + 2
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
	if cfg.CertFile != "" {
		cert, err := tls.LoadX509KeyPair(cfg.CertFile, cfg.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read cert_file and key_file: %w", err)
		}
		t.TLSClientConfig.Certificates = []tls.Certificate{cert}
	}
	return t, nil
}

// answer is what came back for one request.
type answer struct {
	status int
	body   []byte
	after  time.Duration
}

// request is any request of esapi.
type request interface {
	Do(ctx context.Context, t esapi.Transport) (*esapi.Response, error)
}

// send sends one request and reads the whole answer, within RequestTimeout. The
// error is the context's, or says what failed between here and the server.
func (s *Store) send(ctx context.Context, op string, r request) (a answer, err error) {
	defer s.metrics.observe(op, time.Now())
	limited, cancel := context.WithTimeout(ctx, s.cfg.RequestTimeout)
	defer cancel()
	res, err := r.Do(limited, s.client)
	if err == nil {
		defer func() {
			// Draining is for the sake of the connection; the answer is read.
			if cerr := res.Body.Close(); err == nil && cerr != nil {
				err = fmt.Errorf("close the answer: %w", cerr)
			}
		}()
		a.status, a.after = res.StatusCode, retryAfter(res.Header, time.Now())
		a.body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswerBytes+1))
		if err == nil && len(a.body) > maxAnswerBytes {
			err = fmt.Errorf("the answer is longer than %d bytes", maxAnswerBytes)
		}
	}
	if err != nil && ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	return a, err
}

// call sends a request that has no documents in it and takes 200 for success.
func (s *Store) call(ctx context.Context, metric, op string, r request) (answer, error) {
	a, err := s.send(ctx, metric, r)
	switch {
	case err != nil && ctx.Err() != nil:
		return a, err
	case err != nil && notElasticsearch(err):
		return a, index.Fatal(op, err)
	case err != nil:
		return a, index.Temporary(op, err)
	case a.status == http.StatusOK:
		return a, nil
	}
	return a, failure(op, a)
}

// failure turns an answer that is no success into an error.
func failure(op string, a answer) *index.Error {
	err := fmt.Errorf("the server answered %d (%s)", a.status, wire.PlainType(wire.ErrorType(a.body)))
	switch a.status {
	case http.StatusUnauthorized:
		err = fmt.Errorf("%w: check api_key, or username and password", err)
	case http.StatusForbidden:
		err = fmt.Errorf("%w: the key lacks a right on the indices", err)
	case http.StatusNotFound:
		err = fmt.Errorf("%w: the index or alias is missing; run the set-up", err)
	}
	v := wire.ClassifyRequest(a.status, wire.ErrorType(a.body))
	return &index.Error{Op: op, Stop: v == wire.VerdictFatal || v == wire.VerdictBisect, After: a.after, Err: err}
}

// notElasticsearch reports whether the client found another product. Its error
// has no type.
func notElasticsearch(err error) bool {
	return strings.Contains(err.Error(), "not Elasticsearch")
}

// retryAfter reads how long the server asks to wait, as seconds or as a time.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	var d time.Duration
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		d = time.Duration(n) * time.Second
	} else if t, err := http.ParseTime(v); err == nil {
		d = t.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}
