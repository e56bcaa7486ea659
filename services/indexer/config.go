package indexer

import "errors"

// Config says which topics hold what.
type Config struct {
	// AdsTopic holds scored adverts, ClustersTopic scored clusters.
	AdsTopic      string `yaml:"ads_topic"`
	ClustersTopic string `yaml:"clusters_topic"`
}

// DefaultConfig returns the names that the other stages use by default.
func DefaultConfig() Config {
	return Config{AdsTopic: "ads.scored", ClustersTopic: "clusters.scored"}
}

// Validate returns every problem of c.
func (c Config) Validate() error {
	var errs []error
	if c.AdsTopic == "" {
		errs = append(errs, errors.New("ads_topic: is empty; name the topic of scored adverts"))
	}
	if c.ClustersTopic == "" {
		errs = append(errs, errors.New("clusters_topic: is empty; name the topic of scored clusters"))
	}
	if c.AdsTopic != "" && c.AdsTopic == c.ClustersTopic {
		errs = append(errs, errors.New("clusters_topic: is the same as ads_topic; each needs a topic of its own"))
	}
	return errors.Join(errs...)
}
