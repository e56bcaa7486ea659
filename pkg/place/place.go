package place

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"palermo.internal/pkg/textnorm"
)

//go:embed places.tsv
var gazetteer string

// MaxFound bounds the places of one text; what is over is not looked for.
const MaxFound = 256

// Place is a place that is named in a text.
type Place struct {
	// Country is an ISO 3166-1 alpha-2 code.
	Country string
	// City is the name in lower case, empty if only the country was named.
	City string
	// Start and End are the range in the folded text, in bytes.
	Start, End int
}

// entry is a line of the gazetteer.
type entry struct {
	country, city string
	cue           bool
}

// index finds names by their words.
type index struct {
	names map[string]entry
	// first says how many words the longest name that starts with a word has.
	first map[string]uint8
	// filter knows the first words, so that most words of a text cost no look-up.
	filter textnorm.WordFilter
}

// load reads the gazetteer once. It is compiled in and covered by a test, so a
// line that is wrong is a broken build.
var load = sync.OnceValue(func() *index {
	x, err := parse(gazetteer)
	if err != nil {
		panic(err)
	}
	return x
})

func parse(tsv string) (*index, error) {
	x := &index{names: map[string]entry{}, first: map[string]uint8{}}
	for n, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) < 2 || len(f) > 4 || len(f[1]) != 2 || f[0] == "" || len(f) == 4 && f[3] != "cue" {
			return nil, fmt.Errorf("places.tsv line %d: want name, country, city, cue", n+1)
		}
		e := entry{country: f[1], cue: len(f) == 4}
		if len(f) > 2 {
			e.city = f[2]
		}
		if _, twice := x.names[f[0]]; twice {
			return nil, fmt.Errorf("places.tsv line %d: %s is there twice", n+1, f[0])
		}
		x.names[f[0]] = e
		end := textnorm.WordEnd([]byte(f[0]), 0)
		first := f[0][:end]
		words := uint8(0)
		for i := 0; i < len(f[0]); {
			i = textnorm.WordEnd([]byte(f[0]), i)
			words++
			for i < len(f[0]) && !textnorm.WordAt([]byte(f[0]), i) {
				i++
			}
		}
		x.first[first] = max(x.first[first], words)
		x.filter.Add(first)
	}
	return x, nil
}

// Find appends the places of a folded text to dst, in order and not
// overlapping, and returns the extended slice. The longest name wins. Its time
// is linear in b.
func Find(dst []Place, b []byte) []Place {
	x := load()
	base := len(dst)
	for i := 0; i < len(b) && len(dst)-base < MaxFound; {
		if !textnorm.WordAt(b, i) {
			i++
			continue
		}
		end := textnorm.WordEnd(b, i)
		if w := b[i:end]; x.filter.May(w) {
			if words := x.first[string(w)]; words > 0 {
				if e, stop, ok := x.longest(b, i, end, int(words)); ok {
					dst = append(dst, Place{Country: e.country, City: e.city, Start: i, End: stop})
					end = stop
				}
			}
		}
		i = end
	}
	return dst
}

// maxName bounds a name with what stands between its words.
const maxName = 48

// longest returns the longest name of at most words words at i, whose first
// word ends at end.
func (x *index) longest(b []byte, i, end, words int) (best entry, stop int, ok bool) {
	for n := 1; ; n++ {
		if e, is := x.names[string(b[i:end])]; is && (!e.cue || hasCue(b, i)) {
			best, stop, ok = e, end, true
		}
		if n == words {
			return best, stop, ok
		}
		next := end
		for next < len(b) && !textnorm.WordAt(b, next) && b[next] != '\n' && next-end < 2 {
			next++
		}
		if next == end || next >= len(b) || !textnorm.WordAt(b, next) || next-i > maxName {
			return best, stop, ok
		}
		end = textnorm.WordEnd(b, next)
		if end-i > maxName {
			return best, stop, ok
		}
	}
}

// cues are the words after which an ambiguous name is a place.
var cues = map[string]bool{
	"di": true, "ke": true, "dari": true, "kota": true, "kab": true, "kabupaten": true, "wilayah": true, "area": true, "daerah": true, "lokasi": true,
	"penempatan": true, "domisili": true, "negara": true, "cabang": true, "asal": true, "tujuan": true, "in": true, "from": true, "to": true, "near": true, "at": true, "city": true, "based": true,
}

// hasCue reports whether the word before i is a cue.
func hasCue(b []byte, i int) bool {
	j := i
	for j > 0 && (b[j-1] == ' ' || b[j-1] == ':' || b[j-1] == '.') && i-j < 3 {
		j--
	}
	k := j
	for k > 0 && b[k-1] >= 'a' && b[k-1] <= 'z' && j-k < 12 {
		k--
	}
	return cues[string(b[k:j])]
}

// Known returns the place of a name as a platform declares it, folded to lower
// case. ok is false if the gazetteer does not have it.
func Known(name string) (country, city string, ok bool) {
	e, ok := load().names[name]
	return e.country, e.city, ok
}
