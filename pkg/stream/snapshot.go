package stream

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A snapshot file is a header and the handler's bytes:
//
//	8 bytes  magic
//	4        format version, big-endian like all numbers here
//	8        offset: the state covers every record below it
//	8        length of the handler's bytes
//	32       SHA-256 of topic, partition, offset, length and the bytes
//
// Topic and partition are in the checksum so that a file which was copied into
// another partition's folder is refused.
const (
	snapshotMagic   = "palermo\x01"
	snapshotVersion = 1
	snapshotHeader  = 8 + 4 + 8 + 8 + sha256.Size
	snapshotSuffix  = ".snap"
	// snapshotsKept is how many are left after one is written.
	snapshotsKept = 2
)

// errNoSnapshot: there is none, or none that is good.
var errNoSnapshot = errors.New("no good snapshot")

// snapshots are the snapshot files of one partition. Only its worker uses it.
type snapshots struct {
	dir       string
	topic     string
	partition int
}

func newSnapshots(root, group, topic string, partition int) *snapshots {
	return &snapshots{
		dir:       filepath.Join(root, fileName(group), fileName(topic)+"-"+strconv.Itoa(partition)),
		topic:     topic,
		partition: partition,
	}
}

// fileName makes a group's or a topic's name safe as one path element. Kafka
// allows letters, digits, '.', '_' and '-'; a group may be named anything.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	return b.String()
}

// list returns the offsets of the snapshots there are, the newest first.
func (s *snapshots) list() ([]int64, error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list snapshots: %w", err)
	}
	var out []int64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), snapshotSuffix)
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(name, 10, 64); err == nil && n >= 0 {
			out = append(out, n)
		}
	}
	slices.Sort(out)
	slices.Reverse(out)
	return out, nil
}

func (s *snapshots) path(offset int64) string {
	return filepath.Join(s.dir, fmt.Sprintf("%020d%s", offset, snapshotSuffix))
}

// save writes a snapshot that covers every record below offset and returns its
// size. The file appears whole or not at all. When ctx ends, save gives up.
func (s *snapshots) save(ctx context.Context, offset int64, state func(io.Writer) error) (size int64, err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return 0, fmt.Errorf("make snapshot folder: %w", err)
	}
	f, err := os.CreateTemp(s.dir, "tmp-*")
	if err != nil {
		return 0, fmt.Errorf("create snapshot: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(f.Close()), os.Remove(f.Name()))
		}
	}()
	if _, err := f.Write(make([]byte, snapshotHeader)); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	// The length comes before the bytes in the checksum but is known only
	// after them, so the checksum is over the bytes' own hash.
	body := sha256.New()
	buf := bufio.NewWriterSize(io.MultiWriter(f, body), 256<<10)
	w := &contextWriter{ctx: ctx, w: buf}
	if err := state(w); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	if err := buf.Flush(); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	h := snapshotHead{offset: offset, length: w.n}
	h.sum = h.checksum(s.topic, s.partition, body)
	if _, err := f.WriteAt(h.append(nil), 0); err != nil {
		return 0, fmt.Errorf("write snapshot: %w", err)
	}
	if err := f.Sync(); err != nil {
		return 0, fmt.Errorf("sync snapshot: %w", err)
	}
	if err := f.Close(); err != nil {
		return 0, fmt.Errorf("close snapshot: %w", err)
	}
	if err := os.Rename(f.Name(), s.path(offset)); err != nil {
		return 0, fmt.Errorf("name snapshot: %w", err)
	}
	if err := syncDir(s.dir); err != nil {
		return 0, err
	}
	return snapshotHeader + w.n, s.prune(offset)
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// prune removes all but the newest snapshots up to the one just written, and
// every one above it: those are from a log that is no more.
func (s *snapshots) prune(written int64) error {
	all, err := s.list()
	if err != nil {
		return err
	}
	var errs []error
	kept := 0
	for _, o := range all {
		if o <= written && kept < snapshotsKept {
			kept++
			continue
		}
		if err := os.Remove(s.path(o)); err != nil {
			errs = append(errs, fmt.Errorf("remove old snapshot: %w", err))
		}
	}
	// Temporary files are left by a process that was killed; a partition has
	// one writer, so none of them is in use.
	tmp, err := filepath.Glob(filepath.Join(s.dir, "tmp-*"))
	if err != nil {
		errs = append(errs, fmt.Errorf("list temporary snapshots: %w", err))
	}
	for _, t := range tmp {
		if err := os.Remove(t); err != nil {
			errs = append(errs, fmt.Errorf("remove temporary snapshot: %w", err))
		}
	}
	return errors.Join(errs...)
}

// load restores the newest good snapshot and returns its offset, or
// errNoSnapshot. bad is told of every file that is not good; after a failed
// restore the handler is replaced through fresh.
func (s *snapshots) load(fresh func() (Stateful, error), bad func(offset int64, err error)) (Stateful, int64, error) {
	all, err := s.list()
	if err != nil {
		return nil, 0, err
	}
	for _, o := range all {
		h, err := fresh()
		if err != nil {
			return nil, 0, err
		}
		if err := s.restore(o, h); err != nil {
			bad(o, err)
			continue
		}
		return h, o, nil
	}
	return nil, 0, errNoSnapshot
}

// restore checks the whole file before the handler sees a byte of it.
func (s *snapshots) restore(offset int64, h Stateful) (err error) {
	f, err := os.Open(s.path(offset))
	if err != nil {
		return fmt.Errorf("open snapshot: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	head, err := checkSnapshot(f, s.topic, s.partition)
	if err != nil {
		return err
	}
	if head.offset != offset {
		return fmt.Errorf("snapshot says offset %d, its name %d", head.offset, offset)
	}
	if _, err := f.Seek(snapshotHeader, io.SeekStart); err != nil {
		return fmt.Errorf("read snapshot: %w", err)
	}
	return restoreFrom(bufio.NewReaderSize(io.LimitReader(f, head.length), 256<<10), h)
}

func restoreFrom(r io.Reader, h Stateful) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{where: "Restore"}
		}
	}()
	if err := h.Restore(r); err != nil {
		return fmt.Errorf("restore snapshot: %w", err)
	}
	return nil
}

type snapshotHead struct {
	offset int64
	length int64
	sum    [sha256.Size]byte
}

func (h snapshotHead) append(b []byte) []byte {
	b = append(b, snapshotMagic...)
	b = binary.BigEndian.AppendUint32(b, snapshotVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(h.offset))
	b = binary.BigEndian.AppendUint64(b, uint64(h.length))
	return append(b, h.sum[:]...)
}

func (h snapshotHead) checksum(topic string, partition int, body hash.Hash) [sha256.Size]byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(topic)))
	b = append(b, topic...)
	b = binary.BigEndian.AppendUint64(b, uint64(partition))
	b = binary.BigEndian.AppendUint64(b, uint64(h.offset))
	b = binary.BigEndian.AppendUint64(b, uint64(h.length))
	return sha256.Sum256(body.Sum(b))
}

func parseSnapshotHead(b []byte) (snapshotHead, error) {
	var h snapshotHead
	if len(b) < snapshotHeader {
		return h, fmt.Errorf("snapshot is %d bytes, shorter than its header", len(b))
	}
	if !bytes.HasPrefix(b, []byte(snapshotMagic)) {
		return h, errors.New("not a snapshot")
	}
	if v := binary.BigEndian.Uint32(b[8:]); v != snapshotVersion {
		return h, fmt.Errorf("snapshot has format %d, this program reads %d", v, snapshotVersion)
	}
	offset, length := binary.BigEndian.Uint64(b[12:]), binary.BigEndian.Uint64(b[20:])
	if offset > 1<<62 || length > 1<<62 {
		return h, errors.New("snapshot's offset or length is out of range")
	}
	h.offset, h.length = int64(offset), int64(length)
	copy(h.sum[:], b[28:])
	return h, nil
}

// checkSnapshot reads r to its end and verifies length and checksum.
func checkSnapshot(r io.Reader, topic string, partition int) (snapshotHead, error) {
	b := make([]byte, snapshotHeader)
	n, err := io.ReadFull(r, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return snapshotHead{}, fmt.Errorf("read snapshot: %w", err)
	}
	h, err := parseSnapshotHead(b[:n])
	if err != nil {
		return snapshotHead{}, err
	}
	body := sha256.New()
	got, err := io.Copy(body, r)
	if err != nil {
		return snapshotHead{}, fmt.Errorf("read snapshot: %w", err)
	}
	if got != h.length {
		return snapshotHead{}, fmt.Errorf("snapshot holds %d bytes, its header says %d", got, h.length)
	}
	if h.checksum(topic, partition, body) != h.sum {
		return snapshotHead{}, errors.New("snapshot's checksum is wrong")
	}
	return h, nil
}

// contextWriter counts, and fails once its context has ended, so that a large
// snapshot does not outlast the drain deadline.
type contextWriter struct {
	ctx context.Context //nolint:containedctx // lives for one call of save
	w   io.Writer
	n   int64
}

func (w *contextWriter) Write(p []byte) (int, error) {
	if err := context.Cause(w.ctx); err != nil {
		return 0, err
	}
	n, err := w.w.Write(p)
	w.n += int64(n)
	return n, err
}

// syncDir makes a rename in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync snapshot folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync snapshot folder: %w", err)
	}
	return nil
}
