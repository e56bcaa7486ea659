package ad_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// FuzzDecode: never panics; an advert that is accepted passes Validate, holds
// valid UTF-8 within the limits and survives another round over the wire; an
// advert that is refused gives a short, printable FieldError.
func FuzzDecode(f *testing.F) {
	full, err := os.ReadFile("testdata/full.json")
	require.NoError(f, err)
	f.Add(full)
	f.Add(doc())
	f.Add(doc("text", `"\ud800"`, "attributes", `{"a":"b","":"c"}`))
	f.Add(doc("x", strings.Repeat("[", 20)))
	f.Add([]byte("\uFEFF{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		a, err := ad.Decode(b)
		require.Equal(t, before, b, "the input is the caller's")
		if err != nil {
			var fe *ad.FieldError
			require.ErrorAs(t, err, &fe)
			require.Contains(t, ad.Codes(), fe.Code)
			require.NotEmpty(t, fe.Problem)
			require.NotEmpty(t, fe.Fix)
			require.Less(t, len(err.Error()), 256)
			require.Equal(t, err.Error(), ad.Printable(err.Error(), 256))
			_, again := ad.Decode(b)
			require.Equal(t, err, again)
			return
		}
		require.NoError(t, a.Validate())
		require.LessOrEqual(t, len(a.Text), ad.MaxTextBytes)
		require.LessOrEqual(t, len(a.Title), ad.MaxTitleBytes)
		for _, s := range []string{a.ID, a.Platform, a.Title, a.Text, a.Category, a.Language, a.URL} {
			require.True(t, utf8.ValidString(s))
		}
		wire := encode(t, a)
		if len(wire) > ad.MaxMessageBytes {
			return // escaping made it longer
		}
		again, err := ad.Decode(wire)
		require.NoError(t, err)
		require.Equal(t, wire, encode(t, again))
	})
}

// FuzzLineReader: gives what splitting the whole feed in memory gives, however
// the feed arrives and whatever the limit is.
func FuzzLineReader(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n c"), uint16(1), uint8(3))
	f.Add([]byte("\uFEFF12345678\r\n123456789"), uint16(8), uint8(1))
	f.Add([]byte(strings.Repeat("x", 100)+"\n"), uint16(10), uint8(7))
	f.Fuzz(func(t *testing.T, feed []byte, limit uint16, step uint8) {
		maxLine := max(int(limit), 1)
		l := ad.NewLineReader(&stepReader{bytes.NewReader(feed), max(int(step), 1)}, maxLine)
		lines := bytes.Split(bytes.TrimPrefix(feed, []byte("\uFEFF")), []byte("\n"))
		for i, want := range lines {
			whole := want
			want = bytes.TrimSuffix(want, []byte("\r"))
			over := len(want) > maxLine
			if !over && len(bytes.Trim(want, " \t\r")) == 0 {
				continue
			}
			got, number, err := l.Next()
			require.Equal(t, i+1, number)
			if over {
				require.Equal(t, ad.CodeTooLarge, ad.CodeOf(err))
				require.Equal(t, whole[:maxLine], got)
				continue
			}
			require.NoError(t, err)
			require.Equal(t, string(want), string(got))
		}
		_, _, err := l.Next()
		require.ErrorIs(t, err, io.EOF)
	})
}

// stepReader reads at most n bytes at once.
type stepReader struct {
	r io.Reader
	n int
}

func (s *stepReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.n)]) }
