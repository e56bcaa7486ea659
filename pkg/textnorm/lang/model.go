package lang

import (
	_ "embed"
	"fmt"
	"sync"
)

//go:embed model.bin
var modelFile []byte

// languages are those of the model, in its order.
var languages = [...]string{"id", "ms", "en", "tl", "vi", "es", "fr", "de", "it", "pt", "nl", "tr"}

const (
	numLanguages = len(languages)
	indonesian   = 0
	malay        = 1
	numTrigrams  = 26 * 26 * 26
	costWords    = (numLanguages + 7) / 8
	// unseen is the cost of a trigram that the training text did not hold, in
	// eighths of a bit.
	unseen = 104

	extraLetters = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿăđĩğışũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹœßžčšő"
)

// costs are the costs of one trigram or letter in each language, in eighths of
// a bit: language l in byte l%8 of word l/8, so that a few additions add them all.
type costs [costWords]uint64

type model struct {
	trigrams [numTrigrams]costs
	letters  map[rune]costs
}

var load = sync.OnceValue(func() *model {
	m, err := parse(modelFile)
	if err != nil {
		panic(err) // model.bin is compiled in: a wrong one is a broken build
	}
	return m
})

func parse(b []byte) (*model, error) {
	extra := []rune(extraLetters)
	if want := (numTrigrams + len(extra)) * numLanguages; len(b) != want {
		return nil, fmt.Errorf("model.bin has %d bytes, want %d", len(b), want)
	}
	m := &model{letters: make(map[rune]costs, len(extra))}
	take := func() (c costs) {
		for l, cost := range b[:numLanguages] {
			c[l/8] |= uint64(min(cost, unseen)) << (l % 8 * 8)
		}
		b = b[numLanguages:]
		return c
	}
	for i := range m.trigrams {
		m.trigrams[i] = take()
	}
	for _, r := range extra {
		m.letters[r] = take()
	}
	return m, nil
}
