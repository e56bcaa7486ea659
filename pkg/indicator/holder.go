package indicator

import "sync/atomic"

// Holder lets packs be replaced while adverts are assessed. A reader takes the
// engine once for each batch, so that one batch is judged by one set of packs.
// It is safe for concurrent use.
type Holder struct {
	engine atomic.Pointer[Engine]
}

// NewHolder holds e, which must not be nil.
func NewHolder(e *Engine) *Holder {
	h := &Holder{}
	h.engine.Store(e)
	return h
}

// Engine returns the engine in use.
func (h *Holder) Engine() *Engine { return h.engine.Load() }

// Reload loads the files and puts the new engine in place. If any pack is bad
// the old engine stays in place, and the error says what to fix.
func (h *Holder) Reload(files []File) error {
	e, err := Load(files)
	if err != nil {
		return err
	}
	h.engine.Store(e)
	return nil
}
