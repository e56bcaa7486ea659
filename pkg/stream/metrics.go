package stream

import (
	"errors"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// maxCodes bounds the values of the label code: handlers are trusted to keep a
// closed list, the metrics do not depend on it.
const maxCodes = 64

// The values of the label phase.
const (
	phaseHandle     = "handle"
	phaseWrite      = "write"
	phaseDeadLetter = "dead_letter"
	phaseSnapshot   = "snapshot"
	phaseCommit     = "commit"
	phaseFetch      = "fetch"
	phaseJoin       = "join"
)

// metrics are a stage's numbers. Several runners may share a registry: they
// then share the collectors and differ by their labels.
type metrics struct {
	handled, rejected, unreadable prometheus.Counter
	out                           prometheus.Counter
	phase                         map[string]prometheus.Observer
	retries                       map[string]prometheus.Counter
	watchdog                      map[string]prometheus.Counter
	rebalances                    prometheus.Counter
	lost, gaps, backwards         prometheus.Counter
	breakerOpen                   prometheus.Gauge
	badSnapshots, rebuilds        prometheus.Counter
	snapshotBytes                 prometheus.Gauge
	lagSeconds                    prometheus.Gauge

	deadLetters *prometheus.CounterVec
	lag         *prometheus.GaugeVec
	committed   *prometheus.GaugeVec

	stage, topic string
	mu           sync.Mutex
	codes        map[string]struct{}
}

func newMetrics(reg prometheus.Registerer, stage, topic string) *metrics {
	if reg == nil {
		reg = prometheus.NewRegistry()
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return register(reg, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "palermo_stream_" + name, Help: help}, labels))
	}
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return register(reg, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "palermo_stream_" + name, Help: help}, labels))
	}
	records := counter("records_total", "Records that a stage is done with, by result.", "stage", "topic", "result")
	m := &metrics{
		handled:    records.WithLabelValues(stage, topic, "handled"),
		rejected:   records.WithLabelValues(stage, topic, "rejected"),
		unreadable: records.WithLabelValues(stage, topic, "unreadable"),
		out:        counter("messages_total", "Messages written by a stage, dead letters apart.", "stage", "topic").WithLabelValues(stage, topic),
		rebalances: counter("rebalances_total", "Generations of the consumer group that this member has seen.", "stage", "topic").WithLabelValues(stage, topic),
		lost:       counter("lost_records_total", "Records that were deleted before this stage read them.", "stage", "topic").WithLabelValues(stage, topic),
		gaps:       counter("gaps_total", "Times that the next record was not at the next offset.", "stage", "topic").WithLabelValues(stage, topic),
		backwards:  counter("backwards_commits_total", "Times that the committed offset was below what this process had committed.", "stage", "topic").WithLabelValues(stage, topic),
		breakerOpen: gauge("breaker_open_partitions", "Partitions on which the breaker holds a batch.", "stage", "topic").
			WithLabelValues(stage, topic),
		badSnapshots:  counter("bad_snapshots_total", "Snapshot files that could not be restored.", "stage", "topic").WithLabelValues(stage, topic),
		rebuilds:      counter("rebuilds_total", "Times that a handler was thrown away and built from a snapshot.", "stage", "topic").WithLabelValues(stage, topic),
		snapshotBytes: gauge("snapshot_bytes", "Size of the last snapshot.", "stage", "topic").WithLabelValues(stage, topic),
		lagSeconds:    gauge("lag_seconds", "Age of the last record read; 0 when nothing is left to read.", "stage", "topic").WithLabelValues(stage, topic),
		deadLetters:   counter("dead_letters_total", "Dead letters written, by code.", "stage", "topic", "code"),
		lag:           gauge("lag_records", "Records between the end of the partition and what is committed.", "stage", "topic", "partition"),
		committed:     gauge("committed_offset", "The offset that was committed last.", "stage", "topic", "partition"),
		phase:         map[string]prometheus.Observer{},
		retries:       map[string]prometheus.Counter{},
		watchdog:      map[string]prometheus.Counter{},
		stage:         stage, topic: topic,
		codes: map[string]struct{}{},
	}
	seconds := register(reg, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:                        "palermo_stream_batch_seconds",
		Help:                        "Time that a batch spends in each phase, repeats included.",
		Buckets:                     prometheus.ExponentialBuckets(0.001, 2.5, 12),
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}, []string{"stage", "topic", "phase"}))
	retries := counter("retries_total", "Steps that failed and are repeated, by step.", "stage", "topic", "cause")
	for _, p := range []string{phaseHandle, phaseWrite, phaseDeadLetter, phaseSnapshot, phaseCommit} {
		m.phase[p] = seconds.WithLabelValues(stage, topic, p)
	}
	for _, p := range []string{phaseHandle, phaseWrite, phaseDeadLetter, phaseSnapshot, phaseCommit, phaseFetch, phaseJoin} {
		m.retries[p] = retries.WithLabelValues(stage, topic, p)
	}
	dog := counter("watchdog_total", "Times that the watchdog acted, by what it did.", "stage", "topic", "action")
	for _, a := range []string{actionReader, actionGeneration, actionStop} {
		m.watchdog[a] = dog.WithLabelValues(stage, topic, a)
	}
	for _, c := range []string{CodePanic, CodeUnreadable, CodeOutputTooLarge} {
		m.deadLetter(c, 0)
	}
	return m
}

// register adds c to reg, or returns the collector of that name which is there.
func register[C prometheus.Collector](reg prometheus.Registerer, c C) C {
	err := reg.Register(c)
	if already, ok := errors.AsType[prometheus.AlreadyRegisteredError](err); ok {
		if old, ok := already.ExistingCollector.(C); ok {
			return old
		}
	}
	if err != nil {
		panic(err) // two metrics of one name: a mistake in the program, as in promauto
	}
	return c
}

func (m *metrics) observe(phase string, since time.Time) {
	m.phase[phase].Observe(time.Since(since).Seconds())
}

func (m *metrics) deadLetter(code string, n float64) {
	m.mu.Lock()
	if _, ok := m.codes[code]; !ok {
		if len(m.codes) >= maxCodes {
			code = "other"
		}
		m.codes[code] = struct{}{}
	}
	m.mu.Unlock()
	m.deadLetters.WithLabelValues(m.stage, m.topic, code).Add(n)
}

func (m *metrics) setCommitted(partition int, offset int64) {
	m.committed.WithLabelValues(m.stage, m.topic, strconv.Itoa(partition)).Set(float64(offset))
}

func (m *metrics) setLag(partition int, records int64) {
	m.lag.WithLabelValues(m.stage, m.topic, strconv.Itoa(partition)).Set(float64(records))
}

// forget removes the numbers of a partition that another member owns now.
func (m *metrics) forget(partition int) {
	m.lag.DeleteLabelValues(m.stage, m.topic, strconv.Itoa(partition))
	m.committed.DeleteLabelValues(m.stage, m.topic, strconv.Itoa(partition))
}
