package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"palermo.internal/pkg/index"
)

const searchHelp = `
Asks the index of a running "palermo run" and prints what it finds: adverts, or
clusters with -kind clusters. Words must all occur in title or text; a phrase
stands in double quotes.`

// defaultDataDir is where `palermo run` keeps everything unless told otherwise.
const defaultDataDir = "palermo-data"

func searchCommand() command {
	return command{name: "search", args: "[WORDS…]", summary: "search the index of a running pipeline", run: runSearch}
}

func addDataFlag(fs *flag.FlagSet) *string {
	return fs.String("data", defaultDataDir, "`folder` of the running pipeline")
}

func runSearch(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "search", "[WORDS…]", searchHelp)
	data := addDataFlag(fs)
	kind := fs.String("kind", "ads", "ads or clusters")
	level := fs.String("level", "", "comma-separated levels: none, low, medium, high")
	typology := fs.String("typology", "", "comma-separated typologies")
	sort := fs.String("sort", "score", "score, time, size or relevance")
	limit := fs.Int("limit", 10, "how many to print, at most 500")
	asJSON := fs.Bool("json", false, "print the documents as JSON, one a line")
	words, err := parse(fs, args)
	if err != nil {
		return err
	}
	run, err := findRun(*data)
	if err != nil {
		return err
	}
	v := url.Values{"q": {strings.Join(words, " ")}, "kind": {*kind}, "sort": {*sort}, "limit": {strconv.Itoa(*limit)}}
	for name, value := range map[string]string{"level": *level, "typology": *typology} {
		if value != "" {
			v.Set(name, value)
		}
	}
	var a searchAnswer
	if err := (queryClient{run.Query}).get(ctx, "/v1/search?"+v.Encode(), &a); err != nil {
		return err
	}
	return printHits(env.stdout, a, *asJSON)
}

func printHits(w io.Writer, a searchAnswer, asJSON bool) error {
	for i, h := range a.Hits {
		if asJSON {
			if _, err := fmt.Fprintf(w, "%s\n", h.Document); err != nil {
				return err
			}
			continue
		}
		var d struct {
			Platform, Title, Text, Level, Reason string
			AdID                                 string `json:"ad_id"`
			ClusterID                            string `json:"cluster_id"`
			Score                                float64
			Size                                 int
		}
		if err := json.Unmarshal(h.Document, &d); err != nil {
			return fmt.Errorf("read document %s: %w", h.ID, err)
		}
		name := d.Platform + "/" + d.AdID
		if h.Kind == index.KindClusters {
			name = fmt.Sprintf("%s (%d ads)", d.ClusterID, d.Size)
		}
		fmt.Fprintf(w, "%3d  %-6s %5.3f  %s\n     %s\n", i+1, d.Level, d.Score, printable(name),
			shorten(printableText(d.Title+": "+d.Text), tableWidth-5))
		if d.Reason != "" {
			fmt.Fprintf(w, "     %s\n", shorten(printableText(d.Reason), tableWidth-5))
		}
	}
	if asJSON {
		return nil
	}
	_, err := fmt.Fprintf(w, "%d of %d\n", len(a.Hits), a.Total)
	return err
}

// queryClient talks to the search port of a running pipeline.
type queryClient struct{ address string }

func (c queryClient) get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, http.NoBody, into)
}

func (c queryClient) do(ctx context.Context, method, path string, body io.Reader, into any) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+c.address+path, body)
	if err != nil {
		return fmt.Errorf("ask the running pipeline: %w", err)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("ask the running pipeline: %w", err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("ask the running pipeline: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		var e struct{ Error string }
		if json.Unmarshal(b, &e) != nil || e.Error == "" {
			e.Error = resp.Status
		}
		err := fmt.Errorf("the running pipeline says: %s", e.Error)
		if resp.StatusCode == http.StatusBadRequest {
			return &usageError{err}
		}
		return err
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}
