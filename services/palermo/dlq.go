package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"go.uber.org/zap"

	"palermo.internal/pkg/stream"
)

const dlqHelp = `
list      counts the dead letters by topic, stage and reason
show      prints them: where each came from, why it was refused, its first bytes
replay    sends them back to the topics that they came from, for example after
          a mistake was mended; a letter that came back three times is refused

A dead letter is the message as it came; it may hold contacts. -topic, -code and
-n narrow what is listed, shown or replayed.`

func dlqCommand() command {
	return command{name: "dlq", args: "list|show|replay", summary: "list, show and replay dead letters", run: runDLQ}
}

// letterFilter narrows dead letters.
type letterFilter struct {
	topic, code *string
	limit       *int
}

func (f letterFilter) topics() []string {
	if *f.topic != "" {
		return []string{deadLetterTopic(strings.TrimSuffix(*f.topic, ".dlq"))}
	}
	inputs := defaultTopics().inputs()
	for i := range inputs {
		inputs[i] = deadLetterTopic(inputs[i])
	}
	return inputs
}

func addLetterFilter(fs *flag.FlagSet) letterFilter {
	return letterFilter{
		topic: fs.String("topic", "", "only letters of this `topic`"),
		code:  fs.String("code", "", "only letters with this reason `code`"),
		limit: fs.Int("n", 0, "at most so many; 0 is all"),
	}
}

func runDLQ(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "dlq", "list|show|replay", dlqHelp)
	conn, filter := addConnectFlags(env, fs), addLetterFilter(fs)
	dry := fs.Bool("dry-run", false, "with replay: say what would be sent, send nothing")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 || !slices.Contains([]string{"list", "show", "replay"}, rest[0]) {
		return usagef("say what to do: list, show or replay")
	}
	kafka, err := conn.access()
	if err != nil {
		return err
	}
	switch rest[0] {
	case "list":
		return listLetters(ctx, env, kafka, filter)
	case "show":
		return showLetters(ctx, env, kafka, filter)
	default:
		return replayLetters(ctx, env, kafka, filter, *dry)
	}
}

// eachLetter calls f for every dead letter that the filter lets through.
func eachLetter(ctx context.Context, kafka kafkaAccess, filter letterFilter, f func(stream.DeadLetter, stream.Record) error) error {
	n := 0
	err := scanAll(ctx, kafka, filter.topics(), func(r stream.Record) error {
		l, err := stream.ParseDeadLetter(r)
		if err != nil {
			return fmt.Errorf("%s %d/%d: %w", r.Topic, r.Partition, r.Offset, err)
		}
		if *filter.code != "" && l.Code != *filter.code {
			return nil
		}
		if err := f(l, r); err != nil {
			return err
		}
		if n++; n == *filter.limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func listLetters(ctx context.Context, env *environment, kafka kafkaAccess, filter letterFilter) error {
	type kind struct{ topic, stage, code string }
	counts := map[kind]int{}
	err := eachLetter(ctx, kafka, filter, func(l stream.DeadLetter, _ stream.Record) error {
		counts[kind{l.Topic, l.Stage, l.Code}]++
		return nil
	})
	if err != nil {
		return err
	}
	if len(counts) == 0 {
		_, err := fmt.Fprintln(env.stdout, "no dead letters")
		return err
	}
	tw := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "TOPIC\tSTAGE\tREASON\tLETTERS")
	for _, k := range slices.SortedFunc(maps.Keys(counts), func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.topic, b.topic), cmp.Compare(a.stage, b.stage), cmp.Compare(a.code, b.code))
	}) {
		fmt.Fprintf(tw, "%s\t%s\t%s\t%d\n", printable(k.topic), printable(k.stage), printable(k.code), counts[k])
	}
	return tw.Flush()
}

// shownBytes is how much of a dead letter `dlq show` prints.
const shownBytes = 300

func showLetters(ctx context.Context, env *environment, kafka kafkaAccess, filter letterFilter) error {
	return eachLetter(ctx, kafka, filter, func(l stream.DeadLetter, r stream.Record) error {
		value := r.Value
		if len(value) > shownBytes {
			value = value[:shownBytes]
		}
		_, err := fmt.Fprintf(env.stdout, "%s %d/%d  %s  %s\n  %s\n  %d bytes: %s\n", printable(l.Topic), l.Partition, l.Offset,
			printable(l.Stage), printable(l.Code), printableText(l.Error), len(r.Value), printableText(strings.ToValidUTF8(string(value), "?")))
		return err
	})
}

func replayLetters(ctx context.Context, env *environment, kafka kafkaAccess, filter letterFilter, dry bool) (err error) {
	var sent, refused int
	var batch []stream.Message
	var producer *stream.Producer
	if !dry {
		if producer, err = newProducer(kafka, zap.NewNop(), nil); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, producer.Close(ctx)) }()
	}
	flush := func() error {
		if len(batch) == 0 || dry {
			batch = nil
			return nil
		}
		if err := producer.Write(ctx, batch); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		batch = nil
		return nil
	}
	err = eachLetter(ctx, kafka, filter, func(l stream.DeadLetter, _ stream.Record) error {
		m, err := stream.ReplayMessage(l)
		if err != nil {
			refused++
			fmt.Fprintf(env.stderr, "not replayed: %s %d/%d: %v\n", printable(l.Topic), l.Partition, l.Offset, err)
			return nil
		}
		sent++
		if batch = append(batch, m); len(batch) >= 500 {
			return flush()
		}
		return nil
	})
	if err = errors.Join(err, flush()); err != nil {
		return err
	}
	what := "replayed"
	if dry {
		what = "would be replayed"
	}
	_, err = fmt.Fprintf(env.stdout, "%d %s, %d refused\n", sent, what, refused)
	return err
}
