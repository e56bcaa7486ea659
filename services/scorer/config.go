package scorer

import (
	"errors"
	"fmt"
	"time"
)

// Config is what a user may set.
type Config struct {
	// Clustered is the topic that is read, and on which transfers are written.
	Clustered string `yaml:"clustered_topic"`
	// ScoredAds and ScoredClusters are the topics that are written.
	ScoredAds      string `yaml:"scored_ads_topic"`
	ScoredClusters string `yaml:"scored_clusters_topic"`
	// Window is how long a silent cluster is kept, by event time. It should be
	// the clusterer's window, or longer.
	Window time.Duration `yaml:"window"`
	// Workers is the number of goroutines that judge the adverts of a batch; 0
	// for one a processor. The results do not depend on it.
	Workers int `yaml:"workers"`
}

// DefaultConfig returns the configuration that Palermo ships.
func DefaultConfig() Config {
	return Config{
		Clustered:      "ads.clustered",
		ScoredAds:      "ads.scored",
		ScoredClusters: "clusters.scored",
		Window:         100 * 24 * time.Hour,
	}
}

// Validate checks all values and returns all problems, joined.
func (c Config) Validate() error {
	var errs []error
	topics := map[string]string{}
	for _, t := range []struct{ key, topic string }{
		{"clustered_topic", c.Clustered}, {"scored_ads_topic", c.ScoredAds}, {"scored_clusters_topic", c.ScoredClusters},
	} {
		if t.topic == "" {
			errs = append(errs, fmt.Errorf("%s: is empty, name the topic", t.key))
			continue
		}
		if other, ok := topics[t.topic]; ok {
			errs = append(errs, fmt.Errorf("%s: is %q like %s, name another topic", t.key, t.topic, other))
		}
		topics[t.topic] = t.key
	}
	if c.Window < time.Hour {
		errs = append(errs, fmt.Errorf("window: is %v, want at least 1h", c.Window))
	}
	if c.Workers < 0 || c.Workers > 1024 {
		errs = append(errs, fmt.Errorf("workers: is %d, want 0 (one a processor) to 1024", c.Workers))
	}
	return errors.Join(errs...)
}
