package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"palermo.internal/pkg/lsh"
	"palermo.internal/pkg/minhash"
)

// ErrDocID is returned for a document id that is not what ad.DocID makes.
var ErrDocID = errors.New("document id is not 32 lower-case hexadecimal digits")

// Ad is what the clusters are made of.
type Ad struct {
	// DocID is the advert's identifier, as ad.DocID makes it.
	DocID string
	// Folded is the folded text, title first. Sign copies what it keeps.
	Folded []byte
	// Facts are the parts outside the text that make another version of the
	// advert when they change, such as the tokens of its contacts, in an order
	// that does not change by itself.
	Facts []string
	// Time is when the advert was seen, in milliseconds since the Unix epoch; 0 if
	// not known. It moves the window and nothing else. The caller must hold back
	// times in the future.
	Time int64
}

// Signed is an advert made ready for Assign. It may be used again.
type Signed struct {
	doc      [16]byte
	content  uint64 // hash of the prepared text
	revision uint32 // hash of text and facts
	time     int64
	text     []byte // prepared
	count    int    // distinct shingles
	complete bool   // keys, sketch and count are those of text
	keys     []uint32
	sketch   []uint64
	distinct []uint32 // the shingles
}

// Signer makes adverts ready. It has scratch memory of its own: one a goroutine.
type Signer struct {
	a         *Assigner
	buf       []byte
	set       minhash.Set
	signature []uint32
}

// NewSigner returns a Signer of adverts for a.
func (a *Assigner) NewSigner() *Signer { return &Signer{a: a} }

// Sign fills out from the advert. It leaves out the signature of a text that the
// assigner knows already; Assign makes up for that where it is needed after all.
// It fails with ErrDocID alone. It must not run at the same time as a method of
// the Assigner other than Sign of another Signer.
func (s *Signer) Sign(ad Ad, out *Signed) error {
	if len(ad.DocID) != 32 {
		return ErrDocID
	}
	for i := range out.doc {
		hi, lo := digit(ad.DocID[2*i]), digit(ad.DocID[2*i+1])
		if hi|lo > 15 {
			return ErrDocID
		}
		out.doc[i] = hi<<4 | lo
	}
	out.time = ad.Time
	out.text = minhash.Prepare(out.text[:0], ad.Folded)
	out.content = s.content(ad, out)
	out.revision = s.revision(out.content, ad.Facts)
	out.complete = false
	if c, ok := s.a.contents.get(out.content); !ok || contentOf(c).generation != s.a.generation() {
		s.complete(out)
	}
	return nil
}

// digit returns the value of a lower-case hexadecimal digit, or 255.
func digit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 255
}

// The domains keep equal bytes of different meaning from having equal hashes.
const (
	domainWords = iota
	domainSymbols
	domainNothing
	domainRevision
)

// content hashes what is shingled. A text without a single word is told by its
// symbols, and an advert without any text is like no other.
func (s *Signer) content(ad Ad, out *Signed) uint64 {
	symbols := trimSpace(ad.Folded)
	switch {
	case len(out.text) > 0:
		s.buf = append(s.begin(domainWords), out.text...)
	case len(symbols) > 0:
		s.buf = append(s.begin(domainSymbols), symbols...)
	default:
		s.buf = append(s.begin(domainNothing), out.doc[:]...)
	}
	sum := sha256.Sum256(s.buf)
	return binary.LittleEndian.Uint64(sum[:])
}

func (s *Signer) revision(content uint64, facts []string) uint32 {
	b := binary.LittleEndian.AppendUint64(s.begin(domainRevision), content)
	for _, f := range facts {
		b = binary.LittleEndian.AppendUint64(b, uint64(len(f)))
		b = append(b, f...)
	}
	s.buf = b
	sum := sha256.Sum256(s.buf)
	return binary.LittleEndian.Uint32(sum[:])
}

func (s *Signer) begin(domain byte) []byte {
	return append(binary.LittleEndian.AppendUint64(s.buf[:0], s.a.params.Seed), domain)
}

// complete makes what costs: shingles, sketch, signature and keys.
func (s *Signer) complete(out *Signed) {
	p := &s.a.params
	out.distinct = s.set.Distinct(minhash.AppendShingles(out.distinct[:0], out.text, p.shingleSeed()))
	out.count = len(out.distinct)
	out.keys = out.keys[:0]
	out.sketch = out.sketch[:0]
	out.complete = true
	if out.count < p.MinShingles {
		return
	}
	out.sketch = minhash.AppendSketch(out.sketch, out.distinct)
	s.signature = s.a.signer.AppendSignature(s.signature[:0], out.distinct)
	out.keys = lsh.Layout{Bands: p.Bands, Rows: p.Rows}.AppendKeys(out.keys, s.signature, p.bandSeed())
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}
