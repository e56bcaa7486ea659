// Command normalizer runs the normalizer as a process of its own; -help lists its settings.
package main

import (
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/normalizer"
)

func main() {
	cfg := normalizer.DefaultSettings()
	os.Exit(ops.Main("normalizer", &cfg, normalizer.NewService))
}
