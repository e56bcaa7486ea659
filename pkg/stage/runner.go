package stage

import (
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stream"
)

// NewRunner makes the runner of a stage. newHandler is called once for every
// partition that is assigned, again after every rebalance. outputs are the
// topics that the handler writes.
func NewRunner(s Settings, d ops.Deps, newHandler func(partition int) (stream.Handler, error), outputs ...string) (*stream.Runner, error) {
	sec, err := s.Security()
	if err != nil {
		return nil, err
	}
	cfg := s.Kafka
	cfg.Security = sec
	cfg.OutputTopics = outputs
	return stream.New(cfg, stream.Deps{Logger: d.Logger, Registry: d.Registry, NewHandler: newHandler})
}
