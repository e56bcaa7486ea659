package indicator

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"sync"
)

//go:embed packs/*.yaml
var embedded embed.FS

// File is one rule pack as YAML.
type File struct {
	Name string
	Data []byte
}

// DefaultFiles returns the packs that Palermo ships, in the order of their names.
func DefaultFiles() ([]File, error) { return ReadFiles(embedded, "packs/*.yaml") }

// ReadFiles reads the packs whose path in fsys matches the glob pattern.
func ReadFiles(fsys fs.FS, pattern string) ([]File, error) {
	names, err := fs.Glob(fsys, pattern)
	if err != nil {
		return nil, fmt.Errorf("list rule packs %q: %w", pattern, err)
	}
	files := make([]File, 0, len(names))
	for _, name := range names {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read rule pack: %w", err)
		}
		files = append(files, File{Name: path.Base(name), Data: data})
	}
	return files, nil
}

var defaultEngine = sync.OnceValues(func() (*Engine, error) {
	files, err := DefaultFiles()
	if err != nil {
		return nil, err
	}
	return Load(files)
})

// Default returns the engine of the shipped packs. It is loaded once.
func Default() (*Engine, error) { return defaultEngine() }
