package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// writeOut writes msgs and returns when all are acknowledged.
func (w *worker) writeOut(l lifetimes, msgs []Message) error {
	if len(msgs) == 0 {
		return nil
	}
	defer w.r.metrics.observe(phaseWrite, time.Now())
	w.status.enter(phaseWrite)
	err := w.retry(l, phaseWrite, func(ctx context.Context, _ int) error {
		var err error
		msgs, err = w.r.sink.write(ctx, msgs)
		return err
	})
	if errors.Is(err, ErrTooLarge) {
		return &isolateError{code: CodeOutputTooLarge, text: err.Error()}
	}
	return err
}

func (w *worker) deadLetters(recs []Record, rejects []Reject, attempts int) []DeadLetter {
	if len(rejects) == 0 {
		return nil
	}
	now := time.Now()
	out := make([]DeadLetter, 0, len(rejects))
	for _, r := range rejects {
		rec := recs[r.Index]
		text := ""
		if r.Err != nil {
			text = r.Err.Error()
		}
		out = append(out, DeadLetter{
			Stage: w.r.conf.Stage, Code: r.Code, Error: text,
			Topic: rec.Topic, Partition: rec.Partition, Offset: rec.Offset,
			Time: now, Attempts: max(attempts, 1),
			Key: rec.Key, Value: rec.Value, Headers: rec.Headers,
		})
	}
	return out
}

// writeDeadLetters writes letters and returns when all are acknowledged. A
// value that the topic refuses for its size is left out and its length noted:
// the other choice is to stand still for ever.
func (w *worker) writeDeadLetters(l lifetimes, letters []DeadLetter) error {
	if len(letters) == 0 {
		return nil
	}
	defer w.r.metrics.observe(phaseDeadLetter, time.Now())
	w.status.enter(phaseDeadLetter)
	msgs := make([]Message, len(letters))
	for i, d := range letters {
		msgs[i] = d.message(w.r.deadLetters)
	}
	err := w.retry(l, phaseDeadLetter, func(ctx context.Context, _ int) error {
		for {
			var err error
			msgs, err = w.r.sink.write(ctx, msgs)
			if !errors.Is(err, ErrTooLarge) {
				return err
			}
			largest := 0
			for i := range msgs {
				if messageSize(&msgs[i]) > messageSize(&msgs[largest]) {
					largest = i
				}
			}
			if len(msgs[largest].Value) == 0 {
				return Fatal(fmt.Errorf("dead letter without its value is too large for %s: raise its max.message.bytes: %w", w.r.deadLetters, err))
			}
			w.log.Error("dead letter is too large: written without its value", zap.Int("bytes", len(msgs[largest].Value)))
			msgs[largest] = omitValue(msgs[largest])
		}
	})
	if err != nil {
		return err
	}
	for _, d := range letters {
		w.r.metrics.deadLetter(d.Code, 1)
	}
	return nil
}
