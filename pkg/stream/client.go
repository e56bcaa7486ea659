package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/compress"
)

// dialTimeout bounds connecting to a broker, TLS and SASL included.
const dialTimeout = 5 * time.Second

// metadataTTL is how old the Transport's view of topics and leaders may be.
const metadataTTL = 2 * time.Second

// DialFunc opens a connection; it stands in for the network in tests.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// connection holds kafka-go's two ways to reach a broker, configured alike: the
// Dialer (Reader, ConsumerGroup) and the Transport (Client, Writer).
type connection struct {
	brokers   []string
	dialer    *kafka.Dialer
	transport *kafka.Transport
	client    *kafka.Client
}

func newConnection(brokers []string, clientID string, sec Security, dial DialFunc, timeout time.Duration) (*connection, error) {
	limitCodecs()
	mechanism, err := sec.mechanism()
	if err != nil {
		return nil, err
	}
	if dial == nil {
		dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 15 * time.Second}).DialContext
	}
	c := &connection{
		brokers: brokers,
		dialer: &kafka.Dialer{
			ClientID:      clientID,
			Timeout:       dialTimeout,
			DialFunc:      dial,
			TLS:           sec.TLS,
			SASLMechanism: mechanism,
		},
		transport: &kafka.Transport{
			Dial:        dial,
			DialTimeout: dialTimeout,
			MetadataTTL: metadataTTL,
			ClientID:    clientID,
			TLS:         sec.TLS,
			SASL:        mechanism,
		},
	}
	c.client = &kafka.Client{Addr: kafka.TCP(brokers...), Timeout: timeout, Transport: c.transport}
	return c, nil
}

func (c *connection) close() { c.transport.CloseIdleConnections() }

// partitions returns how many partitions topic has; kafka.UnknownTopicOrPartition
// if there is no such topic.
func (c *connection) partitions(ctx context.Context, topic string) (int, error) {
	md, err := c.client.Metadata(ctx, &kafka.MetadataRequest{Topics: []string{topic}})
	if err != nil {
		return 0, fmt.Errorf("look up topic %s: %w", topic, err)
	}
	for _, t := range md.Topics {
		if t.Name != topic {
			continue
		}
		if t.Error != nil {
			return 0, fmt.Errorf("look up topic %s: %w", topic, t.Error)
		}
		return len(t.Partitions), nil
	}
	return 0, fmt.Errorf("look up topic %s: %w", topic, kafka.UnknownTopicOrPartition)
}

// span is the run of offsets that a partition holds: [First, Last).
type span struct{ first, last int64 }

// spans returns what the given partitions of topic hold.
func (c *connection) spans(ctx context.Context, topic string, partitions []int) (map[int]span, error) {
	reqs := make([]kafka.OffsetRequest, 0, 2*len(partitions))
	for _, p := range partitions {
		reqs = append(reqs, kafka.FirstOffsetOf(p), kafka.LastOffsetOf(p))
	}
	res, err := c.client.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: reqs}})
	if err != nil {
		return nil, fmt.Errorf("list offsets of %s: %w", topic, err)
	}
	out := make(map[int]span, len(partitions))
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("list offsets of %s/%d: %w", topic, p.Partition, p.Error)
		}
		out[p.Partition] = span{first: p.FirstOffset, last: p.LastOffset}
	}
	for _, p := range partitions {
		if s, ok := out[p]; !ok || s.first < 0 || s.last < s.first {
			return nil, fmt.Errorf("list offsets of %s/%d: the broker gave none", topic, p)
		}
	}
	return out, nil
}

func compressionOf(name string) (kafka.Compression, error) {
	limitCodecs() // looking a name up reads the table of codecs
	var c compress.Compression
	if name == "" {
		name = "none"
	}
	if err := c.UnmarshalText([]byte(name)); err != nil || c < compress.None || c > compress.Zstd {
		return 0, fmt.Errorf("compression: %q: use none, gzip, snappy, lz4 or zstd", name)
	}
	return c, nil
}

func toHeaders(in []kafka.Header) []Header {
	if len(in) == 0 {
		return nil
	}
	out := make([]Header, len(in))
	for i, h := range in {
		out[i] = Header{Key: h.Key, Value: h.Value}
	}
	return out
}

func fromHeaders(in []Header) []kafka.Header {
	if len(in) == 0 {
		return nil
	}
	out := make([]kafka.Header, len(in))
	for i, h := range in {
		out[i] = kafka.Header{Key: h.Key, Value: h.Value}
	}
	return out
}

func toRecord(m kafka.Message) Record {
	return Record{
		Topic: m.Topic, Partition: m.Partition, Offset: m.Offset,
		Key: m.Key, Value: m.Value, Headers: toHeaders(m.Headers), Time: m.Time,
	}
}

// balancer maps a key to a partition as the Java client does.
func balancer() kafka.Balancer { return kafka.Murmur2Balancer{Consistent: true} }

// messageLimits returns max.message.bytes of topics, as far as the broker says.
func (c *connection) messageLimits(ctx context.Context, topics []string) (map[string]int64, error) {
	settings, err := c.topicSettings(ctx, topics, maxMessageBytes)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for topic, values := range settings {
		if v, ok := values[maxMessageBytes]; ok {
			n, err := strconv.ParseInt(v, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("describe topic %s: %s is not a number", topic, maxMessageBytes)
			}
			out[topic] = n
		}
	}
	return out, nil
}

// topicSettings returns the named settings of topics, as far as the broker says.
func (c *connection) topicSettings(ctx context.Context, topics []string, names ...string) (map[string]map[string]string, error) {
	req := &kafka.DescribeConfigsRequest{}
	for _, t := range topics {
		req.Resources = append(req.Resources, kafka.DescribeConfigRequestResource{
			ResourceType: kafka.ResourceTypeTopic, ResourceName: t, ConfigNames: names,
		})
	}
	res, err := c.client.DescribeConfigs(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("describe topics: %w", err)
	}
	out := map[string]map[string]string{}
	for _, r := range res.Resources {
		if r.Error != nil {
			return nil, fmt.Errorf("describe topic %s: %w", r.ResourceName, r.Error)
		}
		values := map[string]string{}
		for _, e := range r.ConfigEntries {
			if slices.Contains(names, e.ConfigName) {
				values[e.ConfigName] = e.ConfigValue
			}
		}
		out[r.ResourceName] = values
	}
	return out, nil
}

// Settings of topics.
const (
	// maxMessageBytes is the largest batch that a topic takes.
	maxMessageBytes = "max.message.bytes"
	retentionMillis = "retention.ms"
	cleanupPolicy   = "cleanup.policy"
	minInSync       = "min.insync.replicas"
)

// lag returns how many records of topic lie above what group has committed.
func (c *connection) lag(ctx context.Context, group, topic string) (int64, error) {
	n, err := c.partitions(ctx, topic)
	if err != nil {
		return 0, err
	}
	partitions := make([]int, n)
	for i := range partitions {
		partitions[i] = i
	}
	committed := map[int]int64{}
	res, err := c.client.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: partitions}})
	if err == nil {
		err = res.Error
	}
	if errors.Is(err, kafka.GroupIdNotFound) {
		res, err = &kafka.OffsetFetchResponse{}, nil // a group that has not begun
	}
	if err != nil {
		return 0, fmt.Errorf("fetch offsets of group %s: %w", group, err)
	}
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return 0, fmt.Errorf("fetch offsets of group %s: %w", group, p.Error)
		}
		committed[p.Partition] = p.CommittedOffset
	}
	// The ends are looked up after the commits, so that lag is never too small.
	spans, err := c.spans(ctx, topic, partitions)
	if err != nil {
		return 0, err
	}
	var lag int64
	for p, s := range spans {
		at, ok := committed[p]
		if !ok {
			at = -1
		}
		lag += max(0, s.last-max(at, s.first))
	}
	return lag, nil
}
