package stream

import (
	"context"
	"io"
)

// Handler turns a run of records of one partition into messages. The runner
// calls it from one goroutine a partition, with records in offset order and
// without gaps that it does not know of.
//
// A Handler does no I/O of its own, except the one whose output is not Kafka
// (the indexer's store): the runner writes Result.Out, then the dead letters,
// then a snapshot, and only then commits. A returned error undoes nothing in
// the handler: a stateful handler must therefore either not have changed its
// state, or find the same records harmless when they come again.
//
// What Handle returns must be a function of the records (and, of a Stateful
// handler, of those before them): a batch may come again, cut differently.
//
// An error is transient, and the same records come again after a back-off,
// unless it is Fatal or a RejectError. A panic, or a RejectError for more than
// one record, has the records come again one by one.
//
// ctx lives on when the partition is lost or the process stops, for
// Config.DrainTimeout, so that a Handle that is under way may finish its batch.
type Handler interface {
	Handle(ctx context.Context, records []Record) (Result, error)
}

// HandlerFunc is a function that is a stateless Handler.
type HandlerFunc func(ctx context.Context, records []Record) (Result, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, records []Record) (Result, error) {
	return f(ctx, records)
}

// Result is what a Handler made of a batch.
type Result struct {
	// Out is written with all acknowledgements before anything is committed.
	Out []Message
	// Rejects are the records that are bad for ever; each goes to the
	// dead-letter topic as it came. At most one a record.
	Rejects []Reject
}

// Reject says why a record can never be handled.
type Reject struct {
	// Index is the record's position in the batch.
	Index int
	// Code is the reason as one word of a closed list; it becomes a metric label.
	Code string
	// Err says what is wrong and how to fix it, without content of the ad.
	Err error
}

// Stateful is a Handler whose state is a function of its partition's log. The
// runner snapshots it between batches and restores it before the first one; the
// offset that a snapshot covers is kept beside it and wins over the group's
// committed offset. Without a good snapshot the partition is replayed from its
// first record. What Handle returns for records below the committed offset is
// durable already and is not written again; to have it written again, reset the
// group's offsets.
//
// After a panic in Handle, and while the breaker is open, the handler is thrown
// away, and closed if it is an io.Closer; a new one is restored.
type Stateful interface {
	Handler
	// Snapshot writes the state after the last handled batch.
	Snapshot(w io.Writer) error
	// Restore replaces the state by one that Snapshot wrote. After an error the
	// handler is thrown away.
	Restore(r io.Reader) error
}
