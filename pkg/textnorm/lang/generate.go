//go:build ignore

// Generate writes model.bin from the models of lingua-go:
//
//	go run generate.go "$(go list -m -f '{{.Dir}}' github.com/pemistahl/lingua-go)"
//
// in a module that requires github.com/pemistahl/lingua-go v1.4.0; Palermo itself
// does not.
//
// For each trigram of a to z, in order, stands one byte a language, in the
// order of the package's languages: -8*log2 of the probability of the third
// letter after the first two, at most 255. After them stands, for each letter
// of extraLetters, the same for the letter alone.
package main

import (
	"archive/zip"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/pemistahl/lingua-go/serialization"
	"google.golang.org/protobuf/proto"
)

var (
	languages    = []string{"id", "ms", "en", "tl", "vi", "es", "fr", "de", "it", "pt", "nl", "tr"}
	extraLetters = []rune("àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿăđĩğışũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹœßžčšő")
)

func main() {
	out := make([]byte, (26*26*26+len(extraLetters))*len(languages))
	for i := range out {
		out[i] = 255
	}
	for l, name := range languages {
		each(filepath.Join(os.Args[1], "language-models", name, "trigrams.pb.bin.zip"), func(ngram string, p float64) {
			k := 0
			for _, r := range ngram {
				if r < 'a' || r > 'z' {
					return
				}
				k = k*26 + int(r-'a')
			}
			out[k*len(languages)+l] = bits(p)
		})
		each(filepath.Join(os.Args[1], "language-models", name, "unigrams.pb.bin.zip"), func(ngram string, p float64) {
			r, _ := utf8.DecodeRuneInString(ngram)
			for i, e := range extraLetters {
				if r == e {
					out[(26*26*26+i)*len(languages)+l] = bits(p)
				}
			}
		})
	}
	check(os.WriteFile("model.bin", out, 0o644))
}

func bits(p float64) byte { return byte(min(255, math.Round(-8*math.Log2(p)))) }

func each(path string, f func(string, float64)) {
	z, err := zip.OpenReader(path)
	check(err)
	defer z.Close()
	r, err := z.File[0].Open()
	check(err)
	b, err := io.ReadAll(r)
	check(err)
	var m serialization.SerializableLanguageModel
	check(proto.Unmarshal(b, &m))
	for _, s := range m.GetNgramSets() {
		for _, n := range s.GetNgrams() {
			f(n, s.GetProbability())
		}
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
