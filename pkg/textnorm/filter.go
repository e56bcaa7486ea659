package textnorm

// WordFilter tells of most words that they are not in a set, without hashing
// them. The zero value is the empty set. Reading is safe for concurrent use
// once every word is in.
type WordFilter struct {
	// A bit for every (first byte, middle byte, last byte, length), folded.
	bits [1 << 12]uint64
}

// Add puts a word into the set. The empty word is in no set.
func (f *WordFilter) Add(w string) {
	if w != "" {
		row, bit := place(w)
		f.bits[row] |= bit
	}
}

// May reports whether w may be in the set: if it is false, w is not. w must not
// be empty.
func (f *WordFilter) May(w []byte) bool {
	row, bit := place(w)
	return f.bits[row]&bit != 0
}

// MayString is May for a string.
func (f *WordFilter) MayString(w string) bool {
	row, bit := place(w)
	return f.bits[row]&bit != 0
}

func place[T ~string | ~[]byte](w T) (row int, bit uint64) {
	n := len(w)
	return int(w[0]^w[n/2]<<1)<<4 | int(w[n-1])&0xf, 1 << (n & 63)
}
