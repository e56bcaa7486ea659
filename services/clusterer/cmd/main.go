// Command clusterer runs the clusterer as a process of its own; -help lists its settings.
package main

import (
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/clusterer"
)

func main() {
	cfg := clusterer.DefaultSettings()
	os.Exit(ops.Main("clusterer", &cfg, clusterer.NewService))
}
