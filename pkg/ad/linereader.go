package ad

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineBuffer is what a LineReader begins with; it grows as lines demand.
const lineBuffer = 64 << 10

// LineReader splits a feed into lines, one advert each (NDJSON), in bounded
// memory whatever the feed holds: a line over the limit is reported and
// skipped, and the lines after it are read. It is for one goroutine.
type LineReader struct {
	r          io.Reader
	buf        []byte
	start, end int // what is read and not yet returned
	scanned    int // how much of it is known to hold no line feed
	maxLine    int
	number     int
	skipping   bool // inside a line that was over the limit
	err        error
}

// NewLineReader returns a LineReader over r. maxLine bounds a line in bytes,
// without its line break; below 1 it is MaxMessageBytes.
func NewLineReader(r io.Reader, maxLine int) *LineReader {
	if maxLine < 1 {
		maxLine = MaxMessageBytes
	}
	return &LineReader{r: r, maxLine: maxLine, buf: make([]byte, min(lineBuffer, maxLine+lineSlack))}
}

// lineSlack is what a line at the limit may have around it: a byte order mark,
// a carriage return and the line feed.
const lineSlack = 5

// Reset makes the LineReader read from r as if it were new, with its buffer.
func (l *LineReader) Reset(r io.Reader) {
	*l = LineReader{r: r, buf: l.buf, maxLine: l.maxLine}
}

// Next returns the next line that is not blank, without its line break and
// without a byte order mark at the start of the feed, and its number from 1
// (blank lines are counted). The line is valid until the following call.
//
// The error is io.EOF after the last line; a *FieldError with CodeTooLarge for
// a line over the limit, with the line's first maxLine bytes, after which Next
// goes on with the line that follows; or what the underlying reader returned,
// with the number of the last whole line. Such an error is final: the part of
// a line before it is not returned, since it may have been cut.
func (l *LineReader) Next() (line []byte, number int, err error) {
	if l.skipping {
		if err := l.skip(); err != nil {
			return nil, l.number, err
		}
	}
	for {
		line, whole, err := l.scan()
		if err != nil {
			return nil, l.number, err
		}
		l.number++
		if l.number == 1 {
			line = bytes.TrimPrefix(line, byteOrderMark)
		}
		if whole && len(line) > 0 && line[len(line)-1] == '\r' {
			line = line[:len(line)-1]
		}
		if len(line) > l.maxLine {
			l.skipping = !whole
			return line[:l.maxLine], l.number, &FieldError{
				Code:    CodeTooLarge,
				Problem: fmt.Sprintf("the line has more than %d bytes", l.maxLine),
				Fix:     fmt.Sprintf("send at most %d bytes an advert", l.maxLine),
			}
		}
		if !isBlank(line) {
			return line, l.number, nil
		}
	}
}

// scan takes one line off the feed. If whole is false the line is longer than
// the buffer may grow and only its beginning was taken.
func (l *LineReader) scan() (line []byte, whole bool, err error) {
	for {
		if i := bytes.IndexByte(l.buf[l.start+l.scanned:l.end], '\n'); i >= 0 {
			line = l.buf[l.start : l.start+l.scanned+i]
			l.start += l.scanned + i + 1
			l.scanned = 0
			return line, true, nil
		}
		l.scanned = l.end - l.start
		switch {
		case errors.Is(l.err, io.EOF) && l.scanned > 0:
			line = l.buf[l.start:l.end]
			l.start, l.scanned = l.end, 0
			return line, true, nil
		case l.err != nil:
			return nil, false, l.err
		case l.scanned >= l.maxLine+lineSlack:
			line = l.buf[l.start:l.end]
			l.start, l.scanned = l.end, 0
			return line, false, nil
		}
		l.fill()
	}
}

// skip drops the rest of a line that was over the limit.
func (l *LineReader) skip() error {
	for {
		if i := bytes.IndexByte(l.buf[l.start:l.end], '\n'); i >= 0 {
			l.start += i + 1
			l.skipping = false
			return nil
		}
		l.start, l.end, l.scanned = 0, 0, 0
		if l.err != nil {
			return l.err
		}
		l.fill()
	}
}

// fill reads more, moving or growing the buffer if it is full.
func (l *LineReader) fill() {
	if l.end == len(l.buf) {
		if l.start == 0 {
			grown := make([]byte, min(2*len(l.buf), l.maxLine+lineSlack))
			copy(grown, l.buf[:l.end])
			l.buf = grown
		} else {
			l.end = copy(l.buf, l.buf[l.start:l.end])
			l.start = 0
		}
	}
	for range 100 {
		n, err := l.r.Read(l.buf[l.end:])
		l.end += n
		if err != nil {
			l.err = err
			return
		}
		if n > 0 {
			return
		}
	}
	l.err = io.ErrNoProgress
}

func isBlank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
