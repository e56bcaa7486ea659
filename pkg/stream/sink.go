package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"
)

// maxInFlight is how many output partitions one batch is written to at once.
const maxInFlight = 8

// sink writes batches for the workers. It produces by hand instead of through
// kafka.Writer because a Writer's batches are shared by its callers: one of a
// caller's two batches can fail and be sent again after the other, which turns
// the order round. Here a partition's next slice leaves only after the one
// before it is acknowledged. It is safe for concurrent use.
type sink struct {
	conn        *connection
	balancer    kafka.Balancer
	compression kafka.Compression
	batchBytes  int
	timeout     time.Duration

	mu         sync.Mutex
	partitions map[string][]int // a topic's partition numbers
}

func newSink(conn *connection, c kafka.Compression, batchBytes int, timeout time.Duration) *sink {
	return &sink{
		conn: conn, balancer: balancer(), compression: c, batchBytes: batchBytes, timeout: timeout,
		partitions: map[string][]int{},
	}
}

type topicPartition struct {
	topic     string
	partition int
}

// write makes one attempt to write msgs with all acknowledgements. It returns
// those that are not acknowledged, in order, and why; a message may have been
// written all the same if its answer was lost. An error that is ErrTooLarge
// names a message which no attempt will write.
func (s *sink) write(ctx context.Context, msgs []Message) ([]Message, error) {
	if len(msgs) == 0 {
		return nil, nil
	}
	var order []topicPartition
	groups := map[topicPartition][]Message{}
	for i, m := range msgs {
		parts, err := s.partitionsOf(ctx, m.Topic)
		if err != nil {
			return msgs, err
		}
		tp := topicPartition{m.Topic, s.balancer.Balance(kafka.Message{Key: m.Key}, parts...)}
		if _, ok := groups[tp]; !ok {
			order = append(order, tp)
		}
		groups[tp] = append(groups[tp], msgs[i])
	}
	left := make([][]Message, len(order))
	errs := make([]error, len(order))
	var g errgroup.Group
	g.SetLimit(maxInFlight)
	for i, tp := range order {
		g.Go(func() error {
			left[i], errs[i] = s.writePartition(ctx, tp, groups[tp])
			return nil
		})
	}
	_ = g.Wait() // the errors are in errs
	var failed []Message
	for _, l := range left {
		failed = append(failed, l...)
	}
	return failed, errors.Join(errs...)
}

func (s *sink) writePartition(ctx context.Context, tp topicPartition, msgs []Message) ([]Message, error) {
	limit := s.batchBytes
	for len(msgs) > 0 {
		n := slice(msgs, limit)
		err := s.produce(ctx, tp, msgs[:n])
		switch {
		case err == nil:
			msgs, limit = msgs[n:], s.batchBytes
		case errors.Is(err, kafka.MessageSizeTooLarge) && n > 1:
			limit = max(1, sizeOf(msgs[:n])/2)
		case errors.Is(err, kafka.MessageSizeTooLarge):
			return msgs, fmt.Errorf("write to %s/%d: %w (%d bytes): %w", tp.topic, tp.partition, ErrTooLarge, sizeOf(msgs[:1]), err)
		default:
			if errors.Is(err, kafka.UnknownTopicOrPartition) {
				s.forget(tp.topic)
			}
			return msgs, fmt.Errorf("write to %s/%d: %w", tp.topic, tp.partition, err)
		}
	}
	return nil, nil
}

// slice returns how many messages fit into limit bytes, at least one.
func slice(msgs []Message, limit int) int {
	size := 0
	for i := range msgs {
		if size += messageSize(&msgs[i]); size > limit && i > 0 {
			return i
		}
	}
	return len(msgs)
}

func sizeOf(msgs []Message) int {
	n := 0
	for i := range msgs {
		n += messageSize(&msgs[i])
	}
	return n
}

// messageSize is about what a message takes on the wire, never less.
func messageSize(m *Message) int {
	n := 32 + len(m.Key) + len(m.Value)
	for i := range m.Headers {
		n += 10 + len(m.Headers[i].Key) + len(m.Headers[i].Value)
	}
	return n
}

func (s *sink) produce(ctx context.Context, tp topicPartition, msgs []Message) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	res, err := s.conn.client.Produce(ctx, &kafka.ProduceRequest{
		Topic: tp.topic, Partition: tp.partition, RequiredAcks: kafka.RequireAll,
		Compression: s.compression, Records: &messageReader{msgs: msgs, now: time.Now()},
	})
	if err != nil {
		return err
	}
	return res.Error
}

func (s *sink) partitionsOf(ctx context.Context, topic string) ([]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.partitions[topic]; ok {
		return p, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	n, err := s.conn.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, fmt.Errorf("look up topic %s: it has no partitions", topic)
	}
	p := make([]int, n)
	for i := range p {
		p[i] = i
	}
	s.partitions[topic] = p
	return p, nil
}

func (s *sink) forget(topic string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.partitions, topic)
}

// messageReader is a slice of messages as kafka-go encodes them; the record
// that it returns is valid until the next call.
type messageReader struct {
	msgs []Message
	now  time.Time
	next int
	rec  kafka.Record
}

// ReadRecord returns the next message, or io.EOF.
func (r *messageReader) ReadRecord() (*kafka.Record, error) {
	if r.next == len(r.msgs) {
		return nil, io.EOF
	}
	m := &r.msgs[r.next]
	r.next++
	r.rec = kafka.Record{Time: r.now, Key: kafka.NewBytes(m.Key), Value: kafka.NewBytes(m.Value), Headers: fromHeaders(m.Headers)}
	return &r.rec, nil
}
