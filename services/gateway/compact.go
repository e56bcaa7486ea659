package gateway

// appendCompact appends src, which must be valid JSON, without the white space
// between its tokens. Nothing else is changed, so that what the platform sent
// is what can be replayed.
func appendCompact(dst, src []byte) []byte {
	inString := false
	from := 0 // what is not yet copied begins here
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case inString:
			switch c {
			case '\\':
				i++
			case '"':
				inString = false
			}
		case c == '"':
			inString = true
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			dst = append(dst, src[from:i]...)
			from = i + 1
		}
	}
	return append(dst, src[from:]...)
}
