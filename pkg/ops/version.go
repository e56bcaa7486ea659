package ops

import (
	"runtime"
	"runtime/debug"
)

// version is set at link time: -X palermo.internal/pkg/ops.version=v1.2.3.
var version = ""

// Version says what this binary was built from.
type Version struct {
	// Version is the release, or "devel".
	Version string `json:"version"`
	// Revision is the commit, with "+dirty" if files had changed; empty if the
	// binary was built outside version control.
	Revision string `json:"revision,omitempty"`
	// Go is the compiler's version.
	Go string `json:"go"`
}

// BuildVersion returns the version of the running binary.
func BuildVersion() Version {
	v := Version{Version: version, Go: runtime.Version()}
	if v.Version == "" {
		v.Version = "devel"
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	var dirty bool
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			dirty = s.Value == "true"
		}
	}
	if dirty && v.Revision != "" {
		v.Revision += "+dirty"
	}
	return v
}
