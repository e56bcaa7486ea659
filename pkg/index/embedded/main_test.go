package embedded

import (
	"testing"

	"palermo.internal/pkg/leaktest"
)

// Bleve keeps its analysis workers for the life of the process.
func TestMain(m *testing.M) {
	leaktest.Main(m, "github.com/blevesearch/bleve_index_api.AnalysisWorker")
}
