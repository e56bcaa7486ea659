package cluster

import (
	"math/bits"

	"palermo.internal/pkg/minhash"
)

// arenas keep the representatives' sketches, one arena a length, in large pages
// without pointers. A sketch is named by its class (the arena) and its place.
type arenas [6]arena

const noSketch = 255

// classOf returns the class of a sketch of so many words, a power of two from
// 16 to minhash.MaxSketchWords.
func classOf(words int) uint8 { return uint8(bits.TrailingZeros(uint(words)) - 4) }

func wordsOf(class uint8) int { return 16 << class }

// The array above has a class for every length.
var _ [16 << (len(arenas{}) - 1)]struct{} = [minhash.MaxSketchWords]struct{}{}

const arenaPageWords = 1 << 16

type arena struct {
	pages [][]uint64
	n     uint32 // places given out so far
	free  []uint32
}

func (a *arenas) get(class uint8, place uint32) []uint64 {
	words := wordsOf(class)
	each := uint32(arenaPageWords / words)
	at := int(place%each) * words
	return a[class].pages[place/each][at : at+words : at+words]
}

func (a *arenas) put(sketch []uint64) (class uint8, place uint32) {
	class = classOf(len(sketch))
	r := &a[class]
	if n := len(r.free); n > 0 {
		place = r.free[n-1]
		r.free = r.free[:n-1]
	} else {
		place = r.n
		r.n++
		if int(place)/(arenaPageWords/len(sketch)) == len(r.pages) {
			r.pages = append(r.pages, make([]uint64, arenaPageWords))
		}
	}
	copy(a.get(class, place), sketch)
	return class, place
}

func (a *arenas) release(class uint8, place uint32) {
	clear(a.get(class, place))
	a[class].free = append(a[class].free, place)
}

func (a *arenas) bytes() int64 {
	var n int64
	for i := range a {
		n += int64(len(a[i].pages))*arenaPageWords*8 + int64(cap(a[i].free))*4
	}
	return n
}
