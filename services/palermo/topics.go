package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"palermo.internal/pkg/stage"
	"palermo.internal/pkg/stream"
)

const day = 24 * time.Hour

// topicPlan says how topics are made.
type topicPlan struct {
	// partitions of every topic but ads.normalized, which has one: clustering
	// needs it.
	partitions, replication int
	// raw, window, events and letters are how long ads.raw, ads.normalized, the
	// topics after it, and dead letters are kept.
	raw, window, events, letters time.Duration
	// everKept keeps all but dead letters for ever, whatever the times say.
	everKept bool
}

// defaultTopicPlan is for brokers that others run, too. ads.raw and dead
// letters hold contacts, so they are kept no longer than a replay needs;
// ads.normalized is kept for the clusterer's window and a week to spare.
func defaultTopicPlan() topicPlan {
	return topicPlan{partitions: 12, replication: 3, raw: 7 * day, window: 97 * day, events: 14 * day, letters: 30 * day}
}

// specs lists the topics, each with its dead letters after it. None is
// compacted: the events are small beside their index, and a log that keeps its
// offsets is what versions are made from.
func (p topicPlan) specs() []stream.TopicSpec {
	t := defaultTopics()
	var out []stream.TopicSpec
	for _, name := range t.inputs() {
		n, keep := p.partitions, p.events
		switch name {
		case t.raw:
			keep = p.raw
		case t.normalized:
			n, keep = 1, p.window
		}
		letters := p.letters
		if p.everKept {
			keep, letters = -1, 30*day
		}
		minInSync := 0
		if p.replication > 2 {
			minInSync = 2
		}
		for _, s := range []stream.TopicSpec{{Name: name, Retention: keep}, {Name: deadLetterTopic(name), Retention: letters}} {
			s.Partitions, s.Replication, s.MinInSync = n, p.replication, minInSync
			s.MaxMessageBytes = stage.TopicMessageBytes
			out = append(out, s)
		}
	}
	return out
}

// ensure makes the topics that are missing.
func (p topicPlan) ensure(ctx context.Context, kafka kafkaAccess) error {
	a, err := newAdmin(kafka)
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.EnsureTopics(ctx, p.specs()); err != nil {
		return fmt.Errorf("make the topics: %w", err)
	}
	return nil
}

// topicReport is what setup topics did and found.
type topicReport struct {
	spec  stream.TopicSpec
	state stream.TopicState
	made  bool
}

// remarks names what differs from the plan, and whether the stages would refuse
// to start.
func (r topicReport) remarks() (notes []string, fatal bool) {
	if n := r.state.MaxMessageBytes; n > 0 && n < int64(stage.MaxMessageBytes+stream.HeadRoom) {
		notes, fatal = append(notes, fmt.Sprintf("max.message.bytes %d is too small: set it to %d", n, r.spec.MaxMessageBytes)), true
	}
	if r.made {
		return notes, fatal
	}
	if r.state.Replication != r.spec.Replication {
		notes = append(notes, fmt.Sprintf("has %d replicas, not %d", r.state.Replication, r.spec.Replication))
	}
	if r.state.Retention != 0 && r.state.Retention != r.spec.Retention {
		notes = append(notes, fmt.Sprintf("keeps records %s, not %s", keptFor(r.state.Retention), keptFor(r.spec.Retention)))
	}
	if r.state.Cleanup != "" && r.state.Cleanup != "delete" {
		notes, fatal = append(notes, "cleanup.policy is "+r.state.Cleanup+": set it to delete"), true
	}
	return notes, fatal
}

func keptFor(d time.Duration) string {
	switch {
	case d < 0:
		return "for ever"
	case d%day == 0:
		return fmt.Sprintf("%d d", d/day)
	default:
		return d.String()
	}
}

// setUp makes the topics and reports on all of them.
func (p topicPlan) setUp(ctx context.Context, kafka kafkaAccess) ([]topicReport, error) {
	a, err := newAdmin(kafka)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	specs := p.specs()
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
	}
	before, err := a.Topics(ctx, names)
	if err != nil {
		return nil, err
	}
	if err := a.EnsureTopics(ctx, specs); err != nil {
		return nil, fmt.Errorf("make the topics: %w", err)
	}
	after, err := a.Topics(ctx, names)
	if err != nil {
		return nil, err
	}
	out := make([]topicReport, len(specs))
	for i, s := range specs {
		_, there := before[s.Name]
		out[i] = topicReport{spec: s, state: after[s.Name], made: !there}
	}
	return out, nil
}

// printTopics prints the report and returns whether a stage would refuse a topic.
func printTopics(w io.Writer, reports []topicReport) (refused bool, err error) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "TOPIC\tPARTITIONS\tREPLICAS\tKEPT\t")
	for _, r := range reports {
		what := "there"
		if r.made {
			what = "made"
		}
		notes, fatal := r.remarks()
		refused = refused || fatal
		fmt.Fprintf(tw, "%s\t%d\t%d\t%s\t%s\n", r.spec.Name, r.state.Partitions, r.state.Replication, keptFor(r.state.Retention),
			strings.Join(append([]string{what}, notes...), "; "))
	}
	return refused, tw.Flush()
}
