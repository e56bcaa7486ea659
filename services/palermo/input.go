package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// feedFile is one input of a command: an NDJSON file, plain or compressed, or
// standard input for "-".
type feedFile struct {
	name string
	// size is the number of bytes on disk, -1 if it is not known.
	size int64
}

// checkFiles makes sure before any work begins that every file is there and is
// a file that can be read.
func checkFiles(names []string) ([]feedFile, error) {
	var errs []error
	files := make([]feedFile, 0, len(names))
	for _, name := range names {
		if name == "-" {
			files = append(files, feedFile{name: name, size: -1})
			continue
		}
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, os.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s: there is no such file", printable(name)))
			continue
		case err != nil:
			errs = append(errs, err)
			continue
		case info.IsDir():
			errs = append(errs, fmt.Errorf("%s is a folder: name the files in it", printable(name)))
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, f.Close())
		files = append(files, feedFile{name: name, size: info.Size()})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, &usageError{err}
	}
	return files, nil
}

func totalSize(files []feedFile) int64 {
	var n int64
	for _, f := range files {
		if f.size < 0 {
			return -1
		}
		n += f.size
	}
	return n
}

// openFeed opens a file and unpacks it if its name ends in .gz or .zst. seen is
// told of the bytes read from disk.
func openFeed(f feedFile, stdin io.Reader, seen func(int)) (io.ReadCloser, error) {
	if f.name == "-" {
		return io.NopCloser(countingReader{stdin, seen}), nil
	}
	file, err := os.Open(f.name)
	if err != nil {
		return nil, fmt.Errorf("open feed: %w", err)
	}
	raw := bufio.NewReaderSize(countingReader{file, seen}, 256<<10)
	switch {
	case strings.HasSuffix(f.name, ".gz"):
		gz, err := gzip.NewReader(raw)
		if err != nil {
			return nil, errors.Join(usagef("%s is not a gzip file: %w", printable(f.name), err), file.Close())
		}
		return &stackedReader{Reader: gz, closers: []func() error{gz.Close, file.Close}}, nil
	case strings.HasSuffix(f.name, ".zst"):
		zr, err := zstd.NewReader(raw, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, errors.Join(usagef("%s is not a zstd file: %w", printable(f.name), err), file.Close())
		}
		return &stackedReader{Reader: zr, closers: []func() error{func() error { zr.Close(); return nil }, file.Close}}, nil
	default:
		return &stackedReader{Reader: raw, closers: []func() error{file.Close}}, nil
	}
}

type stackedReader struct {
	io.Reader
	closers []func() error
}

func (r *stackedReader) Close() error {
	var errs []error
	for _, c := range r.closers {
		errs = append(errs, c())
	}
	return errors.Join(errs...)
}

type countingReader struct {
	r    io.Reader
	seen func(int)
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.seen(n)
	return n, err
}

// readSmall reads a file that holds a key or a setting, at most 64 KiB.
func readSmall(name string) (_ []byte, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, 64<<10))
}
