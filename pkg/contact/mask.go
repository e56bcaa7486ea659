package contact

// MaskChar stands for each byte of a masked contact.
const MaskChar = '*'

// Mask overwrites b[start:end] with MaskChar. The length stays, so offsets
// still hold. The range is clipped to b.
func Mask(b []byte, start, end int) {
	start, end = max(start, 0), min(end, len(b))
	for i := start; i < end; i++ {
		b[i] = MaskChar
	}
}
