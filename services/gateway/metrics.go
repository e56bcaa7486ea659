package gateway

import (
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"palermo.internal/pkg/ad"
)

// statuses are all that the gateway answers with.
var statuses = []int{
	http.StatusOK, http.StatusAccepted, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
	http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
	http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
	http.StatusInternalServerError, http.StatusServiceUnavailable,
}

type metrics struct {
	requests        *prometheus.CounterVec
	refusals        *prometheus.CounterVec
	ads             *prometheus.CounterVec
	rejects         *prometheus.CounterVec
	bytes           prometheus.Counter
	inFlight        prometheus.Gauge
	requestSeconds  prometheus.Histogram
	writeSeconds    prometheus.Histogram
	writeErrors     prometheus.Counter
	panics          prometheus.Counter
	keys            prometheus.Gauge
	keyReloadErrors prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	f := promauto.With(reg)
	m := &metrics{
		requests: f.NewCounterVec(prometheus.CounterOpts{
			Name: "palermo_gateway_requests_total", Help: "Requests, by the HTTP status they were answered with.",
		}, []string{"status"}),
		refusals: f.NewCounterVec(prometheus.CounterOpts{
			Name: "palermo_gateway_refusals_total", Help: "Requests that were not let in, by reason.",
		}, []string{"reason"}),
		ads: f.NewCounterVec(prometheus.CounterOpts{
			Name: "palermo_gateway_ads_total", Help: "Adverts, by what became of them.",
		}, []string{"result"}),
		rejects: f.NewCounterVec(prometheus.CounterOpts{
			Name: "palermo_gateway_rejected_ads_total", Help: "Adverts that were refused, by reason.",
		}, []string{"code"}),
		bytes: f.NewCounter(prometheus.CounterOpts{
			Name: "palermo_gateway_read_bytes_total", Help: "Bytes of request bodies, unpacked.",
		}),
		inFlight: f.NewGauge(prometheus.GaugeOpts{
			Name: "palermo_gateway_requests_in_flight", Help: "Requests whose adverts are being read or written.",
		}),
		requestSeconds: f.NewHistogram(histogram("palermo_gateway_request_seconds", "From a request's headers to its answer.")),
		writeSeconds:   f.NewHistogram(histogram("palermo_gateway_write_seconds", "One chunk of adverts written to Kafka.")),
		writeErrors: f.NewCounter(prometheus.CounterOpts{
			Name: "palermo_gateway_write_errors_total", Help: "Chunks that Kafka did not acknowledge as a whole.",
		}),
		panics: f.NewCounter(prometheus.CounterOpts{
			Name: "palermo_gateway_panics_total", Help: "Requests that ended in a panic.",
		}),
		keys: f.NewGauge(prometheus.GaugeOpts{
			Name: "palermo_gateway_keys", Help: "Keys in force.",
		}),
		keyReloadErrors: f.NewCounter(prometheus.CounterOpts{
			Name: "palermo_gateway_key_reload_errors_total", Help: "Key files that were not put in force because they are wrong.",
		}),
	}
	for _, s := range statuses {
		m.requests.WithLabelValues(strconv.Itoa(s))
	}
	for _, r := range []refusal{refusedNoKey, refusedUnknown, refusedExpired} {
		m.refusals.WithLabelValues(string(r))
	}
	for _, r := range []string{resultAccepted, resultRejected, resultUnacknowledged} {
		m.ads.WithLabelValues(r)
	}
	for _, c := range append(ad.Codes(), codePlatform) {
		m.rejects.WithLabelValues(string(c))
	}
	return m
}

// The results of an advert, as labels.
const (
	resultAccepted       = "accepted"
	resultRejected       = "rejected"
	resultUnacknowledged = "unacknowledged"
)

func histogram(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100,
	}
}
