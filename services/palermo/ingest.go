package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"

	"palermo.internal/pkg/ad"
)

const ingestHelp = `
Sends the adverts of NDJSON files (plain, .gz, .zst; "-" is standard input) to a
gateway, in order, and reports the lines that it refuses. A request that is not
acknowledged is sent again, with growing pauses, until it is; sending an advert
twice does no harm. The key comes from -key-file or PALERMO_GATEWAY_KEY.

Exit codes: 0 everything was acknowledged or refused with a reason; 1 the
gateway could not be reached; 2 wrong flags or files.`

func ingestCommand() command {
	return command{name: "ingest", args: "FILE…", summary: "send files to a gateway", run: runIngest}
}

const (
	ingestLines = 500
	ingestBytes = 4 << 20
)

func runIngest(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "ingest", "FILE…", ingestHelp)
	server := fs.String("server", "", "`URL` of the gateway; default: the running pipeline's")
	data := addDataFlag(fs)
	keyFile := fs.String("key-file", "", "`file` with the API key")
	patience := fs.Duration("patience", 5*time.Minute, "how long to try one request before giving up")
	names, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usagef("no file given: name one or more NDJSON files, or - for standard input")
	}
	files, err := checkFiles(names)
	if err != nil {
		return err
	}
	if *server == "" {
		run, err := findRun(*data)
		if err != nil {
			return err
		}
		*server = "http://" + run.Gateway
	}
	key, err := gatewayKey(env, *keyFile)
	if err != nil {
		return err
	}
	s := &sender{url: *server + "/v1/ads", key: key, patience: *patience, env: env}
	defer s.close()
	bar := newProgress(env, "sending", totalSize(files), true)
	err = s.sendFiles(ctx, files, bar.add)
	bar.done()
	_, err2 := fmt.Fprintf(env.stdout, "%d adverts acknowledged, %d refused\n", s.accepted, s.refused)
	return errors.Join(err, err2)
}

func gatewayKey(env *environment, file string) (string, error) {
	if file == "" {
		return env.getenv("PALERMO_GATEWAY_KEY"), nil
	}
	b, err := readSmall(file)
	if err != nil {
		return "", usagef("-key-file: %w", err)
	}
	return string(bytes.TrimSpace(b)), nil
}

// sender posts adverts to a gateway and waits for each acknowledgement.
type sender struct {
	url, key          string
	patience          time.Duration
	env               *environment
	transport         http.Transport
	accepted, refused int
	shown             int
	chunk             bytes.Buffer
	// numbers and ends are, for each line of the chunk, its number in the file
	// and where it ends.
	numbers, ends []int
}

func (s *sender) close() { s.transport.CloseIdleConnections() }

func (s *sender) sendFiles(ctx context.Context, files []feedFile, seen func(int)) error {
	for _, f := range files {
		if err := s.sendFile(ctx, f, seen); err != nil {
			return fmt.Errorf("%s: %w", printable(f.name), err)
		}
	}
	return nil
}

func (s *sender) sendFile(ctx context.Context, f feedFile, seen func(int)) (err error) {
	r, err := openFeed(f, s.env.stdin, seen)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	lines := ad.NewLineReader(r, ad.MaxMessageBytes)
	for {
		line, number, err := lines.Next()
		var tooLong *ad.FieldError
		switch {
		case errors.Is(err, io.EOF):
			return s.flush(ctx, f.name)
		case errors.As(err, &tooLong):
			s.refuse(f.name, number, tooLong.Error())
			continue
		case err != nil:
			return errors.Join(fmt.Errorf("read line %d: %w", number, err), s.flush(ctx, f.name))
		}
		s.chunk.Write(line)
		s.chunk.WriteByte('\n')
		s.numbers = append(s.numbers, number)
		s.ends = append(s.ends, s.chunk.Len())
		if len(s.numbers) >= ingestLines || s.chunk.Len() >= ingestBytes {
			if err := s.flush(ctx, f.name); err != nil {
				return err
			}
		}
	}
}

func (s *sender) refuse(file string, line int, reason string) {
	s.refused++
	if s.shown < 20 {
		s.shown++
		fmt.Fprintf(s.env.stderr, "refused: %s line %d: %s\n", printable(file), line, printable(reason))
	}
}

// gatewayAnswer is what the gateway says of one request.
type gatewayAnswer struct {
	Accepted   int `json:"accepted"`
	Rejected   int `json:"rejected"`
	ResendFrom int `json:"resend_from"`
	Errors     []struct {
		Line                      int
		Code, Field, Problem, Fix string
	} `json:"errors"`
}

// flush sends the chunk until every line is dealt with.
func (s *sender) flush(ctx context.Context, file string) error {
	giveUp := time.Now().Add(s.patience)
	pause := 100 * time.Millisecond
	for len(s.numbers) > 0 {
		body, err := s.packed()
		if err != nil {
			return err
		}
		answer, wait, err := s.post(ctx, body)
		if s.count(file, answer) {
			giveUp, pause = time.Now().Add(s.patience), 100*time.Millisecond
		}
		if err == nil {
			s.drop(len(s.numbers))
			continue
		}
		var usage *usageError
		if errors.As(err, &usage) || ctx.Err() != nil || time.Now().After(giveUp) {
			return err
		}
		if answer.ResendFrom > 1 {
			s.drop(answer.ResendFrom - 1)
		}
		timer := time.NewTimer(max(wait, time.Duration(rand.Int64N(int64(pause)))))
		pause = min(2*pause, 10*time.Second)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return nil
}

func (s *sender) packed() ([]byte, error) {
	var body bytes.Buffer
	gz := gzip.NewWriter(&body)
	if _, err := gz.Write(s.chunk.Bytes()); err != nil {
		return nil, fmt.Errorf("pack request: %w", err)
	}
	if err := gz.Close(); err != nil {
		return nil, fmt.Errorf("pack request: %w", err)
	}
	return body.Bytes(), nil
}

// count adds up what an answer says and reports whether anything was dealt with.
func (s *sender) count(file string, a gatewayAnswer) bool {
	s.accepted += a.Accepted
	listed := 0
	for _, e := range a.Errors {
		if e.Line < 1 || e.Line > len(s.numbers) || a.ResendFrom > 0 && e.Line >= a.ResendFrom {
			continue
		}
		listed++
		s.refuse(file, s.numbers[e.Line-1], e.Field+" "+e.Problem+": "+e.Fix)
	}
	s.refused += max(0, a.Rejected-listed)
	return a.Accepted+a.Rejected > 0
}

// drop forgets the first n lines of the chunk.
func (s *sender) drop(n int) {
	n = min(n, len(s.ends))
	if n == len(s.ends) {
		s.chunk.Reset()
		s.numbers, s.ends = s.numbers[:0], s.ends[:0]
		return
	}
	cut := s.ends[n-1]
	s.chunk.Next(cut)
	s.numbers = append(s.numbers[:0], s.numbers[n:]...)
	s.ends = append(s.ends[:0], s.ends[n:]...)
	for i := range s.ends {
		s.ends[i] -= cut
	}
}

// post sends one request. Without an error the gateway has dealt with every
// line; with one that is no usageError the request may be repeated after wait.
func (s *sender) post(ctx context.Context, body []byte) (a gatewayAnswer, wait time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url, bytes.NewReader(body))
	if err != nil {
		return a, 0, usagef("-server: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Content-Encoding", "gzip")
	if s.key != "" {
		req.Header.Set("Authorization", "Bearer "+s.key)
	}
	resp, err := (&http.Client{Transport: &s.transport}).Do(req)
	if err != nil {
		return a, 0, fmt.Errorf("send adverts: %w", err)
	}
	defer func() { err = errors.Join(err, resp.Body.Close()) }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return a, 0, fmt.Errorf("read the gateway's answer: %w", err)
	}
	switch code := resp.StatusCode; {
	case code == http.StatusAccepted, code == http.StatusUnprocessableEntity, code == http.StatusBadRequest:
		if err := json.Unmarshal(answer, &a); err != nil {
			return a, 0, fmt.Errorf("read the gateway's answer: %w", err)
		}
		return a, 0, nil
	case code == http.StatusTooManyRequests, code >= 500:
		seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
		if err != nil {
			seconds = 0
		}
		// Something between here and the gateway may answer in its place.
		if json.Unmarshal(answer, &a) != nil {
			a = gatewayAnswer{}
		}
		return a, time.Duration(seconds) * time.Second, fmt.Errorf("the gateway answers %s", resp.Status)
	default:
		return a, 0, usagef("the gateway answers %s: %s", resp.Status, printable(string(answer)))
	}
}
