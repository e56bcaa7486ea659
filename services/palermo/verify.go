package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/index"
	"palermo.internal/pkg/stream"
)

const verifyHelp = `
Counts whether every advert that was acknowledged has arrived: it reads ads.raw
and the dead-letter topics and looks up each advert in the index. Every advert
must be indexed or dead-lettered. It waits until the stages have caught up.

Exit codes: 0 raw = indexed + dead-lettered; 1 something is missing, or the
stages did not catch up; 2 wrong flags.`

func verifyCommand() command {
	return command{name: "verify", summary: "count that nothing was lost: raw = indexed + dead-lettered", run: runVerify}
}

func runVerify(ctx context.Context, env *environment, args []string) (err error) {
	fs := flagSet(env, "verify", "", verifyHelp)
	conn := addConnectFlags(env, fs)
	es := addElasticFlags(env, fs)
	wait := fs.Duration("wait", time.Minute, "how long to wait for the stages to catch up")
	asJSON := fs.Bool("json", false, "print the counts as JSON")
	if err := noArguments(fs, args); err != nil {
		return err
	}
	kafka, err := conn.access()
	if err != nil {
		return err
	}
	var look lookup
	if es.configured() {
		store, openErr := es.open(ctx, nil)
		if openErr != nil {
			return openErr
		}
		defer func() { err = errors.Join(err, store.Close()) }()
		look = storeLookup{store}
	} else {
		run, err := findRun(*conn.data)
		if err != nil {
			return err
		}
		look = queryClient{run.Query}
	}
	v, err := verify(ctx, kafka, look, *wait)
	if err != nil {
		return err
	}
	if err := v.print(env, *asJSON); err != nil {
		return err
	}
	if !v.good() {
		return errReported
	}
	return nil
}

// lookup finds out which adverts are in the index.
type lookup interface {
	hasAds(ctx context.Context, ids []string) ([]bool, error)
	countAds(ctx context.Context) (int64, error)
}

type storeLookup struct{ store index.Store }

func (s storeLookup) hasAds(ctx context.Context, ids []string) ([]bool, error) {
	if err := s.store.Refresh(ctx); err != nil {
		return nil, err
	}
	return s.store.Has(ctx, index.KindAds, ids)
}

func (s storeLookup) countAds(ctx context.Context) (int64, error) {
	return s.store.Count(ctx, index.KindAds)
}

func (c queryClient) hasAds(ctx context.Context, ids []string) ([]bool, error) {
	b, err := json.Marshal(ids)
	if err != nil {
		return nil, fmt.Errorf("ask for adverts: %w", err)
	}
	var found []bool
	if err := c.do(ctx, http.MethodPost, "/v1/has", bytes.NewReader(b), &found); err != nil {
		return nil, err
	}
	if len(found) != len(ids) {
		return nil, fmt.Errorf("asked for %d adverts, got %d answers", len(ids), len(found))
	}
	return found, nil
}

func (c queryClient) countAds(ctx context.Context) (int64, error) {
	var s statusAnswer
	err := c.get(ctx, "/v1/status", &s)
	return s.Ads, err
}

// verification is the outcome of verify.
type verification struct {
	// Raw counts messages on ads.raw, Unreadable those that are no adverts.
	Raw        int `json:"raw_messages"`
	Unreadable int `json:"unreadable_messages"`
	// Ads counts distinct adverts among them.
	Ads     int   `json:"ads"`
	Indexed int   `json:"indexed"`
	InIndex int64 `json:"documents_in_index"`
	// DeadLettered counts adverts that are not indexed and have a dead letter,
	// and unreadable messages that have one.
	DeadLettered int `json:"dead_lettered"`
	// Missing counts what is neither.
	Missing  int      `json:"missing"`
	Examples []string `json:"missing_examples,omitempty"`
}

func (v verification) good() bool { return v.Missing == 0 }

// position is a place in ads.raw.
type position struct {
	partition int
	offset    int64
}

// rawState is what is known of the raw topic before the index is asked.
type rawState struct {
	ads        map[[16]byte]struct{}
	unreadable map[position]struct{}
	// letters are dead letters by advert and, for the raw topic, by position.
	letters    map[[16]byte]struct{}
	rawLetters map[position]struct{}
	messages   int
}

// verify reads the topics and asks the index. It tries again until nothing is
// missing or wait is over, since stages may still be at work.
func verify(ctx context.Context, kafka kafkaAccess, look lookup, wait time.Duration) (verification, error) {
	deadline := time.Now().Add(wait)
	for {
		v, err := verifyOnce(ctx, kafka, look)
		if err != nil || v.good() || time.Now().After(deadline) {
			return v, err
		}
		timer := time.NewTimer(500 * time.Millisecond)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return v, ctx.Err()
		}
	}
}

func verifyOnce(ctx context.Context, kafka kafkaAccess, look lookup) (verification, error) {
	s, err := readRaw(ctx, kafka)
	if err != nil {
		return verification{}, err
	}
	v := verification{Raw: s.messages, Unreadable: len(s.unreadable), Ads: len(s.ads)}
	missing := func(what string) {
		v.Missing++
		if len(v.Examples) < 10 {
			v.Examples = append(v.Examples, what)
		}
	}
	for p := range s.unreadable {
		if _, ok := s.rawLetters[p]; ok {
			v.DeadLettered++
		} else {
			missing(fmt.Sprintf("message %d/%d", p.partition, p.offset))
		}
	}
	ids := make([]string, 0, 500)
	ask := func() error {
		if len(ids) == 0 {
			return nil
		}
		found, err := look.hasAds(ctx, ids)
		if err != nil {
			return fmt.Errorf("look up adverts: %w", err)
		}
		for i, id := range ids {
			var doc [16]byte
			if _, err := hex.Decode(doc[:], []byte(id)); err != nil {
				return fmt.Errorf("advert id: %w", err)
			}
			switch _, lettered := s.letters[doc]; {
			case found[i]:
				v.Indexed++
			case lettered:
				v.DeadLettered++
			default:
				missing("advert " + id)
			}
		}
		ids = ids[:0]
		return nil
	}
	for doc := range s.ads {
		if ids = append(ids, hex.EncodeToString(doc[:])); len(ids) == cap(ids) {
			if err := ask(); err != nil {
				return v, err
			}
		}
	}
	if err := ask(); err != nil {
		return v, err
	}
	v.InIndex, err = look.countAds(ctx)
	if err != nil {
		return v, fmt.Errorf("count documents: %w", err)
	}
	return v, nil
}

func readRaw(ctx context.Context, kafka kafkaAccess) (*rawState, error) {
	t := defaultTopics()
	s := &rawState{
		ads: map[[16]byte]struct{}{}, unreadable: map[position]struct{}{},
		letters: map[[16]byte]struct{}{}, rawLetters: map[position]struct{}{},
	}
	if err := scanTopic(ctx, kafka, t.raw, s.addRaw); err != nil {
		return nil, err
	}
	for _, topic := range t.inputs() {
		if err := scanTopic(ctx, kafka, deadLetterTopic(topic), s.addLetter); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *rawState) addRaw(r stream.Record) error {
	s.messages++
	a, err := ad.Decode(r.Value)
	if err != nil {
		s.unreadable[position{r.Partition, r.Offset}] = struct{}{}
		return nil //nolint:nilerr // a message that is no advert is a fact to count, not a failure
	}
	doc, err := decodeDocID(ad.DocID(a.Platform, a.ID))
	if err != nil {
		return err
	}
	s.ads[doc] = struct{}{}
	return nil
}

func (s *rawState) addLetter(r stream.Record) error {
	l, err := stream.ParseDeadLetter(r)
	if err != nil {
		return fmt.Errorf("%s %d/%d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	if l.Topic == defaultTopics().raw {
		s.rawLetters[position{l.Partition, l.Offset}] = struct{}{}
		// A producer of its own need not set the header.
		if a, err := ad.Decode(r.Value); err == nil {
			doc, err := decodeDocID(ad.DocID(a.Platform, a.ID))
			if err != nil {
				return err
			}
			s.letters[doc] = struct{}{}
		}
	}
	for _, h := range r.Headers {
		if h.Key != "palermo-ad" {
			continue
		}
		doc, err := decodeDocID(string(h.Value))
		if err != nil {
			return err
		}
		s.letters[doc] = struct{}{}
	}
	return nil
}

func decodeDocID(id string) (doc [16]byte, err error) {
	if len(id) != 2*len(doc) {
		return doc, fmt.Errorf("advert id has %d characters, not %d", len(id), 2*len(doc))
	}
	if _, err := hex.Decode(doc[:], []byte(id)); err != nil {
		return doc, fmt.Errorf("advert id: %w", err)
	}
	return doc, nil
}

func (v verification) print(env *environment, asJSON bool) error {
	if asJSON {
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return fmt.Errorf("print counts: %w", err)
		}
		_, err = fmt.Fprintf(env.stdout, "%s\n", b)
		return err
	}
	sum, sign := v.Ads+v.Unreadable, "="
	if !v.good() {
		sign = "≠"
	}
	_, err := fmt.Fprintf(env.stdout, "raw %d %s indexed %d + dead-lettered %d (%d messages on ads.raw, %d adverts, %d unreadable; %d documents in the index)\n",
		sum, sign, v.Indexed, v.DeadLettered, v.Raw, v.Ads, v.Unreadable, v.InIndex)
	if err != nil {
		return err
	}
	if v.Missing > 0 {
		fmt.Fprintf(env.stdout, "missing: %d\n", v.Missing)
		for _, e := range v.Examples {
			fmt.Fprintf(env.stdout, "  %s\n", e)
		}
	}
	return nil
}
