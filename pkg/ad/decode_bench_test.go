package ad_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

var sinkAd *ad.Ad

func BenchmarkDecode(b *testing.B) {
	full, err := os.ReadFile("testdata/full.json")
	require.NoError(b, err)
	for _, bb := range []struct {
		name string
		in   []byte
	}{
		{"1KB", bytes.TrimSpace(full)},
		{"600B", doc("title", `"Warehouse worker"`, "text", repeated("work abroad ", 40))},
		{"64KB", doc("text", repeated("work abroad ", 5400))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				a, err := ad.Decode(bb.in)
				if err != nil {
					b.Fatal(err)
				}
				sinkAd = a
			}
		})
	}
}

// What a hostile sender can make one message of the largest size cost.
func BenchmarkDecodeHostile(b *testing.B) {
	fill := func(s string) string { return strings.Repeat(s, (ad.MaxMessageBytes-200)/len(s)) }
	for _, bb := range []struct {
		name string
		in   []byte
	}{
		{"images", doc("images", "["+strings.TrimSuffix(fill("{},"), ",")+"]")},
		{"attributes", doc("attributes", members(`"v"`, 80000))},
		{"unknown", []byte(members(`"v"`, 80000))},
		{"deep", []byte(fill("["))},
		{"escapes", doc("text", `"`+fill(`\u0041`)+`"`)},
		{"quotes", []byte(fill(`"`))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				// Only what it costs is asked here.
				sinkAd, _ = ad.Decode(bb.in)
			}
		})
	}
}

func BenchmarkLineReader(b *testing.B) {
	feed := []byte(strings.Repeat(strings.Repeat("x", 999)+"\n", 10000))
	l := ad.NewLineReader(bytes.NewReader(nil), 0)
	r := bytes.NewReader(feed)
	b.ReportAllocs()
	b.SetBytes(int64(len(feed)))
	for b.Loop() {
		r.Reset(feed)
		l.Reset(r)
		for {
			if _, _, err := l.Next(); err != nil {
				break
			}
		}
	}
}
