// Command scorer runs the scorer as a process of its own; -help lists its settings.
package main

import (
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/scorer"
)

func main() {
	cfg := scorer.DefaultSettings()
	os.Exit(ops.Main("scorer", &cfg, scorer.NewService))
}
