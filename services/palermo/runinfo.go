package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// runInfo says where a running `palermo run` answers. It lies in the data
// folder, so that the other commands find it by -data alone.
type runInfo struct {
	PID     int      `json:"pid"`
	Brokers []string `json:"brokers"`
	Query   string   `json:"query"`
	Gateway string   `json:"gateway"`
	Admin   string   `json:"admin"`
}

func runInfoPath(dir string) string { return filepath.Join(dir, "run.json") }

func (r runInfo) write(dir string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	tmp := runInfoPath(dir) + ".tmp"
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	if err := os.Rename(tmp, runInfoPath(dir)); err != nil {
		return fmt.Errorf("write run.json: %w", err)
	}
	return nil
}

// findRun returns the addresses of the `palermo run` that works on a folder.
func findRun(dir string) (runInfo, error) {
	b, err := os.ReadFile(runInfoPath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return runInfo{}, usagef("no `palermo run` works on %s: start one with -data %s, or name -brokers", printable(dir), printable(dir))
	}
	if err != nil {
		return runInfo{}, fmt.Errorf("find the running pipeline: %w", err)
	}
	var r runInfo
	if err := json.Unmarshal(b, &r); err != nil {
		return runInfo{}, fmt.Errorf("read %s: %w", runInfoPath(dir), err)
	}
	if !alive(r.PID) {
		return runInfo{}, usagef("the `palermo run` that worked on %s has ended: start it again", printable(dir))
	}
	return r, nil
}

func alive(pid int) bool {
	if pid <= 0 {
		return false
	}
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
