package scorer

import (
	"errors"
	"fmt"
	"os"

	"palermo.internal/pkg/indicator"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// Settings is the configuration of the scorer's binary.
type Settings struct {
	stage.Settings `yaml:",inline"`
	Scorer         Config `yaml:"scorer"`
	// Rules is a folder with rule packs (*.yaml); the shipped ones if empty.
	Rules string `yaml:"rules"`
}

// DefaultSettings returns the settings to start from.
func DefaultSettings() Settings {
	c := DefaultConfig()
	s := Settings{Settings: stage.DefaultSettings("scorer", c.Clustered, 9403), Scorer: c}
	s.Kafka.SnapshotDir = "state"
	return s
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Settings.Validate())
	if err := s.Scorer.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("scorer: %w", err))
	}
	if s.Kafka.Topic != s.Scorer.Clustered {
		errs = append(errs, errors.New("kafka.topic: is not scorer.clustered_topic: set both to the topic that is read"))
	}
	return errors.Join(errs...)
}

// NewService makes the scorer as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	engine, err := s.engine()
	if err != nil {
		return nil, err
	}
	packs := indicator.NewHolder(engine)
	return stage.NewRunner(s.Settings, d, func(int) (stream.Handler, error) {
		return NewHandler(s.Scorer, packs)
	}, s.Scorer.Clustered, s.Scorer.ScoredAds, s.Scorer.ScoredClusters)
}

func (s Settings) engine() (*indicator.Engine, error) {
	if s.Rules == "" {
		return indicator.Default()
	}
	files, err := indicator.ReadFiles(os.DirFS(s.Rules), "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("rules: %w", err)
	}
	return indicator.Load(files)
}
