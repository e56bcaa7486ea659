package kibana

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

//go:embed palermo.ndjson
var built string

// DefaultPrefix is the prefix of indices that SavedObjects refers to.
const DefaultPrefix = "palermo"

// titlePrefix begins the title of every object.
const titlePrefix = "[Palermo"

// SavedObjects returns the saved objects as NDJSON, for indices that begin with
// DefaultPrefix. The bytes are the caller's.
func SavedObjects() []byte { return []byte(built) }

var prefixForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,99}$`)

// WithPrefix returns saved objects of Build for indices that begin with another
// prefix. Ids, references, links and titles change with it, so that the objects
// of two prefixes stand side by side in one Kibana.
func WithPrefix(ndjson []byte, prefix string) ([]byte, error) {
	if !prefixForm.MatchString(prefix) {
		return nil, errors.New("prefix: must be 1 to 100 of a-z, 0-9 and '-', and begin with a letter")
	}
	if prefix == DefaultPrefix {
		return slices.Clone(ndjson), nil
	}
	objects, err := decode(ndjson)
	if err != nil {
		return nil, fmt.Errorf("saved objects: %w", err)
	}
	ids := make([]string, 0, len(objects))
	for i := range objects {
		rest, ok := strings.CutPrefix(objects[i].ID, DefaultPrefix+"-")
		if !ok {
			return nil, fmt.Errorf("saved objects: %s: the id does not begin with %s-", objects[i].key(), DefaultPrefix)
		}
		ids = append(ids, rest)
	}
	// The longest first, since one id may begin with another one.
	slices.SortFunc(ids, func(a, b string) int { return len(b) - len(a) })
	pairs := []string{titlePrefix + "]", titlePrefix + " " + prefix + "]"}
	for _, id := range slices.Compact(ids) {
		pairs = append(pairs, DefaultPrefix+"-"+id, prefix+"-"+id)
	}
	return []byte(strings.NewReplacer(pairs...).Replace(string(ndjson))), nil
}
