package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"

	bolt "go.etcd.io/bbolt"

	"palermo.internal/pkg/index"
)

// Store is an index.Store in a folder.
type Store struct {
	lock  *bolt.DB
	kinds map[index.Kind]*shelf
	// calls is held shared by every call and exclusively by Close.
	calls  sync.RWMutex
	closed bool
}

var _ index.Store = (*Store)(nil)

// Open opens the folder of cfg, or makes it, and locks it against any other
// process until Close. The error says what is wrong with the folder (in use,
// not writable, damaged, made by a newer version) and what to do.
func Open(cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	lock, err := lockFolder(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("open index: %w", err)
	}
	s := &Store{lock: lock, kinds: map[index.Kind]*shelf{}}
	for _, k := range index.Kinds() {
		sh, err := openShelf(cfg.Dir, k, cfg.VersionCache)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open index: %w", err), s.Close())
		}
		s.kinds[k] = sh
	}
	return s, nil
}

// enter begins a call: it checks the context and that the store is open. The
// caller must call s.calls.RUnlock after a nil error.
func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.calls.RLock()
	if s.closed {
		s.calls.RUnlock()
		return index.ErrClosed
	}
	return nil
}

func (s *Store) shelf(k index.Kind) (*shelf, error) {
	sh, ok := s.kinds[k]
	if !ok {
		return nil, fmt.Errorf("%w: the kind is not known", index.ErrQuery)
	}
	return sh, nil
}

// Setup does nothing: Open made what was missing.
func (s *Store) Setup(ctx context.Context) error { return s.Ping(ctx) }

// Refresh does nothing: what is durable is visible.
func (s *Store) Refresh(ctx context.Context) error { return s.Ping(ctx) }

// Ping returns nil while the store is open.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	s.calls.RUnlock()
	return nil
}

// Write implements index.Writer. It does not stop half-way when ctx ends.
func (s *Store) Write(ctx context.Context, docs []index.Document) ([]index.Outcome, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	outcomes := make([]index.Outcome, len(docs))
	byKind := map[index.Kind][]int{}
	for i := range docs {
		if o, bad := docs[i].Check(); bad {
			outcomes[i] = o
			continue
		}
		byKind[docs[i].Kind] = append(byKind[docs[i].Kind], i)
	}
	for _, k := range index.Kinds() {
		if len(byKind[k]) == 0 {
			continue
		}
		if err := s.kinds[k].write(ctx, docs, byKind[k], outcomes); err != nil {
			return nil, err
		}
	}
	return outcomes, nil
}

// Get implements index.Reader.
func (s *Store) Get(ctx context.Context, kind index.Kind, id string) (index.Document, error) {
	if err := s.enter(ctx); err != nil {
		return index.Document{}, err
	}
	defer s.calls.RUnlock()
	sh, err := s.shelf(kind)
	if err != nil {
		return index.Document{}, err
	}
	docs, err := sh.load([]string{id})
	if err != nil {
		return index.Document{}, err
	}
	if len(docs) == 0 {
		return index.Document{}, index.ErrNotFound
	}
	return docs[0], nil
}

// Has implements index.Reader.
func (s *Store) Has(ctx context.Context, kind index.Kind, ids []string) ([]bool, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	sh, err := s.shelf(kind)
	if err != nil {
		return nil, err
	}
	return sh.has(ids)
}

// Count implements index.Reader.
func (s *Store) Count(ctx context.Context, kind index.Kind) (int64, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.calls.RUnlock()
	sh, err := s.shelf(kind)
	if err != nil {
		return 0, err
	}
	n, err := sh.idx.DocCount()
	if err != nil {
		return 0, index.Temporary("count", err)
	}
	return int64(n), nil
}

// Search implements index.Reader. Total is always exact.
func (s *Store) Search(ctx context.Context, q index.Query) (*index.SearchResult, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.calls.RUnlock()
	if err := q.Normalize(); err != nil {
		return nil, err
	}
	return s.kinds[q.Kind].search(ctx, &q)
}

// Erase implements index.Eraser.
func (s *Store) Erase(ctx context.Context, kind index.Kind, ids []string) (int, error) {
	if err := s.enter(ctx); err != nil {
		return 0, err
	}
	defer s.calls.RUnlock()
	sh, err := s.shelf(kind)
	if err != nil {
		return 0, err
	}
	return sh.erase(ctx, ids)
}

// Close waits for calls under way, then closes and unlocks the folder.
func (s *Store) Close() error {
	s.calls.Lock()
	defer s.calls.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	var errs []error
	for _, k := range index.Kinds() {
		if sh := s.kinds[k]; sh != nil {
			errs = append(errs, sh.idx.Close())
		}
	}
	errs = append(errs, s.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close index: %w", err)
	}
	return nil
}
