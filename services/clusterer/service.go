package clusterer

import (
	"errors"
	"fmt"

	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// Settings is the configuration of the clusterer's binary.
type Settings struct {
	stage.Settings `yaml:",inline"`
	Clusterer      Config `yaml:"clusterer"`
}

// DefaultSettings returns the settings to start from.
func DefaultSettings() Settings {
	c := DefaultConfig()
	s := Settings{Settings: stage.DefaultSettings("clusterer", c.Normalized, 9402), Clusterer: c}
	s.Kafka.SnapshotDir = "state"
	return s
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Settings.Validate())
	if err := s.Clusterer.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("clusterer: %w", err))
	}
	if s.Kafka.Topic != s.Clusterer.Normalized {
		errs = append(errs, errors.New("kafka.topic: is not clusterer.normalized_topic: set both to the topic that is read"))
	}
	return errors.Join(errs...)
}

// NewService makes the clusterer as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	return stage.NewRunner(s.Settings, d, func(int) (stream.Handler, error) {
		return NewHandler(s.Clusterer)
	}, s.Clusterer.Clustered)
}
