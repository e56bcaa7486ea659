package stream

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
)

// unknownCodec is the text of kafka-go's unexported error for a batch whose
// compression it does not know.
const unknownCodec = "the compression code is invalid or its codec has not been imported"

// A sourceError is what a source could not read and where.
type sourceError struct {
	// offset is the position that failed, or -1 if it is not known.
	offset int64
	err    error
	// undecodable says that the bytes are to blame, so that reading them again
	// gives the same.
	undecodable bool
}

// source reads one partition from an offset on, as a stream of messages. A
// kafka.Reader hides most errors; source brings those that matter to its
// worker.
type source struct {
	msgs   chan kafka.Message
	errs   chan sourceError // capacity 1: the latest that was not yet taken
	cancel context.CancelFunc
	reader *kafka.Reader
	pump   sync.WaitGroup
}

type sourceConfig struct {
	conn       *connection
	topic      string
	partition  int
	offset     int64
	maxBytes   int
	maxWait    time.Duration
	readWait   time.Duration
	queue      int
	backoffMin time.Duration
	backoffMax time.Duration
}

// openSource begins to read. A source ends by close alone: its reader outlives
// the call, and a worker has to drain after its context has ended.
func openSource(c sourceConfig) (*source, error) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &source{
		msgs:   make(chan kafka.Message),
		errs:   make(chan sourceError, 1),
		cancel: cancel,
	}
	s.reader = kafka.NewReader(kafka.ReaderConfig{
		Brokers:               c.conn.brokers,
		Dialer:                c.conn.dialer,
		Topic:                 c.topic,
		Partition:             c.partition,
		MinBytes:              1,
		MaxBytes:              c.maxBytes,
		MaxWait:               c.maxWait,
		ReadBatchTimeout:      c.readWait,
		QueueCapacity:         c.queue,
		ReadLagInterval:       -1,
		ReadBackoffMin:        c.backoffMin,
		ReadBackoffMax:        c.backoffMax,
		MaxAttempts:           3,
		OffsetOutOfRangeError: true,
		ErrorLogger:           kafka.LoggerFunc(s.logged),
	})
	if err := s.reader.SetOffset(c.offset); err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("seek %s/%d to %d: %w", c.topic, c.partition, c.offset, err), s.reader.Close())
	}
	s.pump.Go(func() { s.run(ctx, c.offset) })
	return s, nil
}

// close ends the source. It may take as long as one fetch; the caller need not
// wait for it.
func (s *source) close() error {
	s.cancel()
	err := s.reader.Close()
	s.pump.Wait()
	return err
}

// run brings messages and errors to the worker. pos is where the reader is.
func (s *source) run(ctx context.Context, pos int64) {
	for {
		m, err := s.reader.FetchMessage(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			s.report(sourceError{offset: pos, err: err, undecodable: undecodable(err)})
			continue
		}
		pos = m.Offset + 1
		select {
		case s.msgs <- m:
		case <-ctx.Done():
			return
		}
	}
}

// logged is kafka-go's error log. It is the only place where the errors of a
// batch that cannot be read are seen: the last argument is the error, the one
// before it the offset.
func (s *source) logged(_ string, args ...any) {
	if len(args) == 0 {
		return
	}
	err, ok := args[len(args)-1].(error)
	if !ok {
		return
	}
	e := sourceError{offset: -1, err: err, undecodable: undecodable(err)}
	if len(args) > 1 {
		if v := reflect.ValueOf(args[len(args)-2]); v.Kind() == reflect.Int64 {
			e.offset = v.Int()
		}
	}
	s.report(e)
}

// undecodable tells whether err is about the bytes that were read.
func undecodable(err error) bool {
	if _, ok := errors.AsType[*decodeError](err); ok {
		return true
	}
	// The remaining errors of kafka-go's message reader have no type; all that
	// can come from the network or the broker does.
	return !connectionError(err) && (strings.Contains(err.Error(), "unsupported magic byte") ||
		strings.Contains(err.Error(), "batch remain") || strings.Contains(err.Error(), unknownCodec))
}

// report keeps the latest error; an undecodable one is not replaced.
func (s *source) report(e sourceError) {
	for {
		select {
		case s.errs <- e:
			return
		default:
		}
		select {
		case old := <-s.errs:
			if old.undecodable {
				e = old
			}
		default:
		}
	}
}
