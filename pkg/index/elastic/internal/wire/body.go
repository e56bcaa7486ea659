package wire

import (
	"bytes"
	"strconv"

	"palermo.internal/pkg/index"
)

// Body packs documents into the body of one bulk request. Its memory is
// used again.
type Body struct {
	buf bytes.Buffer
}

// ActionBytes bounds what an action adds to the alias, the id and the body.
const ActionBytes = 128

// Reset empties the body.
func (b *Body) Reset() { b.buf.Reset() }

// Bytes returns the body; it is valid until the next Reset or Add.
func (b *Body) Bytes() []byte { return b.buf.Bytes() }

// Add packs one document. d passed Document.Check: its id needs no escape and
// its body is one line, so what it holds can never become an action.
func (b *Body) Add(d *index.Document, alias string) {
	buf := b.buf.AvailableBuffer()
	buf = append(buf, `{"index":{"_index":"`...)
	buf = append(buf, alias...)
	buf = append(buf, `","_id":"`...)
	buf = append(buf, d.ID...)
	buf = append(buf, `","version":`...)
	buf = strconv.AppendInt(buf, d.Version, 10)
	buf = append(buf, `,"version_type":"external_gte"}}`...)
	buf = append(buf, '\n')
	b.buf.Write(buf)
	b.buf.Write(d.Body)
	b.buf.WriteByte('\n')
}
