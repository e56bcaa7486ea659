package elastic

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"palermo.internal/pkg/index"
)

// The values of label outcome beside the statuses of index.Status.
const outcomeRetried = "retried"

// The values of label op.
const (
	opBulk   = "bulk"
	opSearch = "search"
	opSetup  = "setup"
	opOther  = "other"
)

type metrics struct {
	items   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
	limit   prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		items: f.NewCounterVec(prometheus.CounterOpts{
			Name: "palermo_index_items_total",
			Help: "Documents by what became of them in a bulk request; retried ones are sent again.",
		}, []string{"outcome"}),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "palermo_index_request_seconds",
			Help:                        "Duration of requests to the index, by operation.",
			Buckets:                     prometheus.ExponentialBuckets(0.005, 2, 14),
			NativeHistogramBucketFactor: 1.1,
		}, []string{"op"}),
		limit: f.NewGauge(prometheus.GaugeOpts{
			Name: "palermo_index_bulk_docs_limit",
			Help: "Documents that one bulk request may hold now; it falls while the server holds back.",
		}),
	}
	for _, o := range []string{index.StatusWritten.String(), index.StatusStale.String(), index.StatusRejected.String(), outcomeRetried} {
		m.items.WithLabelValues(o)
	}
	for _, op := range []string{opBulk, opSearch, opSetup, opOther} {
		m.seconds.WithLabelValues(op)
	}
	return m
}

func (m *metrics) observe(op string, start time.Time) {
	m.seconds.WithLabelValues(op).Observe(time.Since(start).Seconds())
}
