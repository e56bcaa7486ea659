package textnorm

// leetLetters are the letters that digits and signs stand for inside a word.
var leetLetters = [128]byte{'4': 'a', '3': 'e', '1': 'i', '0': 'o', '5': 's', '7': 't', '9': 'g', '@': 'a', '$': 's'}

const minLeet = 4

// Unleet replaces, in place, digits that stand for letters: "g4ji" becomes
// "gaji". A word is touched only if it has at least four characters, at least
// as many letters as digits, and a lone such digit between two letters, which
// leaves "s1", "d3", "15jt", "5hari" and "covid19" alone. It returns how many
// characters it replaced, and adds them to Counts.Leet. It is for matching, and
// comes after contacts were replaced: a name may hold digits of its own.
func (t *Text) Unleet() uint32 {
	b := t.Folded
	n := uint32(0)
	for i := 0; i < len(b); {
		if leetClass[b[i]] == 0 {
			i++
			continue
		}
		j, letters, digits, between := i, 0, 0, false
		for ; j < len(b) && leetClass[b[j]] != 0; j++ {
			if leetClass[b[j]] == leetLetter {
				letters++
				continue
			}
			digits++
			between = between || j > i && j+1 < len(b) && b[j] < 128 && leetLetters[b[j]] != 0 &&
				leetClass[b[j-1]] == leetLetter && leetClass[b[j+1]] == leetLetter
		}
		if between && j-i >= minLeet && letters >= digits && (j == len(b) || b[j] < 0x80) && (i == 0 || b[i-1] < 0x80) {
			for k := i; k < j; k++ {
				if c := b[k]; leetClass[c] == leetDigit && leetLetters[c] != 0 {
					b[k] = leetLetters[c]
					n++
				}
			}
		}
		i = j
	}
	t.Counts.Leet += n
	return n
}

const (
	leetLetter = 1
	leetDigit  = 2
)

var leetClass = func() (c [256]uint8) {
	for i := '0'; i <= '9'; i++ {
		c[i] = leetDigit
	}
	for i := 'a'; i <= 'z'; i++ {
		c[i] = leetLetter
	}
	c['@'], c['$'] = leetDigit, leetDigit
	return c
}()
