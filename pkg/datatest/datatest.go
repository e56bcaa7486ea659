// Package datatest finds the real adverts that some tests measure against.
// They are not part of the project, so a test skips where they are absent. It
// is imported by tests only.
package datatest

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the environment variable that points to the folder with the data.
const Env = "PALERMO_DATA"

// Dir returns the folder with the real adverts: $PALERMO_DATA, or
// shared/data beside the project. It skips the test where there is none.
func Dir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv(Env); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatalf("find the working folder: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			tb.Skipf("no go.work above %s: set %s to the folder with the real adverts", dir, Env)
		}
		dir = parent
	}
	data := filepath.Join(dir, "..", "shared", "data")
	if _, err := os.Stat(data); err != nil {
		tb.Skipf("no real adverts at %s: set %s to their folder", data, Env)
	}
	return data
}

// File returns the path of one file below Dir, given with slashes. It skips
// the test where the file is absent.
func File(tb testing.TB, name string) string {
	tb.Helper()
	path := filepath.Join(Dir(tb), filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		tb.Skipf("%s is absent: set %s to the folder that holds it", name, Env)
	}
	return path
}
