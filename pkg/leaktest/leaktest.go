// Package leaktest is the one place that checks for goroutines which outlive a
// package's tests. It is imported by tests only.
package leaktest

import (
	"testing"

	"go.uber.org/goleak"
)

// Main runs the package's tests and fails the run if a goroutine is left over.
// Call it from TestMain. ignoreTop names functions that may stay on top of a
// stack, for libraries that keep a goroutine for the life of the process.
func Main(m *testing.M, ignoreTop ...string) {
	opts := make([]goleak.Option, 0, len(ignoreTop))
	for _, f := range ignoreTop {
		opts = append(opts, goleak.IgnoreTopFunction(f))
	}
	goleak.VerifyTestMain(m, opts...)
}
