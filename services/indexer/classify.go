package indexer

import (
	"errors"
	"fmt"

	"palermo.internal/pkg/index"
	"palermo.internal/pkg/stream"
)

// classify tells the runner what to do about a store's error: stop where a
// person must change something, and otherwise hold the batch and try again,
// not before the store asked for.
func classify(err error) error {
	wrapped := fmt.Errorf("index batch: %w", err)
	var e *index.Error
	switch {
	case errors.Is(err, index.ErrClosed):
		return stream.Fatal(wrapped)
	case !errors.As(err, &e):
		return wrapped
	case e.Fatal():
		return stream.Fatal(wrapped)
	default:
		return stream.Transient(wrapped, e.RetryAfter())
	}
}
