// Package stream runs one stage of the pipeline over Kafka: it reads a topic as
// a member of a consumer group, hands the records to a Handler batch by batch,
// writes what the handler made of them, and commits only then.
//
// # Words
//
// A stage is one Runner in one consumer group on one input topic. A generation
// is the time between two rebalances of the group. A worker is the goroutine
// that owns one partition during one generation; everything about a partition
// (its Reader, its Handler, its state) is touched by its worker alone. A batch
// is a run of consecutive records of one partition. A dead letter is a record
// that can never be handled, as it came, in the topic "<input>.dlq".
//
// # Order
//
// A worker does the same steps for every batch, and starts a step only when the
// one before it is done:
//
//	handle -> write the output -> write the dead letters -> snapshot, if due -> commit
//
// Writes wait for all in-sync replicas. A crash between any two steps leads to
// the batch being read again: delivery is at least once, never less, and what
// leaves a stage is deterministic so that a second copy can be recognised. To
// one output partition a worker writes in order, the next slice only after the
// one before it is acknowledged.
//
// # Groups
//
// The package uses kafka-go's ConsumerGroup with one group-less Reader for each
// assigned partition, never its group Reader: that one keeps messages of
// partitions it has lost and commits them for the next owner. Offsets are
// committed through the generation that read them, so the broker refuses a
// commit that comes too late. When a generation ends, a worker finishes the
// batch in hand within Config.DrainTimeout, which is at most a third of the
// session timeout because kafka-go sends no heartbeats while it drains; past
// the deadline the batch is abandoned without a commit.
//
// # Errors
//
// There are three classes. A Reject is about one record and is for ever: the
// record goes to the dead letters. Fatal is about the program or its
// configuration: Run returns it. Everything else is transient: the step is
// repeated with a full-jitter back-off until it works, the offset held
// meanwhile. A panic in Handle makes the worker run the batch again record by
// record and reject the one that panics with code "panic".
//
// When more than half of the last records are rejects, the breaker opens: the
// batch is held, nothing is dead-lettered, the stage is not ready, and the
// batch is tried again at growing intervals.
//
// # State
//
// A Stateful handler's state is a function of its partition's log. Snapshots
// carry the offset that they cover; that offset wins over the committed one. A
// partition without a good snapshot is replayed from its first record. After a
// panic, or while the breaker holds a batch, the handler is thrown away and
// built again from the last snapshot, since a panic may have left it half
// changed.
//
// # Concurrency
//
// Runner, Producer and Admin are safe for concurrent use. A Handler is called
// from one goroutine at a time, but by several workers if NewHandler returns
// the same value for several partitions.
package stream
