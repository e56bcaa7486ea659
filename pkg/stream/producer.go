package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/segmentio/kafka-go"
	"go.uber.org/zap"
)

// ProducerConfig is how a Producer writes. Start from DefaultProducerConfig.
type ProducerConfig struct {
	Brokers  []string `yaml:"brokers"`
	ClientID string   `yaml:"client_id"`
	Security Security `yaml:"-"`
	// MaxMessageBytes is the largest message: key, value and headers.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// BatchRecords and BatchTimeout bound how many messages of how many callers
	// share a request and how long the first of them waits.
	BatchRecords int           `yaml:"batch_records"`
	BatchTimeout time.Duration `yaml:"batch_timeout"`
	// Compression is none, gzip, snappy, lz4 or zstd.
	Compression string `yaml:"compression"`
	// WriteTimeout bounds one request.
	WriteTimeout time.Duration `yaml:"write_timeout"`
	// Attempts is how often a message is tried before Write reports its error.
	Attempts int   `yaml:"attempts"`
	Retry    Retry `yaml:"retry"`
	// Dial replaces the network, for tests; may be nil.
	Dial DialFunc `yaml:"-"`
}

// DefaultProducerConfig returns the settings to start from; Brokers is the
// caller's.
func DefaultProducerConfig() ProducerConfig {
	return ProducerConfig{
		ClientID:        "palermo",
		MaxMessageBytes: 1 << 20,
		BatchRecords:    1000,
		BatchTimeout:    5 * time.Millisecond,
		Compression:     "lz4",
		WriteTimeout:    10 * time.Second,
		Attempts:        8,
		Retry:           Retry{Min: 50 * time.Millisecond, Max: 2 * time.Second},
	}
}

// Validate returns every problem at once.
func (c ProducerConfig) Validate() error {
	var errs []error
	if len(c.Brokers) == 0 {
		errs = append(errs, errors.New("brokers: none given: name at least one host:port"))
	}
	if c.MaxMessageBytes <= 0 || c.BatchRecords <= 0 || c.Attempts <= 0 {
		errs = append(errs, errors.New("max_message_bytes, batch_records, attempts: must be above 0"))
	}
	if c.BatchTimeout <= 0 || c.WriteTimeout <= 0 {
		errs = append(errs, errors.New("batch_timeout, write_timeout: must be above 0"))
	}
	if _, err := compressionOf(c.Compression); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(append(errs, c.Retry.Validate(), c.Security.Validate())...)
}

// WriteErrors are the errors of a Write, one for each of its messages; nil for
// those that are durable.
type WriteErrors []error

// Error says how many failed, and the first error.
func (e WriteErrors) Error() string {
	n := 0
	var first error
	for _, err := range e {
		if err != nil {
			if n++; first == nil {
				first = err
			}
		}
	}
	return fmt.Sprintf("%d of %d messages were not written: %v", n, len(e), first)
}

// Unwrap returns the errors that are not nil.
func (e WriteErrors) Unwrap() []error {
	var out []error
	for _, err := range e {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// Producer writes messages for many callers at once, as a gateway does; calls
// share requests. Unlike a Runner it does not keep the order of a caller's
// messages when one of them must be sent again. It is safe for concurrent use.
type Producer struct {
	conf   ProducerConfig
	conn   *connection
	writer *kafka.Writer
	log    *zap.Logger

	written, failed, retried prometheus.Counter
}

// NewProducer prepares a Producer; nothing is dialled yet. log and reg may be
// nil. Close it.
func NewProducer(conf ProducerConfig, log *zap.Logger, reg prometheus.Registerer) (*Producer, error) {
	if err := conf.Validate(); err != nil {
		return nil, fmt.Errorf("producer configuration: %w", err)
	}
	compression, err := compressionOf(conf.Compression)
	if err != nil {
		return nil, err
	}
	conn, err := newConnection(conf.Brokers, conf.ClientID, conf.Security, conf.Dial, conf.WriteTimeout)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = zap.NewNop()
	}
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	results := register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "palermo_stream_produced_total", Help: "Messages given to a producer, by result.",
	}, []string{"result"}))
	p := &Producer{
		conf: conf, conn: conn, log: log.Named("producer"),
		written: results.WithLabelValues("written"),
		failed:  results.WithLabelValues("failed"),
		retried: results.WithLabelValues("retried"),
		writer: &kafka.Writer{
			Addr:         kafka.TCP(conf.Brokers...),
			Balancer:     balancer(),
			RequiredAcks: kafka.RequireAll, // the zero value asks for no acknowledgement
			MaxAttempts:  1,                // Write repeats, so that a caller's context ends it
			BatchSize:    conf.BatchRecords,
			BatchBytes:   int64(conf.MaxMessageBytes + HeadRoom),
			BatchTimeout: conf.BatchTimeout,
			ReadTimeout:  conf.WriteTimeout,
			WriteTimeout: conf.WriteTimeout,
			Compression:  compression,
			Transport:    conn.transport,
		},
	}
	return p, nil
}

// Write returns when every message is on all in-sync replicas. Otherwise it
// returns WriteErrors, indexed like msgs: those whose error is nil are durable,
// the others may or may not have been written. A message above MaxMessageBytes
// is ErrTooLarge and holds up no other. The bytes of msgs must not be changed
// before Write returns, nor after it if ctx ended.
func (p *Producer) Write(ctx context.Context, msgs []Message) error {
	errs := make(WriteErrors, len(msgs))
	left := make([]int, 0, len(msgs))
	for i := range msgs {
		if n := messageSize(&msgs[i]); n > p.conf.MaxMessageBytes+64 {
			errs[i] = fmt.Errorf("%w: %d bytes, at most %d are allowed", ErrTooLarge, n, p.conf.MaxMessageBytes)
			continue
		}
		left = append(left, i)
	}
	for n := 1; len(left) > 0; n++ {
		left = p.attempt(ctx, msgs, left, errs)
		if len(left) == 0 || n == p.conf.Attempts || ctx.Err() != nil {
			break
		}
		p.retried.Add(float64(len(left)))
		if n&(n-1) == 0 {
			p.log.Warn("messages were not written and are repeated", zap.Int("attempt", n), zap.Int("messages", len(left)), zap.Error(errs[left[0]]))
		}
		if !wait(p.conf.Retry.backoff(n, 0), ctx.Done()) {
			break
		}
	}
	bad := 0
	for _, err := range errs {
		if err != nil {
			bad++
		}
	}
	p.failed.Add(float64(bad))
	p.written.Add(float64(len(msgs) - bad))
	if bad > 0 {
		return errs
	}
	return nil
}

// attempt writes the messages with the given indexes once, sets their errors,
// and returns the indexes of those that are worth another attempt.
func (p *Producer) attempt(ctx context.Context, msgs []Message, indexes []int, errs WriteErrors) []int {
	batch := make([]kafka.Message, len(indexes))
	for j, i := range indexes {
		m := &msgs[i]
		batch[j] = kafka.Message{Topic: m.Topic, Key: m.Key, Value: m.Value, Headers: fromHeaders(m.Headers)}
	}
	err := p.writer.WriteMessages(ctx, batch...)
	var each kafka.WriteErrors
	isEach := errors.As(err, &each) && len(each) == len(indexes)
	var again []int
	for j, i := range indexes {
		one := err
		if isEach {
			one = each[j]
		}
		if one == nil {
			errs[i] = nil
			continue
		}
		errs[i] = fmt.Errorf("write to %s: %w", msgs[i].Topic, one)
		if errors.Is(one, kafka.MessageSizeTooLarge) {
			errs[i] = fmt.Errorf("write to %s: %w: %w", msgs[i].Topic, ErrTooLarge, one)
			continue
		}
		again = append(again, i)
	}
	return again
}

// Ready returns nil if a broker answers.
func (p *Producer) Ready(ctx context.Context) error {
	if _, err := p.conn.client.ApiVersions(ctx, &kafka.ApiVersionsRequest{}); err != nil {
		return fmt.Errorf("reach the brokers: %w", err)
	}
	return nil
}

// Close waits for calls that are under way, at most until ctx ends, and closes
// the connections. Write fails afterwards. Closing twice does no harm.
func (p *Producer) Close(ctx context.Context) error {
	done := make(chan error, 1)
	go func() {
		err := p.writer.Close()
		p.conn.close()
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("close producer: %w", ctx.Err())
	}
}
