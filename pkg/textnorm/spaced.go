package textnorm

// minSpaced is from how many letters on a word written with blanks between them
// is one: "a b" and "s m l" are lists.
const minSpaced = 4

// SpacedWords appends an edit for each word that is written letter by letter,
// "g a j i", which joins it. Where two such words follow each other they become
// one: nothing tells them apart.
func (t *Text) SpacedWords(dst []Edit) []Edit {
	b := t.Folded
	for i := 0; i < len(b); {
		if !isLetterASCII(b[i]) || WordBefore(b, i) || i+2 >= len(b) || b[i+1] != ' ' {
			i++
			continue
		}
		// j is the last single letter of the run.
		j := i
		for j+2 < len(b) && b[j+1] == ' ' && isLetterASCII(b[j+2]) && !WordAt(b, j+3) {
			j += 2
		}
		if letters := (j-i)/2 + 1; letters >= minSpaced {
			word := make([]byte, 0, letters)
			for k := i; k <= j; k += 2 {
				word = append(word, b[k])
			}
			dst = append(dst, Edit{Start: i, End: j + 1, With: string(word)})
		}
		i = j + 1
	}
	return dst
}

func isLetterASCII(c byte) bool { return c >= 'a' && c <= 'z' }
