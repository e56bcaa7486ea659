package main

import (
	"os"
	"testing"

	"palermo.internal/pkg/leaktest"
)

// asCommand makes the test binary behave as the palermo command, so that tests
// can start and kill a real process.
const asCommand = "PALERMO_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	// Bleve keeps its analysis workers for the life of the process.
	leaktest.Main(m, "github.com/blevesearch/bleve_index_api.AnalysisWorker")
}
