package textnorm

import (
	"unicode"
	"unicode/utf8"
)

// unmask folds look-alike letters. A word that holds Latin letters is folded if
// everything else in it can be Latin. A word of look-alikes alone is folded
// only if the field is Latin but for such letters: a paragraph in Russian or
// Greek has others too. Letters that imitate Latin only
// weakly are folded only next to Latin ones.
func (f *Folder) unmask(t *Text) {
	latin, other, look, weak := 0, 0, 0, 0
	for i := range f.units {
		switch u := &f.units[i]; {
		case u.r < utf8.RuneSelf:
			if u.r >= 'a' && u.r <= 'z' {
				latin++
			}
		case u.look != 0 && !u.weak:
			look++
		case u.weak:
			weak++
		case u.look == 0 && unicode.IsLetter(u.r) && !unicode.Is(unicode.Latin, u.r):
			other++
		}
	}
	if look+weak == 0 {
		return
	}
	latinText := latin > 0 && latin >= 20*other
	for i := 0; i < len(f.units); {
		if !f.units[i].isLetter() {
			i++
			continue
		}
		j := i
		var w word
		for ; j < len(f.units) && f.units[j].isLetter(); j++ {
			w.add(&f.units[j])
		}
		if w.folds(latinText) {
			for k := i; k < j; k++ {
				if u := &f.units[k]; u.look != 0 {
					u.r, u.look = rune(u.look), 0
					t.Counts.Confusables++
				}
			}
		}
		i = j
	}
}

// word counts the letters of a word.
type word struct{ latin, strong, weak, other int }

func (w *word) add(u *unit) {
	switch {
	case u.look != 0 && u.weak:
		w.weak++
	case u.look != 0 && unicode.Is(unicode.Latin, u.r):
		// A small capital or a phonetic letter is Latin and stands for Latin.
		w.strong++
		w.latin++
	case u.look != 0:
		w.strong++
	case u.r >= 'a' && u.r <= 'z' || unicode.Is(unicode.Latin, u.r):
		w.latin++
	case unicode.IsLetter(u.r):
		w.other++
	}
}

func (w *word) folds(latinText bool) bool {
	switch {
	case w.strong+w.weak == 0 || w.other > 0:
		return false
	case w.latin > 0:
		return true
	default:
		return latinText && w.weak == 0
	}
}

func (u *unit) isLetter() bool {
	if u.r < utf8.RuneSelf {
		return u.r >= 'a' && u.r <= 'z' || u.r >= '0' && u.r <= '9'
	}
	return u.look != 0 || unicode.IsLetter(u.r) || unicode.IsMark(u.r)
}
