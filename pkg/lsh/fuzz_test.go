package lsh

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzRead: no bytes make Read panic or take much more memory than they are
// long; what is read can be used, and is written again as it was.
func FuzzRead(f *testing.F) {
	cfg := Config{Bands: 2}
	for _, n := range []uint32{0, 3, 200} {
		x, err := New(cfg)
		require.NoError(f, err)
		for id := uint32(1); id <= n; id++ {
			x.Insert(id, []uint32{id * 2654435761, id}, nil)
		}
		var b bytes.Buffer
		_, err = x.WriteTo(&b)
		require.NoError(f, err)
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := Read(bytes.NewReader(data), cfg, 1000)
		if err != nil {
			return
		}
		require.LessOrEqual(t, x.Bytes(), int64(64*len(data)))
		var b bytes.Buffer
		_, err = x.WriteTo(&b)
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(data, b.Bytes()))
		x.Insert(1001, []uint32{1, 2}, nil)
		require.Equal(t, []uint32{1001, 1001}, x.Query([]uint32{1, 2}, nil))
		x.Expire(500)
		require.Equal(t, []uint32{501, 501}, x.Query([]uint32{1, 2}, nil))
	})
}
