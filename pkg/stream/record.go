package stream

import "time"

// Record is one message read from a topic. Its byte slices belong to the
// handler until Handle returns; copy what is kept longer.
type Record struct {
	Topic     string
	Partition int
	// Offset is the record's position in its partition, from 0.
	Offset  int64
	Key     []byte
	Value   []byte
	Headers []Header
	// Time is when the record was appended, or the producer's time, as the
	// topic is configured.
	Time time.Time
}

// Header is one Kafka header.
type Header struct {
	Key   string
	Value []byte
}

// Message is one message to be written. Its partition follows from its key
// (murmur2, as in the Java client). The runner does not keep the slices after
// the write.
type Message struct {
	Topic   string
	Key     []byte
	Value   []byte
	Headers []Header
}
