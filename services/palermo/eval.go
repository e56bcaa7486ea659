package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"palermo.internal/pkg/synth"
)

const evalHelp = `
Runs the pipeline over a labelled feed and measures it. Labels are either a CSV
file with the columns id and label (1 marks what should rank high; -labels), or
the truth of a generated feed (-truth).

It prints the ROC AUC of the adverts' scores (the chance that a labelled advert
ranks above an ordinary one; ties count half), precision and recall of each
level and, with -truth, the pairwise precision and recall of the clusters.`

func evalCommand() command {
	return command{name: "eval", args: "FILE…", summary: "measure scores and clusters against labels", run: runEval}
}

func runEval(ctx context.Context, env *environment, args []string) (err error) {
	fs := flagSet(env, "eval", "FILE…", evalHelp)
	labels := fs.String("labels", "", "CSV `file` with the columns id and label")
	truth := fs.String("truth", "", "`file` with the truth of a generated feed")
	minAUC := fs.Float64("min-auc", 0, "exit with 1 if the AUC is below")
	pf := addPipelineFlags(fs)
	names, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(names) == 0 || (*labels == "") == (*truth == "") {
		return usagef("name the feed, and either -labels or -truth")
	}
	known, err := readLabels(*labels, *truth)
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
	dir, err := os.MkdirTemp("", "palermo-eval-")
	if err != nil {
		return fmt.Errorf("make a folder for the results: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	format, err := formatNamed("ndjson")
	if err != nil {
		return err
	}
	if _, _, err := analyze(ctx, env, pipeline, files, dir, format, 0); err != nil {
		return err
	}
	e, err := evaluate(filepath.Join(dir, "ads.ndjson"), known)
	if err != nil {
		return err
	}
	if err := e.print(env.stdout, *truth != ""); err != nil {
		return err
	}
	if e.auc < *minAUC {
		fmt.Fprintf(env.stderr, "the AUC %.4f is below %.4f\n", e.auc, *minAUC)
		return errReported
	}
	return nil
}

// label is what is known of one advert.
type label struct {
	positive bool
	group    string
}

// readLabels reads labels by advert id (CSV) or by platform and id (truth).
func readLabels(labels, truth string) (func(adLine) (label, bool), error) {
	if truth != "" {
		lines, err := readTruth(truth)
		if err != nil {
			return nil, &usageError{err}
		}
		return func(a adLine) (label, bool) {
			l, ok := lines[[2]string{a.Platform, a.ID}]
			return label{positive: l.Label == synth.LabelLead, group: l.Group}, ok
		}, nil
	}
	byID, err := readLabelCSV(labels)
	if err != nil {
		return nil, usagef("-labels: %w", err)
	}
	return func(a adLine) (label, bool) {
		positive, ok := byID[a.ID]
		return label{positive: positive}, ok
	}, nil
}

func readLabelCSV(path string) (_ map[string]bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := csv.NewReader(f)
	r.FieldsPerRecord = 2
	if _, err := r.Read(); err != nil {
		return nil, fmt.Errorf("%s has no header: %w", printable(path), err)
	}
	out := map[string]bool{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if row[1] != "0" && row[1] != "1" {
			return nil, fmt.Errorf("%s: the label of %s is neither 0 nor 1", printable(path), printable(row[0]))
		}
		out[row[0]] = row[1] == "1"
	}
}

// evaluation is what eval measures.
type evaluation struct {
	ads, positives, unlabelled int
	auc                        float64
	// atLeast counts adverts at each level or above: all and positive ones.
	levels []levelCount
	pairs  pairCount
}

type levelCount struct {
	level      string
	ads, right int
}

// pairCount counts pairs of adverts: together in a cluster, together in the
// truth, and together in both.
type pairCount struct{ clusters, truth, both int64 }

type scoredLabel struct {
	score    float64
	positive bool
}

// evaluate reads ads.ndjson back and compares it with the labels.
func evaluate(path string, known func(adLine) (label, bool)) (_ evaluation, err error) {
	f, err := os.Open(path)
	if err != nil {
		return evaluation{}, fmt.Errorf("read results: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var e evaluation
	var scores []scoredLabel
	byLevel := map[string]levelCount{}
	groups := newPairCounter()
	r := bufio.NewReader(f)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return e, fmt.Errorf("read results: %w", err)
		}
		var a adLine
		if err := json.Unmarshal(line, &a); err != nil {
			return e, fmt.Errorf("read results: %w", err)
		}
		l, ok := known(a)
		if !ok {
			e.unlabelled++
			continue
		}
		e.ads++
		c := byLevel[a.Level]
		c.ads++
		if l.positive {
			e.positives++
			c.right++
		}
		byLevel[a.Level] = c
		scores = append(scores, scoredLabel{a.Score, l.positive})
		groups.add(a.ClusterID, l.group)
	}
	e.auc = rocAUC(scores)
	e.pairs = groups.count()
	var sum levelCount
	for _, name := range []string{"high", "medium", "low"} {
		sum.ads += byLevel[name].ads
		sum.right += byLevel[name].right
		e.levels = append(e.levels, levelCount{level: name, ads: sum.ads, right: sum.right})
	}
	return e, nil
}

// rocAUC returns the area under the ROC curve by the Mann-Whitney statistic:
// ties count half. It is 0.5 if one of the classes is empty.
func rocAUC(scores []scoredLabel) float64 {
	slices.SortFunc(scores, func(a, b scoredLabel) int { return cmp.Compare(a.score, b.score) })
	var below, wins float64
	var positives, negatives int
	for i := 0; i < len(scores); {
		var p, n int
		j := i
		for ; j < len(scores) && scores[j].score == scores[i].score; j++ {
			if scores[j].positive {
				p++
			} else {
				n++
			}
		}
		wins += float64(p) * (below + float64(n)/2)
		below += float64(n)
		positives += p
		negatives += n
		i = j
	}
	if positives == 0 || negatives == 0 {
		return 0.5
	}
	return wins / float64(positives) / float64(negatives)
}

// pairCounter counts pairs without listing them.
type pairCounter struct {
	clusters, groups map[string]int64
	both             map[[2]string]int64
}

func newPairCounter() *pairCounter {
	return &pairCounter{clusters: map[string]int64{}, groups: map[string]int64{}, both: map[[2]string]int64{}}
}

func (p *pairCounter) add(cluster, group string) {
	p.clusters[cluster]++
	p.groups[group]++
	p.both[[2]string{cluster, group}]++
}

func (p *pairCounter) count() pairCount {
	var c pairCount
	for _, n := range p.clusters {
		c.clusters += n * (n - 1) / 2
	}
	for _, n := range p.groups {
		c.truth += n * (n - 1) / 2
	}
	for _, n := range p.both {
		c.both += n * (n - 1) / 2
	}
	return c
}

func ratio[T int | int64](a, b T) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func (e evaluation) print(w io.Writer, clusters bool) error {
	fmt.Fprintf(w, "%d labelled adverts, %d of them positive, %d without label\n", e.ads, e.positives, e.unlabelled)
	fmt.Fprintf(w, "ROC AUC of the scores: %.4f\n", e.auc)
	for _, l := range e.levels {
		fmt.Fprintf(w, "level %-6s or above: %5d adverts, precision %.3f, recall %.3f\n", l.level, l.ads, ratio(l.right, l.ads), ratio(l.right, e.positives))
	}
	if clusters {
		fmt.Fprintf(w, "clusters: pairwise precision %.4f, recall %.4f (%d pairs in the truth)\n",
			ratio(e.pairs.both, e.pairs.clusters), ratio(e.pairs.both, e.pairs.truth), e.pairs.truth)
	}
	_, err := fmt.Fprintln(w, "Shares of a labelled set are no base rates: a precision measured here says nothing of the one in the field.")
	return err
}
