package index

import "context"

// Writer takes documents.
type Writer interface {
	// Write makes documents durable. With a nil error there is one Outcome a
	// document, in the same order, and each document is durable, or stale, or
	// rejected for ever. With an error nothing is known of any document: some
	// may be durable. The whole call may be repeated as often as it takes; the
	// error is an *Error, whose Fatal says whether that can help, or the
	// context's.
	//
	// A version never overwrites a higher one, however late it arrives. Equal
	// versions overwrite: a replay with better rules has the versions of the
	// log and must win over what it corrects.
	//
	// Of several documents with one id in a call, the one with the highest
	// version stays (the last one of equals); the others are stale or written.
	//
	// Write blocks while the server holds back, waits out its back-off itself
	// and returns early only with an error. It keeps no slice after it returned
	// and is safe for concurrent use. An empty call succeeds.
	Write(ctx context.Context, docs []Document) ([]Outcome, error)
}

// Reader finds documents. It sees what was durable at the last Refresh, and
// perhaps what came later. Every method is safe for concurrent use.
type Reader interface {
	// Get returns the newest version of one document, or ErrNotFound.
	Get(ctx context.Context, kind Kind, id string) (Document, error)
	// Has reports for each id whether it is there, in the same order. An id
	// that ValidID refuses is not there.
	Has(ctx context.Context, kind Kind, ids []string) ([]bool, error)
	// Count returns how many documents of a kind there are, tombstones included.
	Count(ctx context.Context, kind Kind) (int64, error)
	// Search returns the documents that q asks for. A query that q.Validate
	// refuses is an error that wraps ErrQuery.
	Search(ctx context.Context, q Query) (*SearchResult, error)
}

// Eraser removes documents for good.
type Eraser interface {
	// Erase removes documents by id and returns how many were there. It sees
	// what Reader sees. A later Write of the same id makes the document anew,
	// whatever its version: erase it from the log, too.
	Erase(ctx context.Context, kind Kind, ids []string) (int, error)
}

// Store is where documents live. Setup comes before any other method, Close
// last. Every method is safe for concurrent use.
type Store interface {
	Writer
	Reader
	Eraser
	// Setup creates what is missing and leaves alone what is there. It may run
	// any number of times, from several processes at once.
	Setup(ctx context.Context) error
	// Refresh makes everything that is durable visible to Reader.
	Refresh(ctx context.Context) error
	// Ping returns nil if the store can be written to now.
	Ping(ctx context.Context) error
	// Close waits for calls under way and frees everything. The second call
	// does nothing. Other methods return ErrClosed from then on.
	Close() error
}
