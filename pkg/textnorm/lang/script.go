package lang

// script is a range of letters of one script, whose main language stands for
// it.
type script struct {
	first, last rune
	language    string
	// dense says that one letter stands for a syllable or a word.
	dense bool
}

var scripts = [...]script{
	{0x0370, 0x03FF, "el", false},
	{0x0400, 0x052F, "ru", false},
	{0x0530, 0x058F, "hy", false},
	{0x0590, 0x05FF, "he", false},
	{0x0600, 0x06FF, "ar", false},
	{0x0900, 0x097F, "hi", false},
	{0x0980, 0x09FF, "bn", false},
	{0x0B80, 0x0BFF, "ta", false},
	{0x0D80, 0x0DFF, "si", false},
	{0x0E00, 0x0E7F, "th", false},
	{0x0E80, 0x0EFF, "lo", false},
	{0x1000, 0x109F, "my", false},
	{0x10A0, 0x10FF, "ka", false},
	{0x1780, 0x17FF, "km", false},
	{0x3040, 0x30FF, "ja", true},
	{0x4E00, 0x9FFF, "zh", true},
	{0xAC00, 0xD7A3, "ko", true},
}

const (
	numScripts = len(scripts)
	minLetters = 6
	kana       = 14
	han        = 15
)

func scriptOf(r rune) int {
	for i := range scripts {
		if r <= scripts[i].last {
			if r >= scripts[i].first {
				return i
			}
			return -1
		}
	}
	return -1
}

// script picks the language of a text that is not Latin. Kana among ideographs
// make them Japanese.
func (c *counter) script() (code string, confidence float64) {
	best, total := 0, 0
	for s, n := range c.scripts {
		total += n
		if n > c.scripts[best] {
			best = s
		}
	}
	n := c.scripts[best]
	if best == han && c.scripts[kana]*10 > n {
		best = kana
		n += c.scripts[kana]
	} else if best == kana {
		n += c.scripts[han]
	}
	if total < minLetters && !scripts[best].dense || total < 2 {
		return Undetermined, 0
	}
	return scripts[best].language, float64(n) / float64(total)
}
