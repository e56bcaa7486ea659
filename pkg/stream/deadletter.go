package stream

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxErrorBytes bounds the error text in a dead letter.
const maxErrorBytes = 256

// ErrReplayLimit is returned for a message that was replayed MaxReplays times.
var ErrReplayLimit = errors.New("message was replayed as often as is allowed")

// DeadLetter is a record that a stage gave up, and why. Key, Value and Headers
// are as the stage read them.
type DeadLetter struct {
	Stage string
	// Code is one word of a closed list.
	Code string
	// Error is at most 256 bytes and holds no content of the record.
	Error string
	// Topic, Partition and Offset are where the record was read.
	Topic     string
	Partition int
	Offset    int64
	// Time is when it was given up.
	Time time.Time
	// Attempts is how often it was handled, at least 1.
	Attempts int
	// Omitted is the length of a value that was too large for the dead-letter
	// topic, else 0.
	Omitted int

	Key     []byte
	Value   []byte
	Headers []Header
}

// message returns the dead letter as it is written. Headers of an earlier dead
// letter are replaced: a dead-letter topic may itself be the input of a stage.
func (d DeadLetter) message(topic string) Message {
	h := withoutDeadLetter(d.Headers, 9)
	add := func(key, value string) { h = append(h, Header{Key: key, Value: []byte(value)}) }
	add(HeaderStage, d.Stage)
	add(HeaderCode, d.Code)
	add(HeaderError, cutText(d.Error, maxErrorBytes))
	add(HeaderTopic, d.Topic)
	add(HeaderPartition, strconv.Itoa(d.Partition))
	add(HeaderOffset, strconv.FormatInt(d.Offset, 10))
	add(HeaderTime, d.Time.UTC().Format(time.RFC3339Nano))
	add(HeaderAttempts, strconv.Itoa(d.Attempts))
	if d.Omitted > 0 {
		add(HeaderOmitted, strconv.Itoa(d.Omitted))
	}
	return Message{Topic: topic, Key: d.Key, Value: d.Value, Headers: h}
}

// ParseDeadLetter reads a record of a dead-letter topic. It fails if one of the
// headers is missing, given twice, or not what it should be. The slices of the
// result are those of rec.
func ParseDeadLetter(rec Record) (DeadLetter, error) {
	d := DeadLetter{Key: rec.Key, Value: rec.Value}
	seen := map[string]bool{}
	var errs []error
	number := func(h Header, bits int) int64 {
		n, err := strconv.ParseInt(string(h.Value), 10, bits)
		if err == nil && n < 0 {
			err = strconv.ErrRange
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("header %s: not a number from 0", h.Key))
		}
		return n
	}
	for _, h := range rec.Headers {
		if !strings.HasPrefix(h.Key, deadLetterPrefix) {
			d.Headers = append(d.Headers, h)
			continue
		}
		if seen[h.Key] {
			errs = append(errs, fmt.Errorf("header %s: given twice", h.Key))
			continue
		}
		seen[h.Key] = true
		switch h.Key {
		case HeaderStage:
			d.Stage = string(h.Value)
		case HeaderCode:
			d.Code = string(h.Value)
		case HeaderError:
			d.Error = cutText(string(h.Value), maxErrorBytes)
		case HeaderTopic:
			d.Topic = string(h.Value)
		case HeaderPartition:
			d.Partition = int(number(h, 32))
		case HeaderOffset:
			d.Offset = number(h, 64)
		case HeaderAttempts:
			d.Attempts = int(number(h, 32))
		case HeaderOmitted:
			d.Omitted = int(number(h, 32))
		case HeaderTime:
			t, err := time.Parse(time.RFC3339Nano, string(h.Value))
			if err != nil {
				errs = append(errs, fmt.Errorf("header %s: not an RFC 3339 time", h.Key))
			}
			d.Time = t
		}
	}
	for _, key := range []string{HeaderStage, HeaderCode, HeaderTopic, HeaderPartition, HeaderOffset, HeaderTime} {
		if !seen[key] {
			errs = append(errs, fmt.Errorf("header %s: missing", key))
		}
	}
	if seen[HeaderTopic] && d.Topic == "" {
		errs = append(errs, fmt.Errorf("header %s: empty", HeaderTopic))
	}
	if len(errs) > 0 {
		return DeadLetter{}, fmt.Errorf("parse dead letter at offset %d: %w", rec.Offset, errors.Join(errs...))
	}
	return d, nil
}

// ReplayMessage returns the message that puts d back where it came from: its
// topic, key, value and own headers, with the replay counted. It returns
// ErrReplayLimit after MaxReplays, and an error if the value was omitted.
func ReplayMessage(d DeadLetter) (Message, error) {
	if d.Omitted > 0 || d.Code == CodeUnreadable {
		return Message{}, fmt.Errorf("replay %s/%d offset %d: the dead letter does not hold the value", d.Topic, d.Partition, d.Offset)
	}
	n := 0
	headers := make([]Header, 0, len(d.Headers)+1)
	for _, h := range withoutDeadLetter(d.Headers, 0) {
		if h.Key != HeaderReplay {
			headers = append(headers, h)
			continue
		}
		got, err := strconv.Atoi(string(h.Value))
		if err != nil || got < 0 {
			return Message{}, fmt.Errorf("replay %s/%d offset %d: header %s is not a count", d.Topic, d.Partition, d.Offset, HeaderReplay)
		}
		n = max(n, got)
	}
	if n >= MaxReplays {
		return Message{}, fmt.Errorf("replay %s/%d offset %d: %w", d.Topic, d.Partition, d.Offset, ErrReplayLimit)
	}
	headers = append(headers, Header{Key: HeaderReplay, Value: []byte(strconv.Itoa(n + 1))})
	return Message{Topic: d.Topic, Key: d.Key, Value: d.Value, Headers: headers}, nil
}

// cutText shortens s to at most n bytes, on a rune, and replaces what is not
// UTF-8 or not printable, so that it is safe in a terminal.
func cutText(s string, n int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s[:min(len(s), 4*n)], "\uFFFD"))
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// omitValue returns a dead letter without its value, and without the headers
// that it had before it became one: they too may be what is too large.
func omitValue(m Message) Message {
	h := make([]Header, 0, len(m.Headers)+1)
	for _, x := range m.Headers {
		if strings.HasPrefix(x.Key, deadLetterPrefix) {
			h = append(h, x)
		}
	}
	h = append(h, Header{Key: HeaderOmitted, Value: []byte(strconv.Itoa(len(m.Value)))})
	return Message{Topic: m.Topic, Key: m.Key, Headers: h}
}
