package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/indicator"
	"palermo.internal/services/normalizer"
)

const rulesHelp = `
lint [FILE…]      checks rule packs against their schema and for mistakes
test [FILE…]      runs the examples of every indicator
list [FILE…]      lists the indicators with strength and source
explain FILE      shows what the rules see in one advert (JSON; - is standard
                  input): matches, evidence, sources, score

Without files the packs that Palermo ships are used; a folder stands for the
*.yaml files in it. Exit codes: 0 good; 1 an advert could not be explained;
2 a pack is bad.`

func rulesCommand() command {
	return command{name: "rules", args: "lint|test|list|explain", summary: "check, test and explain rule packs", run: runRules}
}

func runRules(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "rules", "lint|test|list|explain [FILE…]", rulesHelp)
	rules := addRulesFlag(fs)
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return usagef("say what to do: lint, test, list or explain")
	}
	verb, names := rest[0], rest[1:]
	if verb == "explain" {
		if len(names) != 1 {
			return usagef("explain takes one file with one advert, or -")
		}
		return explainAd(ctx, env, *rules, names[0])
	}
	if len(names) == 0 && *rules != "" {
		names = []string{*rules}
	}
	files, err := packFiles(names)
	if err != nil {
		return err
	}
	switch verb {
	case "lint", "test":
		return checkPacks(env, verb, files)
	case "list":
		return listIndicators(env, files)
	default:
		return usagef("there is no `rules %s`: use lint, test, list or explain", printable(verb))
	}
}

func addRulesFlag(fs *flag.FlagSet) *string {
	return fs.String("rules", "", "`file or folder` with rule packs, instead of the ones that Palermo ships")
}

// packFiles reads the packs that names stand for; none means the shipped ones.
func packFiles(names []string) ([]indicator.File, error) {
	if len(names) == 0 {
		return indicator.DefaultFiles()
	}
	var files []indicator.File
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, usagef("rule pack: %w", err)
		}
		if info.IsDir() {
			found, err := indicator.ReadFiles(os.DirFS(name), "*.yaml")
			if err != nil {
				return nil, &usageError{err}
			}
			if len(found) == 0 {
				return nil, usagef("no rule pack in %s: put *.yaml files there", printable(name))
			}
			files = append(files, found...)
			continue
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usagef("rule pack: %w", err)
		}
		files = append(files, indicator.File{Name: filepath.Base(name), Data: data})
	}
	return files, nil
}

// loadEngine compiles the packs at path, or the shipped ones if it is empty.
func loadEngine(path string) (*indicator.Engine, error) {
	if path == "" {
		return indicator.Default()
	}
	files, err := packFiles([]string{path})
	if err != nil {
		return nil, err
	}
	e, err := indicator.Load(files)
	if err != nil {
		return nil, &usageError{err}
	}
	return e, nil
}

func checkPacks(env *environment, verb string, files []indicator.File) error {
	e, err := indicator.Load(files)
	if err != nil {
		return &usageError{err}
	}
	examples := 0
	for _, i := range e.Indicators() {
		examples += len(i.Examples.Positive) + len(i.Examples.Negative)
	}
	for _, p := range e.Packs() {
		fmt.Fprintf(env.stdout, "%s@%d  %s: %d live, %d shadow, %d draft\n", p.ID, p.Version, p.Title, p.Live, p.Shadow, p.Draft)
	}
	if verb == "test" {
		_, err = fmt.Fprintf(env.stdout, "%d indicators, %d examples: all as they say\n", len(e.Indicators()), examples)
	} else {
		_, err = fmt.Fprintf(env.stdout, "%d files, %d indicators: no problem\n", len(files), len(e.Indicators()))
	}
	return err
}

func listIndicators(env *environment, files []indicator.File) error {
	e, err := indicator.Load(files)
	if err != nil {
		return &usageError{err}
	}
	tw := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ID\tTYPOLOGY\tSTRENGTH\tMODE\tSCOPE\tTITLE\tSOURCE")
	for _, i := range e.Indicators() {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", i.ID, i.Typology, i.Strength, i.Mode, i.Scope, i.Title, i.Source.Citation)
	}
	return tw.Flush()
}

// explainAd shows what the rules make of one advert.
func explainAd(ctx context.Context, env *environment, rules, name string) error {
	e, err := loadEngine(rules)
	if err != nil {
		return err
	}
	raw, err := readOne(env, name)
	if err != nil {
		return err
	}
	a, err := ad.Decode(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(name), err)
	}
	keys, err := ephemeralKeys()
	if err != nil {
		return err
	}
	n, err := normalizer.New(normalizer.DefaultConfig(), keys)
	if err != nil {
		return err
	}
	normalized, err := n.Normalize(a)
	if err != nil {
		return fmt.Errorf("%s: %w", printable(name), err)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s := e.Assess(normalized)
	w := env.stdout
	fmt.Fprintf(w, "level %s, score %.3f\n%s\n", levelName(s.GetLevel()), s.GetScore(), strings.Join(wrap(s.GetReason(), tableWidth), "\n"))
	if len(s.GetTypologies()) > 0 {
		fmt.Fprintf(w, "typologies: %s\n", strings.Join(s.GetTypologies(), ", "))
	}
	fmt.Fprintf(w, "language %s, rule packs %s\n", normalized.GetLanguage(), strings.Join(s.GetPacks(), ", "))
	for _, h := range s.GetIndicators() {
		fmt.Fprintf(w, "\n%s  %s\n  %s, %s; %s\n  source: %s\n", h.GetId(), h.GetTitle(), h.GetStrength(), h.GetMode(), dimensionText(h.GetTypology(), h.GetDimension()), h.GetSource())
		for _, ev := range h.GetEvidence() {
			switch {
			case ev.GetQuote() != "":
				fmt.Fprintf(w, "  %s %d-%d: “%s” %s\n", fieldName(ev.GetField()), ev.GetStart(), ev.GetEnd(), printableText(ev.GetQuote()), printableText(ev.GetNote()))
			default:
				fmt.Fprintf(w, "  %s: %s\n", fieldName(ev.GetField()), printableText(ev.GetNote()))
			}
		}
	}
	_, err = fmt.Fprintln(w, "\nA score orders leads for a person to read. It is no probability and no verdict.")
	return err
}

func dimensionText(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// readOne reads one advert from a file or standard input, bounded.
func readOne(env *environment, name string) (_ []byte, err error) {
	r := env.stdin
	if name != "-" {
		f, err2 := os.Open(name)
		if err2 != nil {
			return nil, &usageError{err2}
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, ad.MaxMessageBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read advert: %w", err)
	}
	return b, nil
}
