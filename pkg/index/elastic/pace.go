package elastic

import "sync"

const (
	// minPaceBytes is the least that a bulk request may be cut down to.
	minPaceBytes = 64 << 10
	// paceSteps is in how many successes a limit grows from nothing to its full size.
	paceSteps = 16
)

// pace is how large a bulk request may be: halved when the server holds back,
// grown step by step while it does not (additive increase, multiplicative
// decrease). It is safe for concurrent use.
type pace struct {
	mu               sync.Mutex
	docs, bytes      int
	maxDocs          int
	reportDocs       func(docs int)
	minBytes, growBy int
}

func newPace(cfg Config, report func(docs int)) *pace {
	p := &pace{
		docs: cfg.BulkDocs, maxDocs: cfg.BulkDocs, bytes: cfg.BulkBytes, reportDocs: report,
		minBytes: min(minPaceBytes, cfg.BulkBytes), growBy: max(1, cfg.BulkDocs/paceSteps),
	}
	report(p.docs)
	return p
}

// now returns how many documents and bytes the next request may hold.
func (p *pace) now() (docs, bytes int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.docs, p.bytes
}

func (p *pace) slower() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.docs = max(1, p.docs/2)
	p.reportDocs(p.docs)
}

func (p *pace) faster() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.docs = min(p.maxDocs, p.docs+p.growBy)
	p.reportDocs(p.docs)
}

// smaller remembers that a request was too large for something on the way. The
// limit does not grow again: it is a setting of the server, not its load.
func (p *pace) smaller() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes = max(p.minBytes, p.bytes/2)
}
