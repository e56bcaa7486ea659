package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"time"

	"go.uber.org/zap"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/stream"
)

// headerAd carries the advert's DocID on every message about one advert.
const headerAd = "palermo-ad"

// byteOrderMark is not part of the advert that it stands before.
var byteOrderMark = []byte("\uFEFF")

// intake reads the adverts of one request, writes the good ones in chunks, and
// keeps the account. One goroutine uses it.
type intake struct {
	s     *Service
	cred  *credential
	trace string

	answer    answer
	forbidden int // rejected because the key may not send for the platform
	taken     int // what the request cost of its rate

	chunk []stream.Message
	lines []int // the line of each message in chunk
	bytes int
}

// readAd takes a body that is one advert.
func (in *intake) readAd(ctx context.Context, body io.Reader) {
	// One more than an advert may have: Decode says what is wrong then.
	b, err := io.ReadAll(io.LimitReader(body, ad.MaxMessageBytes+1))
	if err != nil {
		in.stop(in.s.bodyProblem(err), 1)
		return
	}
	if len(b) <= ad.MaxMessageBytes && len(bytes.TrimSpace(b)) == 0 {
		return
	}
	if p := in.take(); p != nil {
		in.stop(p, 1)
		return
	}
	in.add(b, 1)
	in.flush(ctx)
}

// readLines takes a body with an advert a line.
func (in *intake) readLines(ctx context.Context, body io.Reader) {
	lines := ad.NewLineReader(body, ad.MaxMessageBytes)
	for {
		line, number, err := lines.Next()
		tooLong, isTooLong := errors.AsType[*ad.FieldError](err)
		switch {
		case errors.Is(err, io.EOF):
			in.flush(ctx)
			return
		case err != nil && !isTooLong:
			// What came before is whole, so it is taken.
			if in.flush(ctx) {
				in.stop(in.s.bodyProblem(err), number+1)
			}
			return
		}
		if p := in.take(); p != nil {
			if in.flush(ctx) {
				in.stop(p, number)
			}
			return
		}
		if isTooLong {
			in.reject(number, tooLong)
			continue
		}
		in.add(line, number)
		if len(in.chunk) < in.s.cfg.Limits.ChunkAds && in.bytes < in.s.cfg.Limits.ChunkBytes {
			continue
		}
		if !in.flush(ctx) {
			return
		}
		if in.s.stopping.Load() {
			in.stop(stoppingProblem(), number+1)
			return
		}
	}
}

// take counts one advert against the sender's rate.
func (in *intake) take() *problem {
	now := in.s.now()
	if in.cred.limiter.AllowN(now, 1) {
		in.taken++
		return nil
	}
	return in.cred.rateProblem(now, in.taken)
}

// rateProblem asks the sender to wait until wanted adverts fit, at least one.
func (c *credential) rateProblem(now time.Time, wanted int) *problem {
	wanted = min(max(wanted, 1), c.rate.Burst)
	seconds := (float64(wanted) - c.limiter.TokensAt(now)) / c.rate.AdsPerSecond
	return &problem{
		Code: codeRate, Problem: fmt.Sprintf("the key has used up its rate of %g adverts a second", c.rate.AdsPerSecond),
		Fix:    "wait as long as Retry-After says, then go on from resend_from",
		status: http.StatusTooManyRequests,
		// No less than what Retry-After can say, no more than a sender would wait.
		retryAfter: time.Duration(math.Ceil(min(max(seconds, 1), 3600))) * time.Second,
	}
}

// add checks one advert and puts it into the chunk.
func (in *intake) add(line []byte, number int) {
	in.s.metrics.bytes.Add(float64(len(line)))
	a, err := ad.Decode(line)
	if err != nil {
		in.reject(number, err)
		return
	}
	if !in.cred.mayFor(a.Platform) {
		in.forbidden++
		in.reject(number, &ad.FieldError{
			Code: codePlatform, Field: "platform", Problem: "is not one that the key may send for",
			Fix: "send it with the platform's own key",
		})
		return
	}
	headers := make([]stream.Header, 1, 2)
	headers[0] = stream.Header{Key: headerAd, Value: []byte(ad.DocID(a.Platform, a.ID))}
	if in.trace != "" {
		headers = append(headers, stream.Header{Key: traceHeader, Value: []byte(in.trace)})
	}
	// A producer may still hold the bytes after a write that has failed, so they
	// are never used again.
	value := appendCompact(make([]byte, 0, len(line)), bytes.TrimPrefix(line, byteOrderMark))
	in.chunk = append(in.chunk, stream.Message{
		Topic: in.s.cfg.Topic, Key: ad.Key(a.Platform, a.ID), Value: value, Headers: headers,
	})
	in.lines = append(in.lines, number)
	in.bytes += len(value)
}

func (in *intake) reject(number int, err error) {
	fe, ok := errors.AsType[*ad.FieldError](err)
	if !ok {
		fe = &ad.FieldError{Code: ad.CodeSyntax, Problem: "the advert cannot be read", Fix: "send one JSON object"}
	}
	in.answer.Rejected++
	in.s.metrics.ads.WithLabelValues(resultRejected).Inc()
	in.s.metrics.rejects.WithLabelValues(string(fe.Code)).Inc()
	in.report(lineError{Line: number, Field: fe.Field, Code: string(fe.Code), Problem: fe.Problem, Fix: fe.Fix})
}

func (in *intake) report(e lineError) {
	if len(in.answer.Errors) >= in.s.cfg.Limits.Errors {
		in.answer.ErrorsOmitted++
		return
	}
	in.answer.Errors = append(in.answer.Errors, e)
}

// stop breaks the request off; line is the first that was not dealt with.
func (in *intake) stop(p *problem, line int) {
	in.answer.Error, in.answer.ResendFrom = p, line
}

// flush writes the chunk and reports whether the request may go on.
func (in *intake) flush(ctx context.Context) bool {
	if len(in.chunk) == 0 {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, in.s.cfg.Timeouts.Write)
	defer cancel()
	start := time.Now()
	err := in.s.producer.Write(ctx, in.chunk)
	in.s.metrics.writeSeconds.Observe(time.Since(start).Seconds())
	open, tooLarge := outcome(err, len(in.chunk))
	accepted := len(in.chunk) - len(open) - len(tooLarge)
	in.answer.Accepted += accepted
	in.s.metrics.ads.WithLabelValues(resultAccepted).Add(float64(accepted))
	for _, i := range tooLarge {
		// Kafka will never take it, so to send it again would not help.
		in.reject(in.lines[i], &ad.FieldError{
			Code: ad.CodeTooLarge, Problem: "the advert with its id is larger than Kafka takes", Fix: "send a smaller advert",
		})
	}
	if len(open) > 0 {
		in.unacknowledged(open, err)
	} else {
		in.s.failures.Store(0)
	}
	// The messages are the producer's now: a new chunk needs new memory.
	in.chunk, in.lines, in.bytes = make([]stream.Message, 0, cap(in.chunk)), in.lines[:0], 0
	return len(open) == 0
}

// unacknowledged accounts for what a failed write left open: the indexes in
// the chunk, in order.
func (in *intake) unacknowledged(open []int, err error) {
	n := in.s.failures.Add(1)
	in.s.failedAt.Store(in.s.now().UnixNano())
	in.s.metrics.writeErrors.Inc()
	in.s.metrics.ads.WithLabelValues(resultUnacknowledged).Add(float64(len(open)))
	if n&(n-1) == 0 { // the first, then each power of two
		in.s.logger.Warn("kafka does not acknowledge", zap.Int64("failures", n), zap.Int("adverts", len(open)), zap.Error(err))
	}
	in.answer.Unacknowledged += len(open)
	for _, i := range open {
		in.report(lineError{
			Line: in.lines[i], Code: codeUnack, Problem: "was not acknowledged by Kafka",
			Fix: "send it again: an advert that is sent twice is kept once",
		})
	}
	in.stop(&problem{
		Code: codeUnavailable, Problem: "Kafka did not acknowledge every advert",
		Fix:    "wait as long as Retry-After says, then go on from resend_from",
		status: http.StatusServiceUnavailable, retryAfter: 5 * time.Second,
	}, in.lines[open[0]])
}

// outcome returns which of n messages a write left open and which no write will
// ever take, both in order. An error that does not tell them apart leaves all
// of them open.
func outcome(err error, n int) (open, tooLarge []int) {
	if err == nil {
		return nil, nil
	}
	each, ok := errors.AsType[stream.WriteErrors](err)
	ok = ok && len(each) == n
	for i := range n {
		switch {
		case ok && each[i] == nil:
		case ok && errors.Is(each[i], stream.ErrTooLarge):
			tooLarge = append(tooLarge, i)
		default:
			open = append(open, i)
		}
	}
	if len(open)+len(tooLarge) > 0 {
		return open, tooLarge
	}
	// It failed and names nothing: rely on nothing.
	for i := range n {
		open = append(open, i)
	}
	return open, nil
}

func stoppingProblem() *problem {
	return &problem{
		Code: codeStopping, Problem: "the gateway is stopping", Fix: "send the rest again after Retry-After",
		status: http.StatusServiceUnavailable, retryAfter: 5 * time.Second,
	}
}
