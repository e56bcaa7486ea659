package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"time"

	"github.com/segmentio/kafka-go"
)

// ErrShutdown is returned by Run when stopping took longer than
// Config.ShutdownTimeout; goroutines may still be running then.
var ErrShutdown = errors.New("stream: stopping took longer than the shutdown timeout")

// ErrTooLarge marks a message that no topic of the configured size takes.
var ErrTooLarge = errors.New("message is too large")

// Codes that the runner itself gives rejects. Handlers add their own.
const (
	// CodePanic: the handler panicked on this record.
	CodePanic = "panic"
	// CodeUnreadable: the broker's batch could not be decoded at this offset;
	// key and value of the dead letter are empty.
	CodeUnreadable = "unreadable"
	// CodeOutputTooLarge: what the handler made of the record no topic takes.
	CodeOutputTooLarge = "output_too_large"
)

// RejectError is a Reject as an error, for a Handler that finds a bad record deep
// inside: if Handle returns one, the batch is run record by record, and the
// record for which it is returned is dead-lettered.
type RejectError struct {
	// Code is one word of a closed list.
	Code string
	// Err says what is wrong, without content.
	Err error
}

// Error returns the code and what is wrong.
func (e *RejectError) Error() string { return fmt.Sprintf("reject: %s: %v", e.Code, e.Err) }

// Unwrap returns what is wrong.
func (e *RejectError) Unwrap() error { return e.Err }

type fatalError struct{ err error }

func (e *fatalError) Error() string { return e.err.Error() }
func (e *fatalError) Unwrap() error { return e.err }

// Fatal marks err as one that repeating cannot mend: Run stops the stage
// without committing the batch and returns it. Fatal(nil) is nil.
func Fatal(err error) error {
	if err == nil {
		return nil
	}
	return &fatalError{err: err}
}

// IsFatal tells whether err, or an error in its tree, is Fatal.
func IsFatal(err error) bool {
	var f *fatalError
	return errors.As(err, &f)
}

type transientError struct {
	err   error
	after time.Duration
}

func (e *transientError) Error() string { return e.err.Error() }
func (e *transientError) Unwrap() error { return e.err }

// Transient marks err as one that passes, and asks the runner to wait at least
// after before it tries again (0: as it likes). An unmarked error is transient
// too. Transient(nil, d) is nil.
func Transient(err error, after time.Duration) error {
	if err == nil {
		return nil
	}
	return &transientError{err: err, after: after}
}

// retryAfter returns the wait that err asks for, or 0.
func retryAfter(err error) time.Duration {
	if t, ok := errors.AsType[*transientError](err); ok {
		return t.after
	}
	return 0
}

// Why a worker left its loop; never seen outside the package.
var (
	// errAbandoned: the partition was lost or the drain deadline has passed.
	errAbandoned = errors.New("stream: batch abandoned without a commit")
	// errRebuild: the handler's state can no longer be trusted.
	errRebuild = errors.New("stream: handler must be rebuilt")
)

// A panicError is a recovered panic. The value is kept out of the text: it may
// hold what was being parsed.
type panicError struct {
	where string
}

func (e *panicError) Error() string { return "handler panicked in " + e.where }

// fenced tells whether the broker says that the generation is over.
func fenced(err error) bool {
	return errors.Is(err, kafka.IllegalGeneration) || errors.Is(err, kafka.UnknownMemberId) ||
		errors.Is(err, kafka.RebalanceInProgress)
}

// connectionError tells whether err is about the connection rather than about
// what was read from it.
func connectionError(err error) bool {
	var ne net.Error
	var ke kafka.Error
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrNoProgress) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &ne) || errors.As(err, &ke)
}
