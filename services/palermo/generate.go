package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"palermo.internal/pkg/synth"
)

const generateHelp = `
Writes a synthetic feed with known truth: campaigns of near-duplicates for each
typology, with changing names, places, phones and prices, disguised words and
drift; ordinary adverts; and ordinary adverts that look alarming (warnings,
licensed vacancies, adoption information, donor drives). The same flags give
the same bytes. Nothing in it is a real person, number or place of business.`

func generateCommand() command {
	return command{name: "generate", summary: "write a synthetic feed with ground truth", run: runGenerate}
}

// addFeedFlags adds the flags that describe a synthetic feed.
func addFeedFlags(fs *flag.FlagSet, o *synth.Options) {
	fs.IntVar(&o.Ads, "ads", o.Ads, "number of adverts")
	fs.Uint64Var(&o.Seed, "seed", o.Seed, "which of the possible feeds")
	fs.IntVar(&o.Days, "days", o.Days, "days over which the adverts are posted")
	fs.Float64Var(&o.CampaignShare, "campaigns", o.CampaignShare, "part of the adverts that belong to campaigns, 0 to 1")
	fs.Float64Var(&o.HardNegativeShare, "hard-negatives", o.HardNegativeShare, "part of the adverts that look alarming and are not, 0 to 1")
	fs.Float64Var(&o.EditRate, "edits", o.EditRate, "largest part of a copy's words that is changed, 0 to 1")
	fs.Float64Var(&o.ObfuscationShare, "obfuscation", o.ObfuscationShare, "part of the campaigns that disguise words and numbers, 0 to 1")
	fs.Func("topics", "comma-separated `topics` to write about; default all of "+strings.Join(synth.Topics(), ", "), func(s string) error {
		o.Topics = strings.Split(s, ",")
		return nil
	})
}

func runGenerate(ctx context.Context, env *environment, args []string) error {
	o := synth.DefaultOptions()
	fs := flagSet(env, "generate", "", generateHelp)
	addFeedFlags(fs, &o)
	out := fs.String("out", "", "`file` for the feed, NDJSON; - is standard output (required)")
	truth := fs.String("truth", "", "`file` for the truth: platform, id, campaign, typology, kind, label a line")
	if err := noArguments(fs, args); err != nil {
		return err
	}
	if *out == "" {
		return usagef("-out is missing: name a file, or - for standard output")
	}
	return generate(ctx, env, o, *out, *truth)
}

func generate(ctx context.Context, env *environment, o synth.Options, out, truth string) (err error) {
	g, err := synth.New(o)
	if err != nil {
		return &usageError{err}
	}
	feed, closeFeed, err := createOutput(env, out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeFeed()) }()
	labels := io.Discard
	if truth != "" {
		w, closeTruth, err2 := createOutput(env, truth)
		if err2 != nil {
			return err2
		}
		defer func() { err = errors.Join(err, closeTruth()) }()
		labels = w
	}
	bar := newProgress(env, "generating", int64(o.Ads), false)
	defer bar.done()
	var line []byte
	for n := 0; ; n++ {
		if n%1000 == 0 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bar.add(min(1000, o.Ads-n))
		}
		item, ok := g.Next()
		if !ok {
			return nil
		}
		line = append(append(line[:0], item.JSON...), '\n')
		if _, err := feed.Write(line); err != nil {
			return fmt.Errorf("write feed: %w", err)
		}
		line = append(item.Truth.AppendJSON(line[:0]), '\n')
		if _, err := labels.Write(line); err != nil {
			return fmt.Errorf("write truth: %w", err)
		}
	}
}

// createOutput opens a file for writing, buffered; the second result flushes
// and closes it.
func createOutput(env *environment, name string) (io.Writer, func() error, error) {
	if name == "-" {
		w := bufio.NewWriterSize(env.stdout, 256<<10)
		return w, w.Flush, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, nil, usagef("cannot write %s: %w", printable(name), err)
	}
	w := bufio.NewWriterSize(f, 256<<10)
	return w, func() error { return errors.Join(w.Flush(), f.Close()) }, nil
}
