package stream

import (
	"errors"
	"fmt"
	"time"
)

// DeadLetterSuffix is what a dead-letter topic's name adds to its input topic.
const DeadLetterSuffix = ".dlq"

// DataLossPolicy says what a worker does when records it should have read are
// no longer in the log.
type DataLossPolicy string

const (
	// DataLossContinue counts and logs the lost records and goes on.
	DataLossContinue DataLossPolicy = "continue"
	// DataLossStop makes Run return a Fatal error.
	DataLossStop DataLossPolicy = "stop"
)

// Config is how a stage reads and writes. Start from DefaultConfig.
type Config struct {
	// Brokers are host:port addresses to begin with.
	Brokers []string `yaml:"brokers"`
	// ClientID names the process to the brokers.
	ClientID string `yaml:"client_id"`
	// Security is how the brokers are spoken to; set by code.
	Security Security `yaml:"-"`

	// Stage names the stage in metrics, logs and dead letters.
	Stage string `yaml:"-"`
	// Group is the consumer group. Members of one group share the partitions.
	Group string `yaml:"group"`
	// Topic is the input.
	Topic string `yaml:"topic"`
	// DeadLetterTopic takes what cannot be handled; Topic + ".dlq" if empty.
	DeadLetterTopic string `yaml:"dead_letter_topic"`
	// OutputTopics are checked at the start: they must exist and take messages
	// of the configured size. A handler may write to others too.
	OutputTopics []string `yaml:"-"`

	// MaxBatchRecords, MaxBatchBytes and Linger close a batch, whichever comes
	// first; Linger counts from its first record.
	MaxBatchRecords int           `yaml:"max_batch_records"`
	MaxBatchBytes   int           `yaml:"max_batch_bytes"`
	Linger          time.Duration `yaml:"linger"`
	// QueueCapacity is how many records of a partition are read ahead; with
	// records of the largest size it is what a partition takes in memory.
	QueueCapacity int `yaml:"queue_capacity"`
	// FetchMaxBytes bounds one fetch of a partition.
	FetchMaxBytes int `yaml:"fetch_max_bytes"`
	// FetchMaxWait is how long the broker may hold a fetch that has no data.
	FetchMaxWait time.Duration `yaml:"fetch_max_wait"`
	// ReadBatchTimeout bounds reading one message of a fetch.
	ReadBatchTimeout time.Duration `yaml:"read_batch_timeout"`

	// MaxMessageBytes is the largest message a stage means to write. A produce
	// request is at most MaxMessageBytes + HeadRoom, and topics must take that
	// much: it is checked at the start.
	MaxMessageBytes int `yaml:"max_message_bytes"`
	// Compression of what is written: none, gzip, snappy, lz4 or zstd.
	Compression string `yaml:"compression"`
	// WriteTimeout bounds one produce request.
	WriteTimeout time.Duration `yaml:"write_timeout"`

	// SessionTimeout, HeartbeatInterval, RebalanceTimeout and JoinGroupBackoff
	// are the consumer group's.
	SessionTimeout    time.Duration `yaml:"session_timeout"`
	HeartbeatInterval time.Duration `yaml:"heartbeat_interval"`
	RebalanceTimeout  time.Duration `yaml:"rebalance_timeout"`
	JoinGroupBackoff  time.Duration `yaml:"join_group_backoff"`
	// DrainTimeout is how long a worker may finish its batch after its
	// generation has ended; at most SessionTimeout/3.
	DrainTimeout time.Duration `yaml:"drain_timeout"`
	// ShutdownTimeout bounds all of stopping.
	ShutdownTimeout time.Duration `yaml:"shutdown_timeout"`

	Retry   Retry   `yaml:"retry"`
	Breaker Breaker `yaml:"breaker"`

	// SnapshotDir is where stateful handlers are kept; empty means none are
	// written and every start replays from the first record.
	SnapshotDir string `yaml:"snapshot_dir"`
	// SnapshotEvery and SnapshotInterval make a snapshot due after so many
	// records or so much time, whichever comes first; 0 switches one off.
	SnapshotEvery    int64         `yaml:"snapshot_every"`
	SnapshotInterval time.Duration `yaml:"snapshot_interval"`

	// DataLossPolicy is continue or stop.
	DataLossPolicy DataLossPolicy `yaml:"data_loss_policy"`

	// WatchdogInterval is how often the ends of the partitions are asked for;
	// the lag metrics are as old as that.
	WatchdogInterval time.Duration `yaml:"watchdog_interval"`
	// WatchdogTimeout is how long a worker that waits for records may get none
	// although there are some. The first time its Reader is replaced, the
	// second time the generation ended, the third time Run returns an error.
	WatchdogTimeout time.Duration `yaml:"watchdog_timeout"`
	// LiveTimeout is how long a worker may be in one step without a sign of
	// life before Live returns an error.
	LiveTimeout time.Duration `yaml:"live_timeout"`
}

// HeadRoom is what a produce request may add to one message of the largest
// size: dead-letter headers and the framing, in bytes.
const HeadRoom = 256 << 10

// DefaultConfig returns the settings to start from; Brokers, Stage, Group and
// Topic are the caller's.
func DefaultConfig() Config {
	return Config{
		ClientID:          "palermo",
		MaxBatchRecords:   500,
		MaxBatchBytes:     4 << 20,
		Linger:            50 * time.Millisecond,
		QueueCapacity:     200,
		FetchMaxBytes:     4 << 20,
		FetchMaxWait:      500 * time.Millisecond,
		ReadBatchTimeout:  2 * time.Second,
		MaxMessageBytes:   1 << 20,
		Compression:       "lz4",
		WriteTimeout:      10 * time.Second,
		SessionTimeout:    30 * time.Second,
		HeartbeatInterval: 3 * time.Second,
		RebalanceTimeout:  30 * time.Second,
		JoinGroupBackoff:  time.Second,
		DrainTimeout:      10 * time.Second,
		ShutdownTimeout:   25 * time.Second,
		Retry:             DefaultRetry(),
		Breaker:           DefaultBreaker(),
		SnapshotEvery:     100_000,
		SnapshotInterval:  5 * time.Minute,
		DataLossPolicy:    DataLossContinue,
		WatchdogInterval:  10 * time.Second,
		WatchdogTimeout:   60 * time.Second,
		LiveTimeout:       5 * time.Minute,
	}
}

// Validate returns every problem at once, each naming the key and the fix.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(c.Brokers) == 0 {
		bad("brokers: none given: name at least one host:port")
	}
	if c.Stage == "" {
		bad("stage: empty: it labels metrics and dead letters")
	}
	if c.Group == "" {
		bad("group: empty: name the consumer group")
	}
	if c.Topic == "" {
		bad("topic: empty: name the topic to read")
	}
	if c.deadLetterTopic() == c.Topic {
		bad("dead_letter_topic: %q is the input itself: choose another", c.DeadLetterTopic)
	}
	for _, v := range []struct {
		key string
		n   int
	}{
		{"max_batch_records", c.MaxBatchRecords},
		{"max_batch_bytes", c.MaxBatchBytes},
		{"queue_capacity", c.QueueCapacity},
		{"fetch_max_bytes", c.FetchMaxBytes},
		{"max_message_bytes", c.MaxMessageBytes},
	} {
		if v.n <= 0 {
			bad("%s: %d: must be above 0", v.key, v.n)
		}
	}
	for _, v := range []struct {
		key string
		d   time.Duration
	}{
		{"linger", c.Linger},
		{"fetch_max_wait", c.FetchMaxWait},
		{"read_batch_timeout", c.ReadBatchTimeout},
		{"write_timeout", c.WriteTimeout},
		{"session_timeout", c.SessionTimeout},
		{"heartbeat_interval", c.HeartbeatInterval},
		{"rebalance_timeout", c.RebalanceTimeout},
		{"join_group_backoff", c.JoinGroupBackoff},
		{"drain_timeout", c.DrainTimeout},
		{"shutdown_timeout", c.ShutdownTimeout},
		{"watchdog_interval", c.WatchdogInterval},
		{"watchdog_timeout", c.WatchdogTimeout},
		{"live_timeout", c.LiveTimeout},
	} {
		if v.d <= 0 {
			bad("%s: %s: must be above 0", v.key, v.d)
		}
	}
	if c.DrainTimeout > c.SessionTimeout/3 {
		bad("drain_timeout: %s: must be at most a third of session_timeout (%s), since no heartbeat is sent meanwhile", c.DrainTimeout, c.SessionTimeout)
	}
	if c.HeartbeatInterval > c.SessionTimeout/3 {
		bad("heartbeat_interval: %s: must be at most a third of session_timeout (%s)", c.HeartbeatInterval, c.SessionTimeout)
	}
	if c.ShutdownTimeout < c.DrainTimeout {
		bad("shutdown_timeout: %s: must not be below drain_timeout (%s)", c.ShutdownTimeout, c.DrainTimeout)
	}
	if c.SnapshotEvery < 0 || c.SnapshotInterval < 0 {
		bad("snapshot_every, snapshot_interval: must not be negative")
	}
	if c.DataLossPolicy != DataLossContinue && c.DataLossPolicy != DataLossStop {
		bad("data_loss_policy: %q: use %s or %s", c.DataLossPolicy, DataLossContinue, DataLossStop)
	}
	if _, err := compressionOf(c.Compression); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.Retry.Validate(), c.Breaker.Validate(), c.Security.Validate())
	return errors.Join(errs...)
}

func (c Config) deadLetterTopic() string {
	if c.DeadLetterTopic != "" {
		return c.DeadLetterTopic
	}
	return c.Topic + DeadLetterSuffix
}

// batchBytes is the largest produce request, uncompressed.
func (c Config) batchBytes() int { return c.MaxMessageBytes + HeadRoom }
