package elastic_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/index/elastic"
	"palermo.internal/pkg/index/indextest"
)

// bulkCall is one bulk request that reached the fake.
type bulkCall struct {
	ids  []string
	size int
	at   time.Time
}

// script answers bulk request n in the server's place, or returns nil.
type script func(n int, c bulkCall, req *http.Request) (*http.Response, error)

// faulty returns a store that was set up on a fake whose bulk requests the
// script may answer, and the calls that came.
func faulty(t *testing.T, cfg elastic.Config, s script) (*elastic.Store, *[]bulkCall) {
	t.Helper()
	var calls []bulkCall
	fake := indextest.NewFakeElasticsearch()
	fake.Intercept = func(_ int, req *http.Request, body []byte) (*http.Response, error) {
		if !strings.HasSuffix(req.URL.Path, "_bulk") {
			return nil, nil
		}
		c := bulkCall{ids: idsOf(t, body), size: len(body), at: time.Now()}
		calls = append(calls, c)
		return s(len(calls)-1, c, req)
	}
	store := open(t, cfg, fake)
	require.NoError(t, store.Setup(t.Context()))
	return store, &calls
}

func idsOf(t *testing.T, body []byte) []string {
	t.Helper()
	var ids []string
	lines := bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n"))
	for i := 0; i < len(lines); i += 2 {
		var a struct {
			Index struct {
				ID string `json:"_id"`
			} `json:"index"`
		}
		require.NoError(t, json.Unmarshal(lines[i], &a))
		ids = append(ids, a.Index.ID)
	}
	return ids
}

func ads(t *testing.T, n int) []index.Document {
	t.Helper()
	docs := make([]index.Document, n)
	for i := range docs {
		docs[i] = indextest.Ad(t, i, uint64(i)+1)
	}
	return docs
}

// answerItems answers each id with a status and an error type.
func answerItems(req *http.Request, ids []string, say func(id string) (int, string)) *http.Response {
	items := []any{}
	for _, id := range ids {
		status, errType := say(id)
		it := map[string]any{"_id": id, "status": status}
		if errType != "" {
			it["error"] = map[string]any{"type": errType, "reason": "SECRET quoted document"}
		}
		items = append(items, map[string]any{"index": it})
	}
	return indextest.Answer(req, http.StatusOK, map[string]any{"errors": true, "items": items})
}

func requireFatal(t *testing.T, err error) {
	t.Helper()
	var e *index.Error
	require.ErrorAs(t, err, &e)
	require.True(t, e.Fatal(), "%v", err)
	require.False(t, e.Temporary())
	require.NotContains(t, err.Error(), "SECRET")
}

func requireTemporary(t *testing.T, err error) *index.Error {
	t.Helper()
	var e *index.Error
	require.ErrorAs(t, err, &e)
	require.True(t, e.Temporary(), "%v", err)
	require.False(t, e.Fatal())
	require.NotContains(t, err.Error(), "SECRET")
	return e
}

func requireWritten(t *testing.T, outcomes []index.Outcome) {
	t.Helper()
	for i, o := range outcomes {
		require.Equal(t, index.StatusWritten.String(), o.Status.String(), "document %d: %s", i, o.Reason)
	}
}

func TestOnlyWhatWasPutOffIsSentAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  int
		errType string
	}{
		{429, "es_rejected_execution_exception"},
		{503, "unavailable_shards_exception"},
		{500, "something_new"},
		{403, "cluster_block_exception"},
		{429, "cluster_block_exception"},
	} {
		synctest.Test(t, func(t *testing.T) {
			docs := ads(t, 5)
			busy := []string{docs[1].ID, docs[4].ID}
			s, calls := faulty(t, fakeConfig(), func(n int, call bulkCall, req *http.Request) (*http.Response, error) {
				if n > 0 {
					return nil, nil
				}
				return answerItems(req, call.ids, func(id string) (int, string) {
					if slices.Contains(busy, id) {
						return c.status, c.errType
					}
					return 201, ""
				}), nil
			})
			outcomes, err := s.Write(t.Context(), docs)
			require.NoError(t, err)
			requireWritten(t, outcomes)
			require.Len(t, *calls, 2)
			require.Equal(t, busy, (*calls)[1].ids)
			require.Equal(t, 100*time.Millisecond, (*calls)[1].at.Sub((*calls)[0].at), "the first pause")
		})
	}
}

func TestPausesDoubleAndRequestsShrinkAndGrowBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := fakeConfig()
		cfg.BulkDocs, cfg.BackoffMax = 16, 300*time.Millisecond
		s, calls := faulty(t, cfg, func(n int, _ bulkCall, req *http.Request) (*http.Response, error) {
			if n < 4 {
				return indextest.Answer(req, http.StatusTooManyRequests, indextest.Failure(429, "es_rejected_execution_exception")), nil
			}
			return nil, nil
		})
		outcomes, err := s.Write(t.Context(), ads(t, 20))
		require.NoError(t, err)
		requireWritten(t, outcomes)
		var sizes []int
		var pauses []time.Duration
		for i, c := range *calls {
			sizes = append(sizes, len(c.ids))
			if i > 0 {
				pauses = append(pauses, c.at.Sub((*calls)[i-1].at))
			}
		}
		require.Equal(t, []int{16, 8, 4, 2, 1, 2, 3, 4, 5, 5}, sizes)
		require.Equal(t, []time.Duration{100e6, 200e6, 300e6, 300e6}, pauses[:4])
		require.Zero(t, pauses[5])
	})
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, calls := faulty(t, fakeConfig(), func(n int, _ bulkCall, req *http.Request) (*http.Response, error) {
			if n > 0 {
				return nil, nil
			}
			res := indextest.Answer(req, http.StatusServiceUnavailable, "busy")
			res.Header.Set("Retry-After", "7")
			return res, nil
		})
		_, err := s.Write(t.Context(), ads(t, 1))
		require.NoError(t, err)
		require.Equal(t, 7*time.Second, (*calls)[1].at.Sub((*calls)[0].at))
	})
}

func TestWriteGivesBackToItsCallerWhenNothingMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		cfg := fakeConfig()
		cfg.RetryFor = 20 * time.Second
		s, calls := faulty(t, cfg, func(_ int, _ bulkCall, req *http.Request) (*http.Response, error) {
			res := indextest.Answer(req, http.StatusTooManyRequests, "busy")
			res.Header.Set("Retry-After", "9")
			return res, nil
		})
		_, err := s.Write(t.Context(), ads(t, 3))
		e := requireTemporary(t, err)
		require.Equal(t, 9*time.Second, e.RetryAfter())
		require.Len(t, *calls, 3)
	})
}

func TestAnAnswerThatCannotBeBelievedIsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(ids []string, req *http.Request) (*http.Response, error){
		"one item short": func(ids []string, req *http.Request) (*http.Response, error) {
			return answerItems(req, ids[1:], func(string) (int, string) { return 201, "" }), nil
		},
		"other order": func(ids []string, req *http.Request) (*http.Response, error) {
			ids = slices.Clone(ids)
			slices.Reverse(ids)
			return answerItems(req, ids, func(string) (int, string) { return 201, "" }), nil
		},
		"no items": func(_ []string, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, 200, `{"errors":false}`), nil
		},
		"no errors flag": func(ids []string, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, 200, `{"items":[{"index":{"_id":"`+ids[0]+`","status":201}}]}`), nil
		},
		"not JSON": func(_ []string, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, 200, `<html>proxy</html>`), nil
		},
		"empty": func(_ []string, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, 200, ""), nil
		},
		"other action": func(ids []string, req *http.Request) (*http.Response, error) {
			res := answerItems(req, ids, func(string) (int, string) { return 201, "" })
			b, err := io.ReadAll(res.Body)
			res.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(b), `"index"`, `"delete"`)))
			return res, err
		},
		"cut short": func(_ []string, req *http.Request) (*http.Response, error) {
			res := indextest.Answer(req, 200, `{"errors":false,"items":[`)
			res.Body = io.NopCloser(io.MultiReader(res.Body, failing{}))
			return res, nil
		},
		"no connection": func([]string, *http.Request) (*http.Response, error) {
			return nil, errors.New("connection reset by peer")
		},
		"bad gateway": func(_ []string, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, http.StatusBadGateway, "<html>"), nil
		},
		"no answer in time": func(_ []string, req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				docs := ads(t, 3)
				s, calls := faulty(t, fakeConfig(), func(n int, c bulkCall, req *http.Request) (*http.Response, error) {
					if n > 0 {
						return nil, nil
					}
					return answer(c.ids, req)
				})
				outcomes, err := s.Write(t.Context(), docs)
				require.NoError(t, err)
				requireWritten(t, outcomes)
				require.Len(t, *calls, 2)
				require.Equal(t, (*calls)[0].ids, (*calls)[1].ids, "all are sent again")
			})
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestSettingsAndRightsStopEverything(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(ids []string, req *http.Request) *http.Response{
		"401": func(_ []string, req *http.Request) *http.Response {
			return indextest.Answer(req, 401, indextest.Failure(401, "security_exception"))
		},
		"403": func(_ []string, req *http.Request) *http.Response {
			return indextest.Answer(req, 403, indextest.Failure(403, "security_exception"))
		},
		"404": func(_ []string, req *http.Request) *http.Response {
			return indextest.Answer(req, 404, indextest.Failure(404, "index_not_found_exception"))
		},
		"redirect": func(_ []string, req *http.Request) *http.Response { return indextest.Answer(req, 301, "") },
		"another product": func(_ []string, req *http.Request) *http.Response {
			res := indextest.Answer(req, 200, `{}`)
			res.Header.Del("X-Elastic-Product")
			return res
		},
		"no alias, by item": func(ids []string, req *http.Request) *http.Response {
			return answerItems(req, ids, func(string) (int, string) { return 404, "index_not_found_exception" })
		},
		"no right, by item": func(ids []string, req *http.Request) *http.Response {
			return answerItems(req, ids, func(string) (int, string) { return 403, "security_exception" })
		},
		"index closed": func(ids []string, req *http.Request) *http.Response {
			return answerItems(req, ids, func(string) (int, string) { return 400, "index_closed_exception" })
		},
		"no write index": func(ids []string, req *http.Request) *http.Response {
			return answerItems(req, ids, func(string) (int, string) { return 400, "illegal_argument_exception" })
		},
		"every request is bad": func(_ []string, req *http.Request) *http.Response {
			return indextest.Answer(req, 400, indextest.Failure(400, "illegal_argument_exception"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := fakeConfig()
			fake := indextest.NewFakeElasticsearch()
			fake.Intercept = func(_ int, req *http.Request, body []byte) (*http.Response, error) {
				return answer(idsOf(t, body), req), nil
			}
			_, err := open(t, cfg, fake).Write(t.Context(), ads(t, 3))
			requireFatal(t, err)
		})
	}
}

func TestWhatTheMappingRefusesIsRejectedAlone(t *testing.T) {
	t.Parallel()
	docs := ads(t, 6)
	say := map[string]struct {
		status  int
		errType string
	}{
		docs[0].ID: {400, "document_parsing_exception"}, docs[1].ID: {400, "strict_dynamic_mapping_exception"},
		docs[2].ID: {413, ""}, docs[3].ID: {400, "illegal_argument_exception"},
		docs[4].ID: {409, "version_conflict_engine_exception"}, docs[5].ID: {201, ""},
	}
	s, calls := faulty(t, fakeConfig(), func(_ int, c bulkCall, req *http.Request) (*http.Response, error) {
		return answerItems(req, c.ids, func(id string) (int, string) { return say[id].status, say[id].errType }), nil
	})
	outcomes, err := s.Write(t.Context(), docs)
	require.NoError(t, err)
	require.Len(t, *calls, 1)
	codes := []index.Code{}
	for _, o := range outcomes {
		codes = append(codes, o.Code)
		require.NotContains(t, o.Reason, "SECRET")
	}
	require.Equal(t, []index.Code{index.CodeMapping, index.CodeMapping, index.CodeTooLarge, index.CodeRefused, "", ""}, codes)
	require.Equal(t, index.StatusStale, outcomes[4].Status)
	require.Equal(t, index.StatusWritten, outcomes[5].Status)
}

func TestARefusedRequestIsCutUntilTheDocumentIsFound(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		code   index.Code
	}{{400, index.CodeRefused}, {413, index.CodeTooLarge}} {
		docs := ads(t, 9)
		bad := docs[5].ID
		s, _ := faulty(t, fakeConfig(), func(_ int, call bulkCall, req *http.Request) (*http.Response, error) {
			if slices.Contains(call.ids, bad) {
				return indextest.Answer(req, c.status, indextest.Failure(c.status, "illegal_argument_exception")), nil
			}
			return nil, nil
		})
		outcomes, err := s.Write(t.Context(), docs)
		require.NoError(t, err)
		for i, o := range outcomes {
			if i == 5 {
				require.Equal(t, index.StatusRejected, o.Status)
				require.Equal(t, c.code, o.Code)
				continue
			}
			require.Equal(t, index.StatusWritten.String(), o.Status.String(), "document %d", i)
		}
	}
}

func TestRequestsStayBelowWhatAProxyTakes(t *testing.T) {
	t.Parallel()
	const limit = 300 << 10
	s, calls := faulty(t, fakeConfig(), func(_ int, c bulkCall, req *http.Request) (*http.Response, error) {
		if c.size > limit {
			return indextest.Answer(req, http.StatusRequestEntityTooLarge, "<html>"), nil
		}
		return nil, nil
	})
	docs := ads(t, 800)
	outcomes, err := s.Write(t.Context(), docs)
	require.NoError(t, err)
	requireWritten(t, outcomes)
	for range 6 {
		_, err = s.Write(t.Context(), docs)
		require.NoError(t, err)
	}
	before := len(*calls)
	_, err = s.Write(t.Context(), docs)
	require.NoError(t, err)
	for _, c := range (*calls)[before:] {
		require.LessOrEqual(t, c.size, limit, "the limit is remembered")
	}
}

func TestRequestsKeepToTheirBounds(t *testing.T) {
	t.Parallel()
	cfg := fakeConfig()
	cfg.BulkBytes, cfg.BulkDocs = 16<<10, 7
	s, calls := faulty(t, cfg, func(int, bulkCall, *http.Request) (*http.Response, error) { return nil, nil })
	big := indextest.AdWith(t, 100, 1, "big", strings.Repeat("word ", 10_000))
	outcomes, err := s.Write(t.Context(), append(ads(t, 20), big))
	require.NoError(t, err)
	requireWritten(t, outcomes)
	for _, c := range *calls {
		require.LessOrEqual(t, len(c.ids), 7)
		if len(c.ids) > 1 {
			require.LessOrEqual(t, c.size, cfg.BulkBytes)
		}
	}
}

func TestAnEndedContextEndsTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _ := faulty(t, fakeConfig(), func(_ int, _ bulkCall, req *http.Request) (*http.Response, error) {
			return indextest.Answer(req, http.StatusTooManyRequests, "busy"), nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := s.Write(ctx, ads(t, 1))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 250*time.Millisecond, time.Since(start))
	})
}

func TestReadsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   any
		fatal  bool
	}{
		"busy":        {429, indextest.Failure(429, "x"), false},
		"down":        {503, "", false},
		"no right":    {403, indextest.Failure(403, "security_exception"), true},
		"missing":     {404, indextest.Failure(404, "index_not_found_exception"), true},
		"bad request": {400, indextest.Failure(400, "parsing_exception"), true},
		"no JSON":     {200, "<html>", false},
		"partial":     {200, `{"timed_out":true,"_shards":{"failed":1},"failures":[{}],"count":1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := indextest.NewFakeElasticsearch()
			fake.Intercept = func(_ int, req *http.Request, _ []byte) (*http.Response, error) {
				return indextest.Answer(req, c.status, c.body), nil
			}
			s := open(t, fakeConfig(), fake)
			check := func(err error) {
				if c.fatal {
					requireFatal(t, err)
				} else {
					_ = requireTemporary(t, err)
				}
			}
			_, err := s.Search(t.Context(), index.Query{Kind: index.KindAds})
			check(err)
			_, err = s.Get(t.Context(), index.KindAds, "a")
			check(err)
			_, err = s.Has(t.Context(), index.KindAds, []string{"a"})
			check(err)
			_, err = s.Count(t.Context(), index.KindAds)
			check(err)
			_, err = s.Erase(t.Context(), index.KindAds, []string{"a"})
			check(err)
		})
	}
}

func TestSetupRefusesAnOldServer(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{"7.17.0": false, "8.17.9": false, "8.18.0": true, "9.0.1": true} {
		fake := indextest.NewFakeElasticsearch()
		fake.Version = version
		err := open(t, fakeConfig(), fake).Setup(t.Context())
		if ok {
			require.NoError(t, err, version)
			continue
		}
		requireFatal(t, err)
		require.ErrorContains(t, err, "8.18")
	}
	fake := indextest.NewFakeElasticsearch()
	fake.Version = "new"
	_ = requireTemporary(t, open(t, fakeConfig(), fake).Setup(t.Context()))
}

func TestSetupWantsOneIndexToWriteTo(t *testing.T) {
	t.Parallel()
	fake := indextest.NewFakeElasticsearch()
	fake.Intercept = func(_ int, req *http.Request, _ []byte) (*http.Response, error) {
		if req.Method == http.MethodGet && strings.HasPrefix(req.URL.Path, "/_alias/") {
			return indextest.Answer(req, 200, `{"a":{"aliases":{"palermo-ads":{}}},"b":{"aliases":{"palermo-ads":{}}}}`), nil
		}
		return nil, nil
	}
	err := open(t, fakeConfig(), fake).Setup(t.Context())
	requireFatal(t, err)
	require.ErrorContains(t, err, "palermo-ads has 0 indices")
}
