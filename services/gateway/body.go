package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/klauspost/compress/gzip"
)

var errDecodedTooLarge = errors.New("the unpacked body is over its limit")

// How much of a body that is refused half-way is read to no purpose, and how
// long: a client that is still sending when the connection closes never sees
// the answer, and so not where to go on.
const (
	drainBytes = 16 << 20
	drainTime  = 2 * time.Second
)

// sentBody returns the request's body as it is sent, bounded in size and time.
func (s *Service) sentBody(w http.ResponseWriter, r *http.Request) *timedReader {
	return &timedReader{
		r: http.MaxBytesReader(w, r.Body, s.cfg.Limits.BodyBytes), control: http.NewResponseController(w),
		stall: s.cfg.Timeouts.Stall, end: time.Now().Add(s.cfg.Timeouts.Request),
	}
}

// drain reads the rest of a body, within limits, and reports whether that was
// all of it.
func (t *timedReader) drain() bool {
	t.end = time.Now().Add(drainTime)
	_, err := io.CopyN(io.Discard, t, drainBytes)
	return errors.Is(err, io.EOF)
}

// unpack returns what was sent, unpacked if it is packed, bounded in size.
func (s *Service) unpack(sent io.Reader, gzipped bool) (io.ReadCloser, error) {
	body := &limitedReader{r: sent, left: s.cfg.Limits.DecodedBytes}
	if !gzipped {
		return body, nil
	}
	gz, err := gzip.NewReader(sent)
	if err != nil {
		return nil, err
	}
	body.r, body.closer = gz, gz
	return body, nil
}

// timedReader gives every read a deadline on the connection: a sender that
// stalls, or drips for ever, gives its slot back.
type timedReader struct {
	r       io.Reader
	control *http.ResponseController
	stall   time.Duration
	end     time.Time
}

func (t *timedReader) Read(p []byte) (int, error) {
	deadline := time.Now().Add(t.stall)
	if deadline.After(t.end) {
		deadline = t.end
	}
	if err := t.setDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := t.r.Read(p)
	if err != nil {
		// The server reads ahead once the body has ended: a deadline that passes
		// while Kafka is waited for would cancel the request.
		if cleared := t.setDeadline(time.Time{}); cleared != nil && errors.Is(err, io.EOF) {
			return n, cleared
		}
	}
	return n, err
}

func (t *timedReader) setDeadline(d time.Time) error {
	err := t.control.SetReadDeadline(d)
	if errors.Is(err, http.ErrNotSupported) {
		return nil // not a connection, but a test's recorder
	}
	if err != nil {
		return fmt.Errorf("set read deadline: %w", err)
	}
	return nil
}

// limitedReader fails once more than left bytes were read: unlike an
// io.LimitedReader it does not pass a cut body off as a whole one.
type limitedReader struct {
	r      io.Reader
	left   int64
	read   int64
	closer io.Closer
}

func (l *limitedReader) Read(p []byte) (int, error) {
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.r.Read(p)
	if int64(n) > l.left {
		n, err = int(l.left), errDecodedTooLarge
	}
	l.left -= int64(n)
	l.read += int64(n)
	return n, err
}

// Close frees the decompressor; the connection is the server's.
func (l *limitedReader) Close() error {
	if l.closer == nil {
		return nil
	}
	return l.closer.Close()
}

// bodyProblem says what a failed read means for the sender.
func (s *Service) bodyProblem(err error) *problem {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &problem{
			Code: codeBodyTooLarge, Problem: fmt.Sprintf("the body has more than %d bytes", tooLarge.Limit),
			Fix: "send the adverts in several requests", status: http.StatusRequestEntityTooLarge,
		}
	case errors.Is(err, errDecodedTooLarge):
		return &problem{
			Code: codeBodyTooLarge, Problem: fmt.Sprintf("the unpacked body has more than %d bytes", s.cfg.Limits.DecodedBytes),
			Fix: "send the adverts in several requests", status: http.StatusRequestEntityTooLarge,
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &problem{
			Code: codeTimeout, Problem: "the body did not arrive in time",
			Fix: "send the rest again, in smaller requests if it was the whole that took long", status: http.StatusRequestTimeout,
		}
	default:
		return &problem{
			Code: codeBadBody, Problem: "the body broke off or is not packed as its Content-Encoding says",
			Fix: "send the rest again", status: http.StatusBadRequest,
		}
	}
}
