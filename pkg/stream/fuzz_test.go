package stream

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"unicode/utf8"
)

// Whatever the headers hold, parsing does not panic, keeps the error text short
// and valid, and what it accepts can be written and read again unchanged.
func FuzzParseDeadLetter(f *testing.F) {
	d := DeadLetter{Stage: "s", Code: "c", Error: "e", Topic: "t", Attempts: 1}
	var seed bytes.Buffer
	for _, h := range d.message("t").Headers {
		seed.WriteString(h.Key + "\x00" + string(h.Value) + "\x01")
	}
	f.Add(seed.Bytes())
	f.Add([]byte("palermo-dlq-offset\x00-1\x01palermo-replay\x009"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var rec Record
		for pair := range bytes.SplitSeq(data, []byte{1}) {
			k, v, _ := bytes.Cut(pair, []byte{0})
			rec.Headers = append(rec.Headers, Header{Key: string(k), Value: v})
		}
		got, err := ParseDeadLetter(rec)
		if err != nil {
			return
		}
		if len(got.Error) > maxErrorBytes || !utf8.ValidString(got.Error) {
			t.Fatalf("error text %q", got.Error)
		}
		m := got.message("x")
		again, err := ParseDeadLetter(Record{Headers: m.Headers})
		if err != nil {
			// RFC 3339 cannot write a year that another zone makes negative or
			// five digits long.
			if y := got.Time.UTC().Year(); y < 0 || y > 9999 {
				return
			}
			t.Fatalf("written and read again: %v", err)
		}
		if again.Offset != got.Offset || again.Topic != got.Topic || again.Error != got.Error || !again.Time.Equal(got.Time) {
			t.Fatalf("%+v became %+v", got, again)
		}
		if r, err := ReplayMessage(got); err == nil {
			for _, h := range r.Headers {
				if len(h.Key) >= len(deadLetterPrefix) && h.Key[:len(deadLetterPrefix)] == deadLetterPrefix {
					t.Fatalf("replay has header %s", h.Key)
				}
			}
		}
	})
}

// A snapshot is accepted only if it is byte for byte what save would write, and
// one changed byte makes it bad.
func FuzzSnapshot(f *testing.F) {
	make := func(offset int64, body []byte) []byte {
		h := snapshotHead{offset: offset, length: int64(len(body))}
		sum := sha256.New()
		sum.Write(body)
		h.sum = h.checksum("t", 1, sum)
		return append(h.append(nil), body...)
	}
	f.Add(make(7, []byte("state")), uint16(3))
	f.Add(make(0, nil), uint16(0))
	f.Add([]byte(snapshotMagic), uint16(9))
	f.Fuzz(func(t *testing.T, data []byte, at uint16) {
		head, err := checkSnapshot(bytes.NewReader(data), "t", 1)
		if err != nil {
			return
		}
		if want := make(head.offset, data[snapshotHeader:]); !bytes.Equal(want, data) {
			t.Fatal("accepted what save does not write")
		}
		bad := bytes.Clone(data)
		bad[int(at)%len(bad)] ^= 0x10
		if _, err := checkSnapshot(bytes.NewReader(bad), "t", 1); err == nil {
			t.Fatalf("accepted a changed byte at %d", int(at)%len(bad))
		}
		if _, err := checkSnapshot(bytes.NewReader(data), "t", 2); err == nil {
			t.Fatal("accepted in another partition")
		}
	})
}
