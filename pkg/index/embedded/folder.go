package embedded

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"palermo.internal/pkg/index"
)

// formatVersion is the form of the folder; it grows when an older program
// could not read the folder any more.
const formatVersion = 1

const (
	lockFile  = "palermo-index.db"
	lockWait  = 100 * time.Millisecond
	newSuffix = ".new"
)

var (
	metaBucket = []byte("meta")
	formatKey  = []byte("format")
)

// lockFolder makes the folder, locks it, and checks its format. The lock is a
// bbolt file, which locks alike on every system, and holds the format.
func lockFolder(dir string) (*bolt.DB, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the index: %w", err)
	}
	db, err := bolt.Open(filepath.Join(dir, lockFile), 0o600, &bolt.Options{Timeout: lockWait})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("the index in %s is in use by another process: stop that one, or name another folder", dir)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("the folder of the index cannot be written: %w", err)
	case err != nil:
		return nil, damaged(dir, err)
	}
	if err := checkFormat(db, dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func checkFormat(db *bolt.DB, dir string) error {
	err := db.Update(func(tx *bolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(metaBucket)
		if err != nil {
			return err
		}
		v := b.Get(formatKey)
		if v == nil {
			return b.Put(formatKey, binary.BigEndian.AppendUint32(nil, formatVersion))
		}
		if len(v) != 4 {
			return errors.New("the format is not readable")
		}
		if f := binary.BigEndian.Uint32(v); f != formatVersion {
			return &formatError{found: f}
		}
		return nil
	})
	var fe *formatError
	switch {
	case errors.As(err, &fe):
		return fmt.Errorf("the index in %s has format %d and this program reads %d: use the program that wrote it, or name another folder",
			dir, fe.found, formatVersion)
	case err != nil:
		return damaged(dir, err)
	}
	return nil
}

type formatError struct{ found uint32 }

func (e *formatError) Error() string { return fmt.Sprintf("format %d", e.found) }

func damaged(dir string, err error) error {
	return fmt.Errorf("the index in %s is damaged: %w: move the folder away and replay the scored topics into a new one", dir, err)
}

// openShelf opens the index of one kind, or makes it: beside its place, and
// renamed when it is whole, so that a crash leaves no half index behind.
func openShelf(dir string, kind index.Kind, cacheSize int) (sh *shelf, err error) {
	path := filepath.Join(dir, string(kind))
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := makeIndex(path); err != nil {
			return nil, fmt.Errorf("make the index in %s: %w", dir, err)
		}
	}
	// Bleve trusts its files and may panic over a damaged one.
	defer func() {
		if r := recover(); r != nil {
			sh, err = nil, damaged(dir, fmt.Errorf("panic: %v", r))
		}
	}()
	latest, err := latestBatch(path)
	if err != nil {
		return nil, damaged(dir, err)
	}
	idx, err := bleve.OpenUsing(path, map[string]any{"bolt_timeout": lockWait.String()})
	if err != nil {
		return nil, damaged(dir, err)
	}
	if err := checkLatest(idx, latest); err != nil {
		return nil, errors.Join(damaged(dir, err), idx.Close())
	}
	// Every field is made by newDocument; the mapping has no part in it.
	return &shelf{
		kind: kind, idx: idx,
		known: newVersions(cacheSize), flights: map[string]*flight{},
	}, nil
}

func makeIndex(path string) error {
	if err := os.RemoveAll(path + newSuffix); err != nil {
		return err
	}
	idx, err := bleve.NewUsing(path+newSuffix, bleve.NewIndexMapping(), scorch.Name, scorch.Name, nil)
	if err != nil {
		return err
	}
	if err := idx.Close(); err != nil {
		return err
	}
	return os.Rename(path+newSuffix, path)
}

// batchKey holds the number of the last batch inside the index, with the batch.
var batchKey = []byte("palermo-batch")

// latestBatch returns the batch number of the newest state on disk.
func latestBatch(path string) ([]byte, error) {
	points, err := scorch.RollbackPoints(filepath.Join(path, "store"))
	if err != nil {
		return nil, err
	}
	if len(points) == 0 {
		return nil, errors.New("no state of the index is there")
	}
	return points[0].GetInternal(batchKey), nil
}

// checkLatest makes sure that Bleve opened the newest state. Where a file of it
// cannot be read Bleve falls back, without an error, to an older one, which
// lacks documents that were acknowledged.
func checkLatest(idx bleve.Index, latest []byte) error {
	opened, err := idx.GetInternal(batchKey)
	if err != nil {
		return err
	}
	if !bytes.Equal(opened, latest) {
		return errors.New("its newest files cannot be read")
	}
	return nil
}
