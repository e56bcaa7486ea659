package e2e

import (
	"testing"

	"palermo.internal/pkg/leaktest"
)

func TestMain(m *testing.M) { leaktest.Main(m) }
