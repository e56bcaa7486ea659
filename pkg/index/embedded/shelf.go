package embedded

import (
	"context"
	"encoding/binary"
	"sync"
	"sync/atomic"
	"time"

	"github.com/blevesearch/bleve/v2"
	bleveindex "github.com/blevesearch/bleve_index_api"

	"palermo.internal/pkg/index"
)

// shelf is the index of one kind.
type shelf struct {
	kind index.Kind
	idx  bleve.Index
	// batches counts the batches since the index was opened.
	batches atomic.Uint64

	mu sync.Mutex
	// known holds versions of documents that are durable.
	known *versions
	// flights holds the documents that a batch under way writes.
	flights map[string]*flight
}

// flight is one batch under way.
type flight struct{ done chan struct{} }

// write makes docs[i] durable for each i of picks and sets outcomes[i].
func (sh *shelf) write(ctx context.Context, docs []index.Document, picks []int, outcomes []index.Outcome) error {
	newest := newestOf(docs, picks)
	f, err := sh.board(ctx, newest)
	if err != nil {
		return err
	}
	written := make(map[string]int64, len(newest))
	err = sh.writeNewest(docs, newest, outcomes, written)
	sh.land(f, newest, written, err)
	if err != nil {
		return err
	}
	for _, i := range picks {
		if newest[docs[i].ID] != i && outcomes[i].Status == 0 {
			outcomes[i] = index.Outcome{Status: index.StatusStale}
		}
	}
	return nil
}

// newestOf returns, by id, which document of picks has the highest version;
// the last one of equals.
func newestOf(docs []index.Document, picks []int) map[string]int {
	newest := make(map[string]int, len(picks))
	for _, i := range picks {
		if j, ok := newest[docs[i].ID]; !ok || docs[i].Version >= docs[j].Version {
			newest[docs[i].ID] = i
		}
	}
	return newest
}

// board waits until no other batch holds a document of this one, and then
// holds them. It holds nothing while it waits.
func (sh *shelf) board(ctx context.Context, newest map[string]int) (*flight, error) {
	for {
		sh.mu.Lock()
		var other *flight
		for id := range newest {
			if other = sh.flights[id]; other != nil {
				break
			}
		}
		if other == nil {
			f := &flight{done: make(chan struct{})}
			for id := range newest {
				sh.flights[id] = f
			}
			sh.mu.Unlock()
			return f, nil
		}
		sh.mu.Unlock()
		select {
		case <-other.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// land ends a flight. After a failure nobody knows which version is durable.
func (sh *shelf) land(f *flight, newest map[string]int, written map[string]int64, err error) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for id := range newest {
		delete(sh.flights, id)
		if err != nil {
			sh.known.drop(id)
		} else if v, ok := written[id]; ok {
			sh.known.put(id, v)
		}
	}
	close(f.done)
}

// writeNewest writes one batch. The documents are held by a flight.
func (sh *shelf) writeNewest(docs []index.Document, newest map[string]int, outcomes []index.Outcome, written map[string]int64) error {
	durable, err := sh.versionsOf(newest)
	if err != nil {
		return index.Temporary("write", err)
	}
	batch := sh.idx.NewBatch()
	for id, i := range newest {
		if v, ok := durable[id]; ok && v > docs[i].Version {
			outcomes[i] = index.Outcome{Status: index.StatusStale}
			continue
		}
		doc, err := newDocument(&docs[i])
		if err != nil {
			outcomes[i] = index.Rejection(index.CodeMapping, "the body does not have the fields of its kind")
			continue
		}
		if err := batch.IndexAdvanced(doc); err != nil {
			outcomes[i] = index.Rejection(index.CodeRefused, "the index does not take the document")
			continue
		}
		outcomes[i] = index.Outcome{Status: index.StatusWritten}
		written[id] = docs[i].Version
	}
	if len(written) == 0 {
		return nil
	}
	return sh.commit("write", batch)
}

// commit makes a batch durable, with a number that no other batch has.
func (sh *shelf) commit(op string, batch *bleve.Batch) error {
	number := make([]byte, 16)
	binary.BigEndian.PutUint64(number, uint64(time.Now().UnixNano()))
	binary.BigEndian.PutUint64(number[8:], sh.batches.Add(1))
	batch.SetInternal(batchKey, number)
	if err := sh.idx.Batch(batch); err != nil {
		return index.Temporary(op, err)
	}
	return nil
}

// versionsOf returns the durable versions of the documents that are there.
func (sh *shelf) versionsOf(newest map[string]int) (map[string]int64, error) {
	out := make(map[string]int64)
	var missing []string
	sh.mu.Lock()
	for id := range newest {
		if v, ok := sh.known.get(id); ok {
			out[id] = v
		} else {
			missing = append(missing, id)
		}
	}
	sh.mu.Unlock()
	found, err := sh.load(missing)
	if err != nil {
		return nil, err
	}
	for i := range found {
		out[found[i].ID] = found[i].Version
	}
	return out, nil
}

// reader calls f with a view of what is durable.
func (sh *shelf) reader(f func(bleveindex.IndexReader) error) (err error) {
	adv, err := sh.idx.Advanced()
	if err != nil {
		return err
	}
	r, err := adv.Reader()
	if err != nil {
		return err
	}
	defer func() {
		if cerr := r.Close(); err == nil {
			err = cerr
		}
	}()
	return f(r)
}

// load returns the documents that are there, in the order of ids.
func (sh *shelf) load(ids []string) ([]index.Document, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var out []index.Document
	err := sh.reader(func(r bleveindex.IndexReader) error {
		for _, id := range ids {
			doc, err := r.Document(id)
			if err != nil {
				return err
			}
			if doc == nil {
				continue
			}
			d, err := sh.read(id, doc)
			if err != nil {
				return err
			}
			out = append(out, d)
		}
		return nil
	})
	if err != nil {
		return nil, index.Temporary("read", err)
	}
	return out, nil
}

func (sh *shelf) read(id string, doc bleveindex.Document) (index.Document, error) {
	d := index.Document{Kind: sh.kind, ID: id}
	var err error
	doc.VisitFields(func(f bleveindex.Field) {
		if f.Name() == fieldStored && err == nil {
			d.Version, d.Body, err = unpack(f.Value())
		}
	})
	if err != nil {
		return d, err
	}
	d.Time, err = index.TimeOf(d.Kind, d.Body)
	return d, err
}

func (sh *shelf) has(ids []string) ([]bool, error) {
	out := make([]bool, len(ids))
	err := sh.reader(func(r bleveindex.IndexReader) error {
		for i, id := range ids {
			internal, err := r.InternalID(id)
			if err != nil {
				return err
			}
			out[i] = internal != nil
		}
		return nil
	})
	if err != nil {
		return nil, index.Temporary("look up", err)
	}
	return out, nil
}

// erase holds the documents as a write does, so that no batch brings one back.
func (sh *shelf) erase(ctx context.Context, ids []string) (int, error) {
	held := make(map[string]int, len(ids))
	unique := make([]string, 0, len(ids))
	for _, id := range ids {
		if _, ok := held[id]; !ok && index.ValidID(id) {
			held[id] = 0
			unique = append(unique, id)
		}
	}
	f, err := sh.board(ctx, held)
	if err != nil {
		return 0, err
	}
	n, err := sh.eraseHeld(unique)
	sh.mu.Lock()
	for _, id := range unique {
		sh.known.drop(id)
	}
	sh.mu.Unlock()
	sh.land(f, held, nil, err)
	return n, err
}

func (sh *shelf) eraseHeld(ids []string) (int, error) {
	there, err := sh.has(ids)
	if err != nil {
		return 0, err
	}
	batch := sh.idx.NewBatch()
	n := 0
	for i, id := range ids {
		if there[i] {
			batch.Delete(id)
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	if err := sh.commit("erase", batch); err != nil {
		return 0, err
	}
	return n, nil
}
