package normalizer

import (
	"errors"
	"fmt"
)

// Config is what an operator sets.
type Config struct {
	// Raw is the topic that is read, Normalized the one that is written.
	Raw        string `yaml:"raw_topic"`
	Normalized string `yaml:"normalized_topic"`
	// Workers bounds how many goroutines work on one batch; 0 means one for
	// each processor that Go may use.
	Workers int `yaml:"workers"`
	// DefaultRegion is the ISO 3166-1 alpha-2 region whose national phone
	// numbers are understood in an advert that names no country.
	DefaultRegion string `yaml:"default_region"`
}

const maxWorkers = 1024

// DefaultConfig returns what is used where nothing is set.
func DefaultConfig() Config {
	return Config{Raw: "ads.raw", Normalized: "ads.normalized", DefaultRegion: "ID"}
}

// Validate returns everything that is wrong with the settings, joined.
func (c Config) Validate() error {
	var errs []error
	if c.Raw == "" {
		errs = append(errs, errors.New("raw_topic: is empty: name the topic to read"))
	}
	if c.Normalized == "" {
		errs = append(errs, errors.New("normalized_topic: is empty: name the topic to write"))
	}
	if c.Raw != "" && c.Raw == c.Normalized {
		errs = append(errs, errors.New("normalized_topic: is raw_topic: name two topics"))
	}
	if c.Workers < 0 || c.Workers > maxWorkers {
		errs = append(errs, fmt.Errorf("workers: is %d: set 0 to %d", c.Workers, maxWorkers))
	}
	if !isUpper2(c.DefaultRegion) {
		errs = append(errs, errors.New("default_region: is not a region: set two capital letters of ISO 3166-1, for example ID"))
	}
	return errors.Join(errs...)
}

func isUpper2(s string) bool {
	return len(s) == 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'A' && s[1] <= 'Z'
}
