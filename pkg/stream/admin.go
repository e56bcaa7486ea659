package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
)

// AdminConfig is how an Admin reaches the brokers.
type AdminConfig struct {
	Brokers  []string
	ClientID string
	Security Security
	// Timeout bounds one request; 10 s if 0.
	Timeout time.Duration
	// Dial replaces the network, for tests; may be nil.
	Dial DialFunc
}

// Admin makes topics and looks into them. It is safe for concurrent use.
type Admin struct {
	conn    *connection
	timeout time.Duration
}

// NewAdmin prepares an Admin; nothing is dialled yet. Close it.
func NewAdmin(c AdminConfig) (*Admin, error) {
	if len(c.Brokers) == 0 {
		return nil, errors.New("brokers: none given: name at least one host:port")
	}
	if err := c.Security.Validate(); err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	conn, err := newConnection(c.Brokers, c.ClientID, c.Security, c.Dial, c.Timeout)
	if err != nil {
		return nil, err
	}
	return &Admin{conn: conn, timeout: c.Timeout}, nil
}

// Close closes idle connections.
func (a *Admin) Close() { a.conn.close() }

// Ping returns nil if a broker answers.
func (a *Admin) Ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	if _, err := a.conn.client.ApiVersions(ctx, &kafka.ApiVersionsRequest{}); err != nil {
		return fmt.Errorf("reach the brokers: %w", err)
	}
	return nil
}

// TopicSpec is a topic as it should be.
type TopicSpec struct {
	Name string
	// Partitions is for the life of the topic: a key's partition depends on it.
	Partitions  int
	Replication int
	// Retention is how long records are kept; 0 leaves it to the broker,
	// negative is for ever.
	Retention time.Duration
	// MaxMessageBytes is the largest batch; 0 means what DefaultConfig asks for,
	// with room.
	MaxMessageBytes int
	// Cleanup is delete or compact; empty is delete.
	Cleanup string
	// MinInSync is how many replicas must have a record before it counts as
	// written; 0 leaves it to the broker.
	MinInSync int
}

// EnsureTopics makes the topics that do not exist. One that exists is left as
// it is, but it is an error if its partitions are not as many as asked for.
// Calling it again, or from several processes at once, does no harm.
func (a *Admin) EnsureTopics(ctx context.Context, specs []TopicSpec) error {
	if len(specs) == 0 {
		return nil
	}
	req := &kafka.CreateTopicsRequest{}
	for _, s := range specs {
		if s.Name == "" || s.Partitions <= 0 || s.Replication <= 0 {
			return fmt.Errorf("topic %q: %d partitions, %d replicas: want a name and both above 0", s.Name, s.Partitions, s.Replication)
		}
		req.Topics = append(req.Topics, kafka.TopicConfig{
			Topic: s.Name, NumPartitions: s.Partitions, ReplicationFactor: s.Replication, ConfigEntries: s.entries(),
		})
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout+time.Duration(len(specs))*time.Second)
	defer cancel()
	res, err := a.conn.client.CreateTopics(ctx, req)
	if err != nil {
		return fmt.Errorf("create topics: %w", err)
	}
	var errs []error
	for _, s := range specs {
		switch err := res.Errors[s.Name]; {
		case err == nil:
			// A topic that was made this moment may not be known to every broker.
			errs = append(errs, a.awaitTopic(ctx, s))
		case errors.Is(err, kafka.TopicAlreadyExists):
			errs = append(errs, a.awaitTopic(ctx, s))
		default:
			errs = append(errs, fmt.Errorf("create topic %s: %w", s.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (s TopicSpec) entries() []kafka.ConfigEntry {
	size := s.MaxMessageBytes
	if size == 0 {
		size = 2 * (1 << 20)
	}
	cleanup := s.Cleanup
	if cleanup == "" {
		cleanup = "delete"
	}
	out := []kafka.ConfigEntry{
		{ConfigName: maxMessageBytes, ConfigValue: strconv.Itoa(size)},
		{ConfigName: cleanupPolicy, ConfigValue: cleanup},
	}
	if s.MinInSync > 0 {
		out = append(out, kafka.ConfigEntry{ConfigName: minInSync, ConfigValue: strconv.Itoa(s.MinInSync)})
	}
	switch {
	case s.Retention > 0:
		out = append(out, kafka.ConfigEntry{ConfigName: retentionMillis, ConfigValue: strconv.FormatInt(s.Retention.Milliseconds(), 10)})
	case s.Retention < 0:
		out = append(out, kafka.ConfigEntry{ConfigName: retentionMillis, ConfigValue: "-1"})
	}
	return out
}

// TopicState is a topic as it is.
type TopicState struct {
	Name        string
	Partitions  int
	Replication int
	// MaxMessageBytes is the largest batch, 0 if the broker does not say.
	MaxMessageBytes int64
	// Retention is how long records are kept, negative for ever, 0 if the broker
	// does not say.
	Retention time.Duration
	// Cleanup is the clean-up policy.
	Cleanup string
}

// Topics returns those of the named topics that exist, by name.
func (a *Admin) Topics(ctx context.Context, names []string) (map[string]TopicState, error) {
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	md, err := a.conn.client.Metadata(ctx, &kafka.MetadataRequest{Topics: names})
	if err != nil {
		return nil, fmt.Errorf("look up topics: %w", err)
	}
	out := map[string]TopicState{}
	var there []string
	for _, t := range md.Topics {
		if errors.Is(t.Error, kafka.UnknownTopicOrPartition) {
			continue
		}
		if t.Error != nil {
			return nil, fmt.Errorf("look up topic %s: %w", t.Name, t.Error)
		}
		s := TopicState{Name: t.Name, Partitions: len(t.Partitions)}
		for _, p := range t.Partitions {
			s.Replication = max(s.Replication, len(p.Replicas))
		}
		out[t.Name] = s
		there = append(there, t.Name)
	}
	if len(there) == 0 {
		return out, nil
	}
	settings, err := a.conn.topicSettings(ctx, there, maxMessageBytes, retentionMillis, cleanupPolicy)
	if err != nil {
		return nil, err
	}
	for name, values := range settings {
		s, ok := out[name]
		if !ok {
			continue
		}
		var kept int64
		for key, to := range map[string]*int64{maxMessageBytes: &s.MaxMessageBytes, retentionMillis: &kept} {
			if v, ok := values[key]; ok {
				if *to, err = strconv.ParseInt(v, 10, 64); err != nil {
					return nil, fmt.Errorf("describe topic %s: %s is not a number", name, key)
				}
			}
		}
		s.Retention = time.Duration(max(kept, -1)) * time.Millisecond
		s.Cleanup = values[cleanupPolicy]
		out[name] = s
	}
	return out, nil
}

func (a *Admin) awaitTopic(ctx context.Context, s TopicSpec) error {
	for {
		n, err := a.conn.partitions(ctx, s.Name)
		switch {
		case err == nil && n == s.Partitions:
			return nil
		case err == nil && n > 0:
			return fmt.Errorf("topic %s has %d partitions, not %d: the number cannot be changed, since keys would move", s.Name, n, s.Partitions)
		}
		if !wait(50*time.Millisecond, ctx.Done()) {
			return errors.Join(ctx.Err(), err)
		}
	}
}

// PartitionOffsets is what a partition holds: the records from First up to but
// not including Next.
type PartitionOffsets struct {
	Partition   int
	First, Next int64
}

// Offsets returns what each partition of topic holds, by partition.
func (a *Admin) Offsets(ctx context.Context, topic string) ([]PartitionOffsets, error) {
	n, err := a.conn.partitions(ctx, topic)
	if err != nil {
		return nil, err
	}
	partitions := make([]int, n)
	for i := range partitions {
		partitions[i] = i
	}
	spans, err := a.conn.spans(ctx, topic, partitions)
	if err != nil {
		return nil, err
	}
	out := make([]PartitionOffsets, 0, n)
	for p, s := range spans {
		out = append(out, PartitionOffsets{Partition: p, First: s.first, Next: s.last})
	}
	slices.SortFunc(out, func(a, b PartitionOffsets) int { return a.Partition - b.Partition })
	return out, nil
}

// Lag returns how many records of topic the group has not committed.
func (a *Admin) Lag(ctx context.Context, group, topic string) (int64, error) {
	return a.conn.lag(ctx, group, topic)
}

// Rewind makes the group begin again at the first record that topic holds. The
// group must have no members: the brokers refuse it otherwise.
func (a *Admin) Rewind(ctx context.Context, group, topic string) error {
	offsets, err := a.Offsets(ctx, topic)
	if err != nil {
		return err
	}
	commits := make([]kafka.OffsetCommit, len(offsets))
	for i, o := range offsets {
		commits[i] = kafka.OffsetCommit{Partition: o.Partition, Offset: o.First}
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	res, err := a.conn.client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID: group, GenerationID: -1, Topics: map[string][]kafka.OffsetCommit{topic: commits},
	})
	if err != nil {
		return fmt.Errorf("rewind group %s: %w", group, err)
	}
	for _, p := range res.Topics[topic] {
		switch {
		case errors.Is(p.Error, kafka.UnknownMemberId):
			return fmt.Errorf("rewind group %s: it has members: stop them first", group)
		case p.Error != nil:
			return fmt.Errorf("rewind group %s on %s/%d: %w", group, topic, p.Partition, p.Error)
		}
	}
	return nil
}
