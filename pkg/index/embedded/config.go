package embedded

import "errors"

// DefaultVersionCache is how many documents' versions are remembered.
const DefaultVersionCache = 1 << 17

// Config says where the documents are.
type Config struct {
	// Dir is the folder; it is made if it is not there.
	Dir string `yaml:"dir"`
	// VersionCache bounds the number of documents, per kind, whose version is
	// kept in memory (about 100 bytes each). A miss costs a look-up on disk.
	VersionCache int `yaml:"version_cache"`
}

// DefaultConfig returns the suggested settings; Dir is left to be set.
func DefaultConfig() Config { return Config{VersionCache: DefaultVersionCache} }

// Validate returns every problem of c.
func (c Config) Validate() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("dir: is empty; name the folder for the index"))
	}
	if c.VersionCache < 1 {
		errs = append(errs, errors.New("version_cache: is below 1; leave it out for the default"))
	}
	return errors.Join(errs...)
}
