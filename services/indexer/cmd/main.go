// Command indexer runs the indexer as a process of its own; -help lists its settings.
package main

import (
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/indexer"
)

func main() {
	cfg := indexer.DefaultSettings()
	os.Exit(ops.Main("indexer", &cfg, indexer.NewService))
}
