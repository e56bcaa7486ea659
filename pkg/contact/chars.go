package contact

// Classes of ASCII bytes, as bits.
const (
	digit = 1 << iota
	letter
	hostMark // . -
	userMark // . _ % + -
	nameMark // . _
)

var class = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = digit
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c] = letter
	}
	t['.'] = hostMark | userMark | nameMark
	t['-'] = hostMark | userMark
	t['_'] = userMark | nameMark
	t['%'], t['+'] = userMark, userMark
	return t
}()

func isDigit(c byte) bool { return class[c]&digit != 0 }

func isAlnum(c byte) bool { return class[c]&(digit|letter) != 0 }

// run returns the end of the run of bytes with any of the classes from i.
func run(b []byte, i int, mask uint8) int {
	for i < len(b) && class[b[i]]&mask != 0 {
		i++
	}
	return i
}

// runBack returns the start of the run of bytes with any of the classes that
// ends before i, at most limit bytes long.
func runBack(b []byte, i int, mask uint8, limit int) int {
	stop := max(i-limit, 0)
	for i > stop && class[b[i-1]]&mask != 0 {
		i--
	}
	return i
}

func skipBlank(b []byte, i int) int {
	for i < len(b) && b[i] == ' ' {
		i++
	}
	return i
}

func hasPrefix(b []byte, i int, s string) bool {
	return i >= 0 && i+len(s) <= len(b) && string(b[i:i+len(s)]) == s
}
