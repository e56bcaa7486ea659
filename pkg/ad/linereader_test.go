package ad_test

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// readLines writes what a LineReader gives as "number:line", with a ! behind a
// line over the limit, and returns the final error.
func readLines(r io.Reader, maxLine int) ([]string, error) {
	l := ad.NewLineReader(r, maxLine)
	var out []string
	for {
		line, number, err := l.Next()
		s := strconv.Itoa(number) + ":" + string(line)
		var fe *ad.FieldError
		switch {
		case err == nil:
			out = append(out, s)
		case errors.As(err, &fe):
			out = append(out, s+"!")
		default:
			return out, err
		}
	}
}

func TestLineReader(t *testing.T) {
	t.Parallel()
	const maxLine = 8
	tests := []struct {
		name, in string
		want     []string
	}{
		{"empty", "", nil},
		{"blank", "\n \n\t\r\n\n  ", nil},
		{"one", "a\n", []string{"1:a"}},
		{"no last line feed", "a\nb", []string{"1:a", "2:b"}},
		{"carriage returns", "a\r\nb\r\n", []string{"1:a", "2:b"}},
		{"carriage return inside", "a\rb\n", []string{"1:a\rb"}},
		{"blank lines are counted", "\n\na\n\nb", []string{"3:a", "5:b"}},
		{"byte order mark", "\uFEFFa\n\uFEFFb", []string{"1:a", "2:\uFEFFb"}},
		{"byte order mark alone", "\uFEFF\na", []string{"2:a"}},
		{"at the limit", "12345678\n", []string{"1:12345678"}},
		{"at the limit with everything around", "\uFEFF12345678\r\nb", []string{"1:12345678", "2:b"}},
		{"over", "123456789\nb\n", []string{"1:12345678!", "2:b"}},
		{"over, last", "b\n123456789", []string{"1:b", "2:12345678!"}},
		{"over, cut by the buffer", strings.Repeat("x", 14) + "\nb", []string{"1:xxxxxxxx!", "2:b"}},
		{"far over", strings.Repeat("x", 1000) + "\r\n\nb\n" + strings.Repeat("y", 100) + "\nc", []string{"1:xxxxxxxx!", "3:b", "4:yyyyyyyy!", "5:c"}},
		{"far over, never ends", strings.Repeat("x", 1000), []string{"1:xxxxxxxx!"}},
		{"carriage return over", "12345678\r\r\nb", []string{"1:12345678!", "2:b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range []io.Reader{
				strings.NewReader(tt.in),
				iotest.OneByteReader(strings.NewReader(tt.in)),
				iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				got, err := readLines(r, maxLine)
				require.ErrorIs(t, err, io.EOF)
				require.Equal(t, tt.want, got)
			}
		})
	}
}

func TestLineReaderLongLineInBoundedMemory(t *testing.T) {
	t.Parallel()
	feed := io.MultiReader(
		bytes.NewReader(append(doc(), '\n')),
		strings.NewReader(strings.Repeat("x", 20<<20)+"\n"),
		bytes.NewReader(doc("id", `"2"`)),
	)
	l := ad.NewLineReader(feed, 0)
	line, number, err := l.Next()
	require.NoError(t, err)
	require.Equal(t, 1, number)
	require.Equal(t, doc(), line)
	line, number, err = l.Next()
	require.EqualError(t, err, "the line has more than 1048576 bytes: send at most 1048576 bytes an advert")
	require.Equal(t, ad.CodeTooLarge, ad.CodeOf(err))
	require.Equal(t, 2, number)
	require.Len(t, line, ad.MaxMessageBytes)
	require.LessOrEqual(t, cap(line), ad.MaxMessageBytes+5)
	line, number, err = l.Next()
	require.NoError(t, err)
	require.Equal(t, 3, number)
	require.Equal(t, doc("id", `"2"`), line)
	for range 2 {
		_, number, err = l.Next()
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 3, number)
	}
}

// A feed that breaks off must not give the beginning of a line as a line.
func TestLineReaderBreaksOff(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	l := ad.NewLineReader(io.MultiReader(strings.NewReader("a\nb\nhalf a li"), iotest.ErrReader(boom)), 100)
	for want := 1; want <= 2; want++ {
		_, number, err := l.Next()
		require.NoError(t, err)
		require.Equal(t, want, number)
	}
	for range 2 {
		line, number, err := l.Next()
		require.ErrorIs(t, err, boom)
		require.Nil(t, line)
		require.Equal(t, 2, number)
	}
	l.Reset(strings.NewReader("again"))
	line, number, err := l.Next()
	require.NoError(t, err)
	require.Equal(t, "1:again", strconv.Itoa(number)+":"+string(line))
}

func TestLineReaderBreaksOffInALongLine(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	got, err := readLines(io.MultiReader(strings.NewReader(strings.Repeat("x", 50)), iotest.ErrReader(boom)), 8)
	require.ErrorIs(t, err, boom)
	require.Equal(t, []string{"1:xxxxxxxx!"}, got)
}

type idleReader struct{}

func (idleReader) Read([]byte) (int, error) { return 0, nil }

func TestLineReaderGivesUpOnAnIdleReader(t *testing.T) {
	t.Parallel()
	_, err := readLines(idleReader{}, 8)
	require.ErrorIs(t, err, io.ErrNoProgress)
}
