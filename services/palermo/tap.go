package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/stream"
)

const tapHelp = `
Prints the records of a topic as JSON, one a line, from its first record to the
last one that was there when it began. Topics: ads.raw, ads.normalized,
ads.clustered, ads.scored, clusters.scored, and each with .dlq.

ads.raw and the dead letters hold what platforms sent, contacts included.`

func tapCommand() command {
	return command{name: "tap", args: "TOPIC", summary: "print a topic as JSON", run: runTap}
}

func runTap(ctx context.Context, env *environment, args []string) error {
	fs := flagSet(env, "tap", "TOPIC", tapHelp)
	conn := addConnectFlags(env, fs)
	limit := fs.Int("n", 0, "stop after so many records; 0 prints all")
	key := fs.String("key", "", "print only records with this `key` (platform/id, or a cluster id)")
	rest, err := parse(fs, args)
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return usagef("name one topic, for example ads.normalized")
	}
	kafka, err := conn.access()
	if err != nil {
		return err
	}
	printed := 0
	err = scanTopic(ctx, kafka, rest[0], func(r stream.Record) error {
		if *key != "" && string(r.Key) != *key {
			return nil
		}
		line, err := recordJSON(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(env.stdout, "%s\n", line); err != nil {
			return err
		}
		if printed++; printed == *limit {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// errEnough ends a scan early.
var errEnough = errors.New("enough")

// recordLine is a record as tap prints it.
type recordLine struct {
	Topic     string            `json:"topic"`
	Partition int               `json:"partition"`
	Offset    int64             `json:"offset"`
	Time      string            `json:"time"`
	Key       string            `json:"key"`
	Headers   map[string]string `json:"headers,omitempty"`
	Value     json.RawMessage   `json:"value"`
}

func recordJSON(r stream.Record) ([]byte, error) {
	l := recordLine{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset,
		Time: r.Time.UTC().Format(time.RFC3339Nano), Key: string(r.Key), Value: valueJSON(r.Topic, r.Value),
	}
	for _, h := range r.Headers {
		if l.Headers == nil {
			l.Headers = map[string]string{}
		}
		l.Headers[h.Key] = string(h.Value)
	}
	b, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("print record %d/%d of %s: %w", r.Partition, r.Offset, r.Topic, err)
	}
	return b, nil
}

// valueJSON decodes a value as its topic says; what does not decode is shown
// as a string.
func valueJSON(topic string, value []byte) json.RawMessage {
	var m proto.Message
	switch strings.TrimSuffix(topic, ".dlq") {
	case "ads.normalized":
		m = &adpb.NormalizedAd{}
	case "ads.clustered":
		m = &adpb.ClusteredEvent{}
	case "ads.scored":
		m = &adpb.ScoredAd{}
	case "clusters.scored":
		m = &adpb.ScoredCluster{}
	}
	if m != nil && proto.Unmarshal(value, m) == nil {
		if b, err := (protojson.MarshalOptions{UseProtoNames: true}).Marshal(m); err == nil {
			// protojson varies its white space on purpose.
			var compact bytes.Buffer
			if json.Compact(&compact, b) == nil {
				return compact.Bytes()
			}
		}
	}
	if m == nil && json.Valid(value) {
		var compact bytes.Buffer
		if json.Compact(&compact, value) == nil {
			return compact.Bytes()
		}
	}
	b, err := json.Marshal(string(value))
	if err != nil {
		return json.RawMessage(`""`)
	}
	return b
}
