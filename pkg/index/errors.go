package index

import (
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is returned by Get for a document that is not in the store.
var ErrNotFound = errors.New("not found")

// ErrClosed is returned by every method of a store that was closed.
var ErrClosed = errors.New("the store is closed")

// Error is a failure of a store as a whole. Whoever called may retry it unless
// Fatal says otherwise: writes are idempotent.
type Error struct {
	// Op is what the store was doing, for example "write".
	Op string
	// Stop marks an error that no retry can mend: settings, rights, a missing index.
	Stop bool
	// After is how long the server asked to wait; 0 if it did not say.
	After time.Duration
	// Err is the cause. It holds nothing of any document.
	Err error
}

// Error returns what failed and why.
func (e *Error) Error() string { return fmt.Sprintf("index: %s: %v", e.Op, e.Err) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same call may succeed later.
func (e *Error) Temporary() bool { return !e.Stop }

// Fatal reports whether a person must change something first.
func (e *Error) Fatal() bool { return e.Stop }

// RetryAfter returns how long the server asked to wait; 0 if it did not say.
func (e *Error) RetryAfter() time.Duration { return e.After }

// Temporary returns err as an *Error that may be retried.
func Temporary(op string, err error) *Error { return &Error{Op: op, Err: err} }

// Fatal returns err as an *Error that stops the process.
func Fatal(op string, err error) *Error { return &Error{Op: op, Stop: true, Err: err} }
