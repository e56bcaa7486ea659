package gateway

import (
	"crypto/rand"
	_ "embed" // the interface description is served
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"palermo.internal/pkg/ops"
)

//go:generate cp ../../schemas/openapi.yaml openapi.yaml

//go:embed openapi.yaml
var openAPI []byte

const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

func (s *Service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/ads", s.postAds)
	mux.HandleFunc("/v1/openapi.yaml", serveOpenAPI)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, &problem{Code: codeNotFound, Problem: "there is nothing here", Fix: "POST to /v1/ads", status: http.StatusNotFound})
	})
	return s.guard(mux)
}

// recorder remembers the status for the metrics.
type recorder struct {
	http.ResponseWriter
	id     string
	status int
}

// answerTimeout bounds how long a client may take to read an answer.
const answerTimeout = 15 * time.Second

// WriteHeader notes the first status and begins the time for the answer.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
		r.setWriteDeadline(time.Now().Add(answerTimeout))
	}
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// setWriteDeadline is best effort: where it fails the connection is gone, or is
// a test's recorder.
func (r *recorder) setWriteDeadline(t time.Time) {
	_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(t)
}

// guard gives every request an id, security headers, metrics and a net.
func (s *Service) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		// An id of the sender's could hold anything, and ids are logged.
		rec := &recorder{ResponseWriter: w, id: strings.ToLower(rand.Text())}
		// The connection may still have the deadline of the answer before.
		rec.setWriteDeadline(time.Time{})
		h := w.Header()
		h.Set("X-Request-Id", rec.id)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		defer func() {
			if v := recover(); v != nil {
				s.panicked(rec, v)
			}
			s.metrics.requests.WithLabelValues(strconv.Itoa(rec.status)).Inc()
			s.metrics.requestSeconds.Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(rec, r)
	})
}

// panicked answers for a handler that could not. The value of the panic is not
// logged, since it may hold what was being read.
func (s *Service) panicked(w *recorder, v any) {
	s.metrics.panics.Inc()
	s.logger.Error("request panicked", zap.String("request_id", w.id), zap.String("type", fmt.Sprintf("%T", v)), zap.Stack("stack"))
	if w.status != 0 {
		return
	}
	w.Header().Set("Connection", "close")
	refuse(w, &problem{
		Code: codeInternal, Problem: "the gateway failed on this request",
		Fix: "send it again; report the request id if it fails again", status: http.StatusInternalServerError,
	})
}

func refuse(w http.ResponseWriter, p *problem) {
	a := answer{Error: p}
	if rec, ok := w.(*recorder); ok {
		a.RequestID = rec.id
	}
	a.write(w, p.status)
}

func serveOpenAPI(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, &problem{Code: codeMethod, Problem: "this is read only", Fix: "use GET", status: http.StatusMethodNotAllowed})
		return
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(openAPI)
	}
}

func (s *Service) postAds(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, &problem{Code: codeMethod, Problem: "adverts can only be sent", Fix: "use POST", status: http.StatusMethodNotAllowed})
		return
	}
	cred, p := s.authenticate(r)
	if p != nil {
		w.Header().Set("WWW-Authenticate", `Bearer realm="palermo"`)
		refuse(w, p)
		return
	}
	single, p := mediaType(r)
	if p != nil {
		refuse(w, p)
		return
	}
	gzipped, p := contentEncoding(r)
	if p != nil {
		// RFC 7694: what would be understood.
		w.Header().Set("Accept-Encoding", "gzip")
		refuse(w, p)
		return
	}
	if r.ContentLength > s.cfg.Limits.BodyBytes {
		w.Header().Set("Connection", "close")
		refuse(w, s.bodyProblem(&http.MaxBytesError{Limit: s.cfg.Limits.BodyBytes}))
		return
	}
	release, p := s.admit(cred)
	if p != nil {
		refuse(w, p)
		return
	}
	defer release()
	s.takeIn(w, r, cred, single, gzipped)
}

// takeIn reads the adverts and answers.
func (s *Service) takeIn(w http.ResponseWriter, r *http.Request, cred *credential, single, gzipped bool) {
	in := &intake{s: s, cred: cred}
	if rec, ok := w.(*recorder); ok {
		in.answer.RequestID = rec.id
	}
	if t := r.Header.Get(traceHeader); validTrace(t) {
		in.trace = t
	}
	sent := s.sentBody(w, r)
	body, err := s.unpack(sent, gzipped)
	switch {
	case err != nil:
		in.stop(s.bodyProblem(err), 1)
	case single:
		in.readAd(r.Context(), body)
	default:
		in.readLines(r.Context(), body)
	}
	if err == nil {
		if err := body.Close(); err != nil && in.answer.Error == nil {
			s.logger.Debug("body not closed", zap.String("request_id", in.answer.RequestID))
		}
	}
	a := &in.answer
	if a.Error != nil && (a.Error.Code == codeTimeout || !sent.drain()) {
		w.Header().Set("Connection", "close") // the rest of the body is not read
	}
	status := a.status(in.forbidden > 0 && in.forbidden == a.Rejected, single)
	a.write(w, status)
	s.logger.Debug("adverts taken in", zap.String("request_id", a.RequestID), zap.Int("status", status),
		zap.String("key_id", cred.entry.ID), zap.Int("accepted", a.Accepted), zap.Int("rejected", a.Rejected),
		zap.Int("unacknowledged", a.Unacknowledged))
}

// authenticate finds the sender.
func (s *Service) authenticate(r *http.Request) (*credential, *problem) {
	var plain string
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		plain = strings.TrimSpace(token)
	}
	cred, why := s.keys.Load().find(plain, s.now())
	if why == "" {
		return cred, nil
	}
	s.metrics.refusals.WithLabelValues(string(why)).Inc()
	if n := s.refused.Add(1); n&(n-1) == 0 { // the first, then each power of two
		s.logger.Warn("request without a valid key", zap.Int64("refused", n), zap.String(ops.FieldCode, string(why)))
	}
	p := &problem{
		Code: codeUnauthorized, Problem: "the request has no key, or one that is not known",
		Fix: "send Authorization: Bearer and your key", status: http.StatusUnauthorized,
	}
	if why == refusedExpired {
		p.Problem, p.Fix = "the key has expired", "ask the operator for a new key"
	}
	return nil, p
}

// admit takes a slot for a request, for the sender and for the gateway.
func (s *Service) admit(cred *credential) (release func(), p *problem) {
	if s.stopping.Load() {
		return nil, stoppingProblem()
	}
	select {
	case cred.slots <- struct{}{}:
	default:
		return nil, &problem{
			Code: codeBusy, Problem: fmt.Sprintf("the key has %d requests under way", cap(cred.slots)),
			Fix: "send one request after the other", status: http.StatusTooManyRequests, retryAfter: time.Second,
		}
	}
	select {
	case s.slots <- struct{}{}:
	default:
		<-cred.slots
		return nil, &problem{
			Code: codeBusy, Problem: "the gateway has as many requests under way as it may",
			Fix: "send it again after Retry-After", status: http.StatusServiceUnavailable, retryAfter: time.Second,
		}
	}
	s.metrics.inFlight.Inc()
	return func() {
		s.metrics.inFlight.Dec()
		<-s.slots
		<-cred.slots
	}, nil
}

// mediaType tells whether the body is one advert or a line each.
func mediaType(r *http.Request) (single bool, p *problem) {
	p = &problem{
		Code: codeMediaType, Problem: "the Content-Type is not one of those that are understood",
		Fix: "send " + typeJSON + " for one advert or " + typeNDJSON + " for one a line, in UTF-8", status: http.StatusUnsupportedMediaType,
	}
	t, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return false, p
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return false, p
	}
	switch t {
	case typeJSON:
		return true, nil
	case typeNDJSON:
		return false, nil
	default:
		return false, p
	}
}

func contentEncoding(r *http.Request) (gzipped bool, p *problem) {
	switch e := strings.Join(r.Header.Values("Content-Encoding"), ","); {
	case e == "", strings.EqualFold(e, "identity"):
		return false, nil
	case strings.EqualFold(e, "gzip"):
		return true, nil
	default:
		return false, &problem{
			Code: codeEncoding, Problem: "the Content-Encoding is not one of those that are understood",
			Fix: "send gzip, or no Content-Encoding", status: http.StatusUnsupportedMediaType,
		}
	}
}
