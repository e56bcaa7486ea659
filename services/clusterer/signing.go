package clusterer

import (
	"errors"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/cluster"
	"palermo.internal/pkg/stream"
)

// errNoDocID is the reason for refusing an event without a usable doc_id.
var errNoDocID = errors.New("doc_id is not what ad.DocID makes: write to ads.normalized with the normalizer alone")

// item is a record on its way to an assignment.
type item struct {
	docID  string
	signed cluster.Signed
	err    error // why the record is rejected
}

// readView decodes the view of an event: what the view lacks is passed over, and
// stays in the bytes that are written on.
var readView = proto.UnmarshalOptions{DiscardUnknown: true}

// worker is what a goroutine that prepares adverts needs.
type worker struct {
	signer *cluster.Signer
	ad     adpb.NormalizedAdText
	facts  []string
	folded []byte
}

// minShare is the number of records below which another goroutine does not pay.
const minShare = 16

// sign prepares the records on all workers. Each item depends on its record
// alone, so their number changes nothing. A panic comes out here, on the
// caller's goroutine, where the runner looks for it.
func (h *Handler) sign(records []stream.Record) {
	for len(h.items) < len(records) {
		h.items = append(h.items, item{})
	}
	n := min(len(h.workers), max(1, len(records)/minShare))
	if n == 1 {
		h.workers[0].sign(records, h.items)
		return
	}
	var wg sync.WaitGroup
	panics := make([]any, n)
	for w := range n {
		lo, hi := w*len(records)/n, (w+1)*len(records)/n
		wg.Go(func() {
			defer func() { panics[w] = recover() }()
			h.workers[w].sign(records[lo:hi], h.items[lo:hi])
		})
	}
	wg.Wait()
	for _, p := range panics {
		if p != nil {
			panic(p)
		}
	}
}

func (w *worker) sign(records []stream.Record, items []item) {
	for i := range records {
		items[i].docID = ""
		items[i].err = w.signOne(&records[i], &items[i])
	}
}

func (w *worker) signOne(r *stream.Record, it *item) error {
	ad := &w.ad
	ad.Reset()
	if err := readView.Unmarshal(r.Value, ad); err != nil {
		return fmt.Errorf("decode a normalised advert: %w", err)
	}
	w.facts = w.facts[:0]
	for _, c := range ad.GetContacts() {
		w.facts = append(w.facts, contactFact(c))
	}
	w.facts = append(w.facts, ad.GetSellerToken())
	w.folded = append(w.folded[:0], ad.GetFolded()...)
	err := w.signer.Sign(cluster.Ad{
		DocID:  ad.GetDocId(),
		Folded: w.folded,
		Facts:  w.facts,
		Time:   seenAt(ad, r),
	}, &it.signed)
	if err != nil {
		return errNoDocID
	}
	it.docID = ad.GetDocId()
	return nil
}

// contactFact is the token under the oldest live key, so that an advert does not
// look updated because a new key was added.
func contactFact(c *adpb.ContactToken) string {
	if others := c.GetOtherTokens(); len(others) > 0 {
		return others[len(others)-1]
	}
	return c.GetToken()
}

// seenAt is the latest time that the advert gives, but not after the record was
// appended: a platform must not be able to move the window into the future.
func seenAt(ad *adpb.NormalizedAdText, r *stream.Record) int64 {
	t := max(ad.GetPostedAt(), ad.GetCollectedAt(), ad.GetUpdatedAt())
	if !r.Time.IsZero() {
		t = min(t, r.Time.UnixMilli())
	}
	return t
}
