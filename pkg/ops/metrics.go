package ops

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// NewRegistry returns a registry with the runtime's and the process's own
// metrics and palermo_build_info.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	v := BuildVersion()
	promauto.With(reg).NewGaugeVec(prometheus.GaugeOpts{
		Name: "palermo_build_info",
		Help: "Always 1; the labels say what the process was built from.",
	}, []string{"version", "revision", "go"}).WithLabelValues(v.Version, v.Revision, v.Go).Set(1)
	return reg
}
