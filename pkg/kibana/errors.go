package kibana

import (
	"errors"
	"strings"
	"unicode"
)

// What can be wrong with an import, besides settings, the context and a Kibana
// out of reach. The errors of Import wrap them.
var (
	// ErrForeign: an object with one of the ids is there and Palermo did not
	// make it. Nothing was imported.
	ErrForeign = errors.New("not made by Palermo")
	// ErrAccess: Kibana does not know the key or password, or they lack a right.
	ErrAccess = errors.New("access refused")
	// ErrPartial: Kibana took some objects, or none, and named those it refused;
	// Result has them.
	ErrPartial = errors.New("not every object was imported")
)

// maxShown bounds what is repeated of another program's words.
const maxShown = 200

// plain makes words of Kibana fit to be shown: one line, printable, short. They
// are about saved objects of this package and hold nothing of an advert. secrets
// are taken out, in case something between here and there repeats the request.
func plain(s string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			s = strings.ReplaceAll(s, secret, "[redacted]")
		}
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	n := 0
	for i := range s {
		if n == maxShown {
			return s[:i] + "…"
		}
		n++
	}
	return s
}
