package normalizer

import (
	"errors"
	"fmt"

	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/ops"
	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

// Settings is the configuration of the normalizer's binary.
type Settings struct {
	stage.Settings `yaml:",inline"`
	Normalizer     Config `yaml:"normalizer"`
	// TokenKeys are the keys for contact tokens, newest first, one a line
	// ("id:hex", as `palermo keys token` prints them), or file:PATH.
	TokenKeys ops.Secret `yaml:"token_keys"`
}

// DefaultSettings returns the settings to start from; TokenKeys has no default.
func DefaultSettings() Settings {
	c := DefaultConfig()
	return Settings{Settings: stage.DefaultSettings("normalizer", c.Raw, 9401), Normalizer: c}
}

// Validate returns every problem, joined.
func (s Settings) Validate() error {
	var errs []error
	errs = append(errs, s.Settings.Validate())
	if err := s.Normalizer.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("normalizer: %w", err))
	}
	if s.TokenKeys == "" {
		errs = append(errs, errors.New("token_keys: is empty: set file:PATH of a key file, `palermo keys token` makes one"))
	}
	if s.Kafka.Topic != s.Normalizer.Raw {
		errs = append(errs, errors.New("kafka.topic: is not normalizer.raw_topic: set both to the topic that is read"))
	}
	return errors.Join(errs...)
}

// NewService makes the normalizer as a process of its own.
func NewService(s Settings, d ops.Deps) (ops.Service, error) {
	text, err := s.TokenKeys.Reveal()
	if err != nil {
		return nil, fmt.Errorf("token_keys: %w", err)
	}
	keys, err := contact.ParseKeys(text)
	if err != nil {
		return nil, err
	}
	return stage.NewRunner(s.Settings, d, func(int) (stream.Handler, error) {
		return NewHandler(s.Normalizer, keys)
	}, s.Normalizer.Normalized)
}
