package main

import (
	"runtime"
	"syscall"

	"palermo.internal/pkg/ops"
)

// peakMemory returns the largest resident size of this process so far, in
// bytes, as the operating system counts it; 0 if it does not tell.
func peakMemory() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return u.Maxrss
	}
	return u.Maxrss << 10
}

func buildName() string {
	v := ops.BuildVersion()
	if v.Revision == "" {
		return v.Version
	}
	return v.Version + " " + v.Revision
}
