// Command gateway runs the gateway as a process of its own; -help lists its settings.
package main

import (
	"os"

	"palermo.internal/pkg/ops"
	"palermo.internal/services/gateway"
)

func main() {
	cfg := gateway.DefaultSettings()
	os.Exit(ops.Main("gateway", &cfg, gateway.NewService))
}
