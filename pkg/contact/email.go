package contact

import (
	"bytes"
	"strings"
)

const maxLocal = 64

// emails finds addresses, plain and written out: "name (at) gmail dot com",
// "name @ gmail . com". The canonical form is lower case and nothing else:
// dots and "+tags" stay, since only some providers ignore them and a wrong
// merge of two people is worse than a missed one.
func (f *Finder) emails() {
	b := f.b
	for i := 0; i < len(b); {
		n := bytes.IndexByte(b[i:], '@')
		if n < 0 {
			break
		}
		i += n
		end := f.emailAt(i)
		i = max(end, i+1)
	}
	for i := 0; i < len(b); {
		n := bytes.Index(b[i:], []byte("at"))
		if n < 0 {
			break
		}
		i += n
		from, to, bracketed := writtenAt(b, i)
		i += 2
		if to > 0 {
			i = max(i, f.writtenEmail(from, to, bracketed))
		}
	}
}

// emailAt reads the address around the '@' at b[at]. It returns the end, 0 if
// there is none.
func (f *Finder) emailAt(at int) int {
	b := f.b
	localEnd, spaced := at, false
	if localEnd > 0 && b[localEnd-1] == ' ' {
		localEnd--
		spaced = true
	}
	start := runBack(b, localEnd, digit|letter|userMark, maxLocal)
	for start < localEnd && class[b[start]]&(digit|letter) == 0 {
		start++
	}
	if start == localEnd || b[localEnd-1] == '.' {
		return 0
	}
	hostStart := at + 1
	if hostStart < len(b) && b[hostStart] == ' ' {
		hostStart++
		spaced = true
	}
	host, end, odd := readHost(b, hostStart, true)
	if host == "" || spaced && !isFreemail(host) {
		return 0
	}
	local := string(b[start:localEnd])
	f.addEmail(start, end, local, host, spaced || odd)
	return end
}

func (f *Finder) addEmail(start, end int, local, host string, odd bool) {
	f.add(Found{
		Type: TypeEmail, Start: start, End: end, Domain: DomainEmail, Value: local + "@" + host,
		Obfuscated: odd || f.disguised(start, end), Freemail: isFreemail(host), Channel: "",
	})
}

// readHost reads a host name at i in which a dot may be written out. odd says
// that one was. loose also reads punctuation with blanks, and a comma, as a dot.
func readHost(b []byte, i int, loose bool) (host string, end int, odd bool) {
	first := run(b, i, digit|letter|hostMark)
	plain := strings.TrimRight(string(b[i:min(first, i+256)]), ".-")
	end = i + len(plain)
	if strings.IndexByte(plain, '.') > 0 {
		if validHost(plain, realEnding) {
			return plain, end, false
		}
		// Glued sentences: "me@gmail.com.thanks".
		if j := strings.LastIndexByte(plain, '.'); validHost(plain[:j], realEnding) {
			return plain[:j], i + j, false
		}
		if loose && validHost(plain, anyEnding) {
			return plain, end, false
		}
	}
	var h strings.Builder
	at := i
	for range 4 {
		stop := run(b, at, digit|letter|hostMark)
		if stop == at || stop-at > 63 {
			break
		}
		label := strings.TrimRight(string(b[at:stop]), ".-")
		h.WriteString(label)
		at += len(label)
		end = at
		after := writtenDot(b, at, loose)
		if after == 0 {
			break
		}
		if next := run(b, after, digit|letter|hostMark); next == after {
			break
		}
		h.WriteByte('.')
		at = after
		odd = true
	}
	if s := h.String(); odd && validHost(s, realEnding) {
		return s, end, true
	} else if j := strings.LastIndexByte(s, '.'); odd && j > 0 && validHost(s[:j], realEnding) {
		// "gmail dot com . hubungi"
		if k := bytes.LastIndexByte(b[i:end], '.'); k > 0 {
			e := i + k
			for e > i && b[e-1] == ' ' {
				e--
			}
			return s[:j], e, true
		}
	}
	return "", 0, false
}

// writtenDot returns where a dot in one of its written forms at i ends, 0 if
// there is none: " . ", "(dot)", "[dot]", " dot ", " titik ", ",".
func writtenDot(b []byte, i int, loose bool) int {
	j := skipBlank(b, i)
	if j-i > 2 || j >= len(b) {
		return 0
	}
	switch c := b[j]; {
	case loose && (c == '.' || c == ',' && j == i):
		k := skipBlank(b, j+1)
		if k == j+1 && j == i && c == '.' || k-j > 3 {
			return 0
		}
		return k
	case c == '(' || c == '[' || c == '{' || c == '-' || c == '_' || c == '*':
		k := skipBlank(b, j+1)
		for _, w := range dotWords {
			if hasPrefix(b, k, w) {
				k = skipBlank(b, k+len(w))
				if k < len(b) && (b[k] == ')' || b[k] == ']' || b[k] == '}' || b[k] == c) {
					return skipBlank(b, k+1)
				}
				return 0
			}
		}
	case j > i:
		for _, w := range dotWords {
			if k := j + len(w); hasPrefix(b, j, w) && k < len(b) && b[k] == ' ' {
				return skipBlank(b, k)
			}
		}
	}
	return 0
}

var dotWords = [...]string{"dot", "titik", "d0t", "punto", "."}

// writtenAt reads the word "at" at i as an at sign: in brackets, or between
// blanks. It returns the range with brackets and blanks; to is 0 if it is not.
func writtenAt(b []byte, i int) (from, to int, bracketed bool) {
	j := i + 2
	l, r := i, j
	for l > 0 && b[l-1] == ' ' && i-l < 2 {
		l--
	}
	for r < len(b) && b[r] == ' ' && r-j < 2 {
		r++
	}
	if l > 0 && r < len(b) {
		switch pair := [2]byte{b[l-1], b[r]}; pair {
		case [2]byte{'(', ')'}, [2]byte{'[', ']'}, [2]byte{'{', '}'}, [2]byte{'-', '-'}, [2]byte{'_', '_'}, [2]byte{'*', '*'}:
			l, r = l-1, r+1
			for l > 0 && b[l-1] == ' ' {
				l--
			}
			return l, skipBlank(b, r), true
		}
	}
	if l < i && r > j {
		return l, r, false
	}
	return 0, 0, false
}

// writtenEmail reads an address with a written at sign at [from, to).
func (f *Finder) writtenEmail(from, to int, bracketed bool) int {
	b := f.b
	start := runBack(b, from, digit|letter|userMark, maxLocal)
	if start == from {
		return 0
	}
	host, end, odd := readHost(b, to, bracketed)
	if host == "" {
		return 0
	}
	// "kerja at gmail.com": only a provider of mail makes the bare word an at.
	if !bracketed && !isFreemail(host) && !odd {
		return 0
	}
	local := string(b[start:from])
	// "budi dot santoso (at) ..."
	for range 3 {
		dot, labelEnd := dotBefore(b, start)
		if dot == 0 {
			break
		}
		s := runBack(b, labelEnd, digit|letter|userMark, maxLocal)
		if s == labelEnd {
			break
		}
		local = string(b[s:labelEnd]) + "." + local
		start = s
	}
	f.addEmail(start, end, local, host, true)
	return end
}

// dotBefore reports a written dot that ends at i: its start and the end of
// what stands before it.
func dotBefore(b []byte, i int) (start, labelEnd int) {
	for _, w := range [...]string{" dot ", "(dot)", "[dot]", " (dot) ", " [dot] ", " titik "} {
		if hasPrefix(b, i-len(w), w) {
			return i - len(w), i - len(w)
		}
	}
	return 0, 0
}
