package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"palermo.internal/pkg/index"
)

// queryServer answers searches over the index while `palermo run` holds it, as
// JSON. It is for the operator of this machine: it asks for no password and
// refuses to listen on anything but loopback.
type queryServer struct {
	store    index.Store
	lag      func(context.Context) (map[string]int64, error)
	logger   *zap.Logger
	srv      *http.Server
	listener net.Listener
}

// startQueryServer listens on a loopback address, at once.
func startQueryServer(ctx context.Context, listen string, store index.Store, lag func(context.Context) (map[string]int64, error), logger *zap.Logger) (*queryServer, error) {
	if err := loopbackOnly(listen); err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("listen for searches: %w", err)
	}
	q := &queryServer{store: store, lag: lag, logger: logger, listener: l}
	q.srv = &http.Server{
		Handler: q.handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: time.Minute, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return q, nil
}

func loopbackOnly(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return usagef("-query %s: %w: write host:port", printable(listen), err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usagef("-query %s: the search port has no password: listen on 127.0.0.1 or [::1]", printable(listen))
	}
	return nil
}

// serve runs until the server is closed.
func (q *queryServer) serve() error {
	if err := q.srv.Serve(q.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve searches: %w", err)
	}
	return nil
}

func (q *queryServer) close(ctx context.Context) error {
	if err := q.srv.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("stop the search port: %w", err), q.srv.Close())
	}
	return nil
}

func (q *queryServer) address() string { return q.listener.Addr().String() }

func (q *queryServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/search", q.search)
	mux.HandleFunc("GET /v1/status", q.status)
	mux.HandleFunc("GET /v1/ads/{id}", q.document(index.KindAds))
	mux.HandleFunc("GET /v1/clusters/{id}", q.document(index.KindClusters))
	mux.HandleFunc("POST /v1/has", q.has)
	// A page that a browser has open must not read the index through a name
	// that was rebound to loopback.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(strings.Trim(host, "[]")); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			q.fail(w, http.StatusForbidden, errors.New("ask for localhost, 127.0.0.1 or [::1]"))
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		mux.ServeHTTP(w, r)
	})
}

// hitLine is one document of an answer.
type hitLine struct {
	Kind     index.Kind      `json:"kind"`
	ID       string          `json:"id"`
	Document json.RawMessage `json:"document"`
}

// searchAnswer is the answer to /v1/search.
type searchAnswer struct {
	Total int64     `json:"total"`
	Hits  []hitLine `json:"hits"`
}

// statusAnswer is the answer to /v1/status.
type statusAnswer struct {
	Ads      int64            `json:"ads"`
	Clusters int64            `json:"clusters"`
	Lag      map[string]int64 `json:"lag"`
}

func (q *queryServer) search(w http.ResponseWriter, r *http.Request) {
	query, err := parseQuery(r.URL.Query())
	if err != nil {
		q.fail(w, http.StatusBadRequest, err)
		return
	}
	if err := q.store.Refresh(r.Context()); err != nil {
		q.failStore(w, err)
		return
	}
	res, err := q.store.Search(r.Context(), query)
	if err != nil {
		q.failStore(w, err)
		return
	}
	a := searchAnswer{Total: res.Total, Hits: make([]hitLine, len(res.Hits))}
	for i, h := range res.Hits {
		a.Hits[i] = hitLine{Kind: h.Kind, ID: h.ID, Document: h.Body}
	}
	q.answer(w, a)
}

// parseQuery reads a search from URL parameters; the names are those of index.Query.
func parseQuery(v url.Values) (index.Query, error) {
	known := map[string]bool{}
	get := func(name string) string { known[name] = true; return v.Get(name) }
	many := func(name string) []string {
		known[name] = true
		var out []string
		for _, s := range v[name] {
			out = append(out, strings.Split(s, ",")...)
		}
		return out
	}
	q := index.Query{
		Kind: index.Kind(get("kind")), Text: get("q"), Sort: index.Sort(get("sort")),
		Levels: many("level"), Typologies: many("typology"), Platforms: many("platform"),
		Clusters: many("cluster"), Languages: many("language"), Indicators: many("indicator"), Contacts: many("contact"),
	}
	if q.Kind == "" {
		q.Kind = index.KindAds
	}
	var errs []error
	number := func(name string, to *int) {
		if s := get(name); s != "" {
			n, err := strconv.Atoi(s)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s is not a whole number", name))
			}
			*to = n
		}
	}
	number("offset", &q.Offset)
	number("limit", &q.Limit)
	if s := get("min_score"); s != "" {
		f, err := strconv.ParseFloat(s, 64)
		if err != nil {
			errs = append(errs, errors.New("min_score is not a number"))
		}
		q.MinScore = f
	}
	for name, to := range map[string]*time.Time{"from": &q.From, "to": &q.To} {
		if s := get(name); s != "" {
			t, err := time.Parse(time.RFC3339, s)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s is not an RFC 3339 time", name))
			}
			*to = t
		}
	}
	q.Merged = get("merged") == "true"
	for name := range v {
		if !known[name] {
			errs = append(errs, fmt.Errorf("there is no parameter %s", printable(name)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return q, err
	}
	return q, q.Normalize()
}

func (q *queryServer) document(kind index.Kind) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := q.store.Refresh(r.Context()); err != nil {
			q.failStore(w, err)
			return
		}
		d, err := q.store.Get(r.Context(), kind, r.PathValue("id"))
		if err != nil {
			q.failStore(w, err)
			return
		}
		q.answer(w, hitLine{Kind: kind, ID: d.ID, Document: d.Body})
	}
}

// has answers for a JSON array of advert ids which of them are in the index.
func (q *queryServer) has(w http.ResponseWriter, r *http.Request) {
	var ids []string
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&ids); err != nil {
		q.fail(w, http.StatusBadRequest, errors.New("send a JSON array of advert ids"))
		return
	}
	if err := q.store.Refresh(r.Context()); err != nil {
		q.failStore(w, err)
		return
	}
	found, err := q.store.Has(r.Context(), index.KindAds, ids)
	if err != nil {
		q.failStore(w, err)
		return
	}
	q.answer(w, found)
}

func (q *queryServer) status(w http.ResponseWriter, r *http.Request) {
	var a statusAnswer
	err := q.store.Refresh(r.Context())
	if err == nil {
		a.Ads, err = q.store.Count(r.Context(), index.KindAds)
	}
	if err == nil {
		a.Clusters, err = q.store.Count(r.Context(), index.KindClusters)
	}
	if err == nil {
		a.Lag, err = q.lag(r.Context())
	}
	if err != nil {
		q.failStore(w, err)
		return
	}
	q.answer(w, a)
}

func (q *queryServer) answer(w http.ResponseWriter, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		q.fail(w, http.StatusInternalServerError, errors.New("the answer could not be encoded"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write(append(b, '\n')); err != nil {
		q.logger.Debug("client went away", zap.Error(err))
	}
}

func (q *queryServer) failStore(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, index.ErrNotFound):
		q.fail(w, http.StatusNotFound, errors.New("there is no such document"))
	case errors.Is(err, index.ErrQuery):
		q.fail(w, http.StatusBadRequest, err)
	default:
		q.logger.Warn("search failed", zap.Error(err))
		q.fail(w, http.StatusServiceUnavailable, errors.New("the index does not answer at the moment"))
	}
}

func (q *queryServer) fail(w http.ResponseWriter, code int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()})
}
