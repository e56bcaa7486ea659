package clusterer

import (
	"errors"
	"fmt"

	"palermo.internal/pkg/cluster"
)

// Config is what a user may set.
type Config struct {
	// Normalized is the topic that is read; it has one partition.
	Normalized string `yaml:"normalized_topic"`
	// Clustered is the topic that is written.
	Clustered string `yaml:"clustered_topic"`
	// Workers is the number of goroutines that prepare the adverts of a batch; 0
	// for one a processor. The results do not depend on it.
	Workers int `yaml:"workers"`
	// Replay is the number of latest results that are kept for records that come
	// again. It must be at least the number of records of a batch.
	Replay int `yaml:"replay"`
	// Cluster decides which adverts are joined. After a change the stage reads its
	// log again from the start.
	Cluster cluster.Params `yaml:",inline"`
}

// DefaultConfig returns the configuration that Palermo ships.
func DefaultConfig() Config {
	return Config{
		Normalized: "ads.normalized",
		Clustered:  "ads.clustered",
		Replay:     1 << 16,
		Cluster:    cluster.DefaultParams(),
	}
}

// Validate checks all values and returns all problems, joined.
func (c Config) Validate() error {
	var errs []error
	if c.Normalized == "" {
		errs = append(errs, errors.New("normalized_topic: is empty, name the topic to read"))
	}
	if c.Clustered == "" {
		errs = append(errs, errors.New("clustered_topic: is empty, name the topic to write"))
	}
	if c.Normalized == c.Clustered && c.Clustered != "" {
		errs = append(errs, fmt.Errorf("clustered_topic: is %q, which is read", c.Clustered))
	}
	if c.Workers < 0 || c.Workers > 1024 {
		errs = append(errs, fmt.Errorf("workers: is %d, want 0 (one a processor) to 1024", c.Workers))
	}
	if c.Replay < 1 || c.Replay > 1<<24 {
		errs = append(errs, fmt.Errorf("replay: is %d, want 1 to %d, and at least the records of a batch", c.Replay, 1<<24))
	}
	if err := c.Cluster.Validate(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
