// Command generate builds the saved objects for Kibana from their sources and
// writes them to every file that is named.
package main

import (
	"flag"
	"fmt"
	"os"

	"palermo.internal/pkg/kibana"
)

func main() {
	src := flag.String("src", "", "`folder` with the sources")
	flag.Parse()
	if err := run(*src, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(src string, files []string) error {
	b, err := kibana.Build(os.DirFS(src))
	if err != nil {
		return fmt.Errorf("build from %s:\n%w", src, err)
	}
	for _, name := range files {
		if err := os.WriteFile(name, b, 0o644); err != nil { //nolint:gosec // a file of the repository, for everyone to read
			return fmt.Errorf("write: %w", err)
		}
	}
	return nil
}
