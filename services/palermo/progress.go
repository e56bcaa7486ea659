package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work has come, when a person watches. The zero
// value shows nothing. It is safe for concurrent use.
type progress struct{ bar *progressbar.ProgressBar }

// newProgress starts a bar on standard error if it is a terminal. total is in
// bytes or ads, as the work counts; below zero if it is not known.
func newProgress(env *environment, what string, total int64, isBytes bool) *progress {
	if !env.interactive() {
		return &progress{}
	}
	return &progress{bar: progressbar.NewOptions64(total,
		progressbar.OptionSetWriter(env.stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(isBytes),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
	)}
}

// add moves the bar; a bar that cannot be drawn is no reason to stop.
func (p *progress) add(n int) {
	if p.bar != nil {
		_ = p.bar.Add(n)
	}
}

// done removes the bar.
func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
