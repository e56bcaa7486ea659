package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/stream"
)

const analyzeHelp = `
Runs the whole pipeline over a feed in files, in this process, and exits: what
a team uses to test rules on its own history. A feed is NDJSON, one advert a
line (schemas/ad.schema.json), plain, .gz or .zst; "-" is standard input.

It writes ads.ndjson (each advert with its cluster, score and evidence),
clusters.ndjson (each cluster, strongest first), rejected.ndjson (each refused
line and why) and summary.json into the output folder, and prints the ten
strongest leads. A refused line stops nothing.

Contacts are replaced by keyed tokens. Without -token-key the key is made for
this run, so that tokens of two runs cannot be compared.

Exit codes: 0 done, also when lines were refused; 1 failed while running;
2 wrong flags, a file or folder that cannot be used, or no advert in the input.`

func analyzeCommand() command {
	return command{name: "analyze", args: "FILE…", summary: "run the pipeline over files and write the results", run: runAnalyze}
}

// batchAds and batchBytes bound one batch of the pipeline in process.
const (
	batchAds   = 2048
	batchBytes = 2 << 20
)

// analyzeGCPercent lets the heap of a run that soon ends grow somewhat further
// than usual before it is collected.
const analyzeGCPercent = 125

func runAnalyze(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "analyze", "FILE…", analyzeHelp)
	out := fs.String("out", "out", "`folder` for the results; made if it is missing")
	formatFlag := fs.String("format", "ndjson", "form of ads and clusters: ndjson or csv")
	top := fs.Int("top", 10, "how many leads to print")
	pf := addPipelineFlags(fs)
	names, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return usagef("no file given: name one or more NDJSON files, or - for standard input")
	}
	format, err := formatNamed(*formatFlag)
	if err != nil {
		return err
	}
	files, err := checkFiles(names)
	if err != nil {
		return err
	}
	pipeline, err := pf.build()
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(analyzeGCPercent))
	summary, leads, err := analyze(ctx, env, pipeline, files, *out, format, *top)
	if err != nil {
		return err
	}
	return report(env, summary, leads, *out)
}

// runSummary is summary.json.
type runSummary struct {
	Files []string `json:"files"`
	// In counts lines that are not blank: Out + Repeated + Rejected.
	In int `json:"in"`
	// Out counts adverts, each once.
	Out int `json:"out"`
	// Repeated counts lines that were a further copy or version of an advert.
	Repeated       int            `json:"repeated"`
	Rejected       int            `json:"rejected"`
	RejectedByCode map[string]int `json:"rejected_by_code"`
	Clusters       int            `json:"clusters"`
	// Levels counts clusters by level.
	Levels          map[string]int `json:"clusters_by_level"`
	Seconds         float64        `json:"seconds"`
	AdsPerSecond    float64        `json:"ads_per_second"`
	PeakMemoryBytes int64          `json:"peak_memory_bytes"`
	// Problems are files of which something could not be read.
	Problems []string `json:"problems"`
	Packs    []string `json:"packs"`
	Version  string   `json:"version"`

	firstRejects []rejectedLine
}

// analyze runs the pipeline over files and writes the results into dir.
func analyze(ctx context.Context, env *environment, p *localPipeline, files []feedFile, dir string, format resultFormat, top int) (runSummary, []lead, error) {
	c, err := newCollector(dir, p.topics.scoredAds, p.topics.scoredClusters)
	if err != nil {
		return runSummary{}, nil, err
	}
	summary, leads, err := collect(ctx, env, p, files, c, format, top)
	if err != nil {
		return runSummary{}, nil, errors.Join(err, c.discard())
	}
	b, err := json.MarshalIndent(summary, "", "  ")
	if err != nil {
		return runSummary{}, nil, fmt.Errorf("encode summary: %w", err)
	}
	path := filepath.Join(dir, "summary.json")
	if err := os.WriteFile(path, append(b, '\n'), 0o640); err != nil { //nolint:gosec // the folder's own mode decides who reads results
		return runSummary{}, nil, fmt.Errorf("write summary: %w", err)
	}
	return summary, leads, nil
}

func collect(ctx context.Context, env *environment, p *localPipeline, files []feedFile, c *collector, format resultFormat, top int) (runSummary, []lead, error) {
	start := time.Now()
	bar := newProgress(env, "analysing", totalSize(files), true)
	feed := &feedReader{files: files, stdin: env.stdin, seen: bar.add, topic: p.topics.raw, reject: c.reject, now: start}
	err := runLocal(ctx, feed.run, p.stages, c.take, c.reject)
	bar.done()
	if err != nil {
		return runSummary{}, nil, err
	}
	// What the stages remember is needed no more, and is most of the memory.
	p.stages = nil
	if feed.lines == 0 && len(feed.problems) > 0 {
		return runSummary{}, nil, usagef("there is no advert in the input: %s", strings.Join(feed.problems, "; "))
	}
	ranked, err := c.finish(format)
	if err != nil {
		return runSummary{}, nil, err
	}
	leads, err := c.strongest(ranked, top)
	if err != nil {
		return runSummary{}, nil, err
	}
	if err := errors.Join(c.clusters.remove(), c.ads.remove()); err != nil {
		return runSummary{}, nil, fmt.Errorf("remove work files: %w", err)
	}
	seconds := time.Since(start).Seconds()
	s := runSummary{
		In: feed.lines, Out: len(c.members) - c.repeated, Repeated: c.repeated,
		Rejected: c.rejects, RejectedByCode: c.rejectsByCode, Clusters: len(ranked), Levels: c.level,
		Seconds: seconds, AdsPerSecond: float64(feed.lines) / seconds, PeakMemoryBytes: peakMemory(),
		Problems: list(feed.problems), Packs: p.packs, Version: buildName(), firstRejects: c.firstRejects,
	}
	for _, f := range files {
		s.Files = append(s.Files, f.name)
	}
	return s, leads, nil
}

// strongest returns the first n leads of level low or above.
func (c *collector) strongest(ranked []*clusterRef, n int) ([]lead, error) {
	var leads []lead
	var loader clusterLoader
	for _, ref := range ranked {
		if len(leads) == n || levelName(ref.level) == "none" {
			break
		}
		l, err := loader.load(c.clusters, ref)
		if err != nil {
			return nil, err
		}
		leads = append(leads, lead{
			clusterID: l.ClusterID, level: l.Level, score: l.Score, ads: l.Size,
			typologies: l.Typologies, places: l.Places, reason: l.Reason,
		})
	}
	return leads, nil
}

// report prints what a person wants to know first.
func report(env *environment, s runSummary, leads []lead, dir string) error {
	if err := printLeads(env.stdout, leads); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.stdout, "\n%d lines in: %d adverts in %d clusters, %d repeated, %d rejected. %.1f s, %.0f ads/s, %d MiB at the peak. Results: %s\n",
		s.In, s.Out, s.Clusters, s.Repeated, s.Rejected, s.Seconds, s.AdsPerSecond, s.PeakMemoryBytes>>20, printable(dir))
	for _, r := range s.firstRejects {
		fmt.Fprintf(env.stderr, "rejected: %s line %d: %s\n", printable(r.File), r.Line, printable(r.Reason))
	}
	if s.Rejected > len(s.firstRejects) {
		fmt.Fprintf(env.stderr, "rejected: %d more, see %s\n", s.Rejected-len(s.firstRejects), filepath.Join(dir, "rejected.ndjson"))
	}
	for _, p := range s.Problems {
		fmt.Fprintf(env.stderr, "problem: %s\n", p)
	}
	return err
}

// feedReader turns files into batches of raw records.
type feedReader struct {
	files  []feedFile
	stdin  io.Reader
	seen   func(int)
	topic  string
	reject func(localReject) error
	// now is the time of every record: an advert from the future does not move
	// the clusterer's window.
	now      time.Time
	lines    int
	problems []string
	batch    localBatch
	offset   int64
}

// run sends the lines of every file, in order, and returns.
func (f *feedReader) run(ctx context.Context, out chan<- localBatch) error {
	for _, file := range f.files {
		if err := f.readFile(ctx, file, out); err != nil {
			return err
		}
	}
	return f.flush(ctx, out)
}

func (f *feedReader) readFile(ctx context.Context, file feedFile, out chan<- localBatch) (err error) {
	r, err := openFeed(file, f.stdin, f.seen)
	if err != nil {
		return f.problem(file, err)
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	before := f.lines
	lines := ad.NewLineReader(r, ad.MaxMessageBytes)
	for {
		line, number, err := lines.Next()
		var tooLong *ad.FieldError
		switch {
		case errors.Is(err, io.EOF):
			if f.lines == before {
				return f.problem(file, errors.New("is empty: write one advert a line"))
			}
			return nil
		case errors.As(err, &tooLong):
			f.lines++
			if err := f.reject(localReject{
				origin: origin{file.name, number}, stage: "read", code: string(tooLong.Code), err: tooLong,
				record: stream.Record{Value: line},
			}); err != nil {
				return err
			}
			continue
		case err != nil:
			// What was read so far counts; a file that breaks off is said, not hidden.
			return f.problem(file, fmt.Errorf("cannot be read after line %d: %w", number, err))
		}
		f.lines++
		f.batch.records = append(f.batch.records, stream.Record{
			Topic: f.topic, Offset: f.offset, Value: append([]byte(nil), line...), Time: f.now,
		})
		f.batch.origins = append(f.batch.origins, origin{file.name, number})
		f.batch.bytes += len(line)
		f.offset++
		if len(f.batch.records) >= batchAds || f.batch.bytes >= batchBytes {
			if err := f.flush(ctx, out); err != nil {
				return err
			}
		}
	}
}

// problem notes what is wrong with one file; the others are still read.
func (f *feedReader) problem(file feedFile, err error) error {
	f.problems = append(f.problems, fmt.Sprintf("%s: %v", printable(file.name), err))
	return nil
}

func (f *feedReader) flush(ctx context.Context, out chan<- localBatch) error {
	if len(f.batch.records) == 0 {
		return nil
	}
	b := f.batch
	f.batch = localBatch{}
	return send(ctx, out, b)
}
