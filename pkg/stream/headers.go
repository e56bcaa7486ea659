package stream

import "strings"

// The headers of a dead letter. Values are text; numbers are decimal.
const (
	deadLetterPrefix = "palermo-dlq-"

	// HeaderStage is the stage that gave the record up.
	HeaderStage = deadLetterPrefix + "stage"
	// HeaderCode is why, as one word of a closed list.
	HeaderCode = deadLetterPrefix + "code"
	// HeaderError says it in words: at most 256 bytes, without content.
	HeaderError = deadLetterPrefix + "error"
	// HeaderTopic, HeaderPartition and HeaderOffset are where the record was.
	HeaderTopic     = deadLetterPrefix + "topic"
	HeaderPartition = deadLetterPrefix + "partition"
	HeaderOffset    = deadLetterPrefix + "offset"
	// HeaderTime is when the record was given up, RFC 3339 in UTC.
	HeaderTime = deadLetterPrefix + "time"
	// HeaderAttempts is how often it was handled.
	HeaderAttempts = deadLetterPrefix + "attempts"
	// HeaderOmitted is present when the dead-letter topic refused the value for
	// its size: the value is empty and this is its length in bytes. The original
	// is at HeaderTopic, HeaderPartition, HeaderOffset while it is retained.
	HeaderOmitted = deadLetterPrefix + "omitted"

	// HeaderReplay counts how often a message was replayed from dead letters.
	HeaderReplay = "palermo-replay"
)

// MaxReplays is how often one message may be replayed.
const MaxReplays = 3

// FindHeader returns the value of the first header with that key.
func FindHeader(headers []Header, key string) ([]byte, bool) {
	for i := range headers {
		if headers[i].Key == key {
			return headers[i].Value, true
		}
	}
	return nil, false
}

// withoutDeadLetter returns headers without those of a dead letter, in a new
// slice with room for extra more.
func withoutDeadLetter(headers []Header, extra int) []Header {
	out := make([]Header, 0, len(headers)+extra)
	for _, h := range headers {
		if !strings.HasPrefix(h.Key, deadLetterPrefix) {
			out = append(out, h)
		}
	}
	return out
}
