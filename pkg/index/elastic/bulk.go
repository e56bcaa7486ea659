package elastic

import (
	"bytes"
	"strconv"

	"palermo.internal/pkg/index"
)

// bulkBody packs documents into the body of one bulk request. Its memory is
// used again.
type bulkBody struct {
	buf bytes.Buffer
}

// actionBytes bounds what an action adds to the alias, the id and the body.
const actionBytes = 128

func (b *bulkBody) reset() { b.buf.Reset() }

// add packs one document. d passed Document.Check: its id needs no escape and
// its body is one line, so what it holds can never become an action.
func (b *bulkBody) add(d *index.Document, alias string) {
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
