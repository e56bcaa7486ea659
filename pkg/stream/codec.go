package stream

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/segmentio/kafka-go/compress"
)

// MaxDecompressedBytes bounds what one compressed batch may unfold to. A batch
// of 1 MiB may claim hundreds of megabytes; kafka-go would read them all into
// memory.
const MaxDecompressedBytes = 64 << 20

// errDecompressedSize is a batch that unfolds to more than MaxDecompressedBytes.
var errDecompressedSize = errors.New("batch unfolds to more than is allowed")

// A decodeError is about the bytes of a batch, not about the connection they
// came over: reading them again gives the same.
type decodeError struct{ err error }

func (e *decodeError) Error() string { return "decompress batch: " + e.err.Error() }
func (e *decodeError) Unwrap() error { return e.err }

var (
	limitOnce sync.Once
	// decompressLimit is lower in tests, before the first connection.
	decompressLimit int64 = MaxDecompressedBytes
)

// limitCodecs puts a limit on every decompressor of kafka-go. Its table of
// codecs is global, so this is done once a process, before the first use of it.
func limitCodecs() {
	limitOnce.Do(func() {
		for i, c := range compress.Codecs {
			if c != nil {
				compress.Codecs[i] = limitedCodec{Codec: c, limit: decompressLimit}
			}
		}
	})
}

type limitedCodec struct {
	compress.Codec
	limit int64
}

// NewReader returns a reader that fails above the limit.
func (c limitedCodec) NewReader(r io.Reader) io.ReadCloser {
	src := &recordingReader{r: r}
	return &limitedReader{src: src, rc: c.Codec.NewReader(src), left: c.limit}
}

// recordingReader remembers the error that reading the source gave, to tell a
// broken connection from broken bytes.
type recordingReader struct {
	r   io.Reader
	err error
}

func (r *recordingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
	return n, err
}

type limitedReader struct {
	src  *recordingReader
	rc   io.ReadCloser
	left int64
}

func (r *limitedReader) Read(p []byte) (n int, err error) {
	defer func() {
		// A decompressor that panics on hostile bytes must not end the process.
		if v := recover(); v != nil {
			n, err = 0, &decodeError{err: fmt.Errorf("decompressor panicked")}
		}
	}()
	n, err = r.rc.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, &decodeError{err: errDecompressedSize}
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if r.src.err != nil {
		return n, r.src.err
	}
	return n, &decodeError{err: err}
}

// Close closes the decompressor.
func (r *limitedReader) Close() error { return r.rc.Close() }
