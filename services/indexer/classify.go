package indexer

import "fmt"

// classify says what the runner should do about a store's error.
func classify(err error) error { return fmt.Errorf("index batch: %w", err) }
