package lsh

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestLayout(t *testing.T) {
	t.Parallel()
	for _, l := range []Layout{{0, 5}, {5, 0}, {MaxBands + 1, 1}, {22, 6}, {-1, -1}, {1, 129}} {
		require.Error(t, l.Validate(128), "%+v", l)
	}
	l := Layout{Bands: 21, Rows: 6}
	require.NoError(t, l.Validate(128))
	require.InDelta(t, .9278, l.Probability(.70), .0005)
	require.InDelta(t, .9838, l.Probability(.75), .0005)
	require.InDelta(t, .0152, l.Probability(.30), .0005)

	sig := make([]uint32, 128)
	a := l.AppendKeys(nil, sig, 1)
	require.Len(t, a, 21)
	require.NotEqual(t, a, l.AppendKeys(nil, sig, 2), "keys depend on the seed")
	require.NotEqual(t, a[0], a[1], "bands of equal rows have different keys")
	sig[7]++ // in the second band
	b := l.AppendKeys(nil, sig, 1)
	for i := range a {
		require.Equal(t, i != 1, a[i] == b[i])
	}
	sig[127]++ // beyond the last band
	require.Equal(t, b, l.AppendKeys(nil, sig, 1))
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{},
		{Bands: MaxBands + 1},
		{Bands: 4, Shard: 1},
		{Bands: 4, Shard: -1, Shards: 2},
		{Bands: 4, Shard: 2, Shards: 2},
		{Bands: 2, Shards: 3},
		{Bands: 1, Capacity: -1},
		{Bands: 1, Shards: -1},
	} {
		_, err := New(c)
		require.Error(t, err, "%+v", c)
	}
}

// model is an Index by maps.
type model struct {
	bands []map[uint32]uint32
}

func newModel(bands int) *model {
	m := &model{}
	for range bands {
		m.bands = append(m.bands, map[uint32]uint32{})
	}
	return m
}

func (m *model) query(keys []uint32) (ids []uint32) {
	for i, k := range keys {
		if id := m.bands[i][k]; id != 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *model) insert(id uint32, keys []uint32) (ids []uint32) {
	ids = m.query(keys)
	for i, k := range keys {
		m.bands[i][k] = id
	}
	return ids
}

func (m *model) expire(drop uint32) {
	for _, b := range m.bands {
		for k, id := range b {
			if id <= drop {
				delete(b, k)
			} else {
				b[k] = id - drop
			}
		}
	}
}

func (m *model) len() (n int) {
	for _, b := range m.bands {
		n += len(b)
	}
	return n
}

// TestIndexIsAMap drives an index and its model with the same steps. The keys are
// few and bunched at both ends of their range, so that tables wrap, grow and
// collide. At times the index is replaced by its own snapshot.
func TestIndexIsAMap(t *testing.T) {
	t.Parallel()
	const bands = 3
	key := rapid.Custom(func(t *rapid.T) uint32 {
		return rapid.Uint32Max(300).Draw(t, "key") * rapid.SampledFrom([]uint32{1, ^uint32(0), 14_000_000}).Draw(t, "spread")
	})
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Bands: bands}
		x, err := New(cfg)
		require.NoError(t, err)
		m := newModel(bands)
		next := uint32(1)
		keys := func(t *rapid.T) []uint32 { return rapid.SliceOfN(key, bands, bands).Draw(t, "keys") }
		t.Repeat(map[string]func(*rapid.T){
			"insert": func(t *rapid.T) {
				for range rapid.IntRange(1, 40).Draw(t, "n") {
					k := keys(t)
					require.Equal(t, m.insert(next, k), x.Insert(next, k, nil))
					next++
				}
			},
			"query": func(t *rapid.T) {
				k := keys(t)
				require.Equal(t, m.query(k), x.Query(k, nil))
			},
			"expire": func(t *rapid.T) {
				drop := rapid.Uint32Max(next-1).Draw(t, "drop")
				m.expire(drop)
				x.Expire(drop)
				next -= drop
			},
			"snapshot": func(t *rapid.T) {
				var b bytes.Buffer
				n, err := x.WriteTo(&b)
				require.NoError(t, err)
				require.EqualValues(t, b.Len(), n)
				raw := bytes.Clone(b.Bytes())
				x, err = Read(&b, cfg, next)
				require.NoError(t, err)
				b.Reset()
				_, err = x.WriteTo(&b)
				require.NoError(t, err)
				require.Equal(t, raw, b.Bytes())
			},
			"prefault": func(*rapid.T) { x.Prefault() },
			"":         func(t *rapid.T) { require.Equal(t, m.len(), x.Len()) },
		})
	})
}

// TestShards checks that the shards together find what one index finds.
func TestShards(t *testing.T) {
	t.Parallel()
	const bands = 7
	whole, err := New(Config{Bands: bands, Capacity: 100})
	require.NoError(t, err)
	var shards []*Index
	for i := range 3 {
		x, err := New(Config{Bands: bands, Shard: i, Shards: 3})
		require.NoError(t, err)
		shards = append(shards, x)
	}
	keys := make([]uint32, bands)
	for id := uint32(1); id < 500; id++ {
		for i := range keys {
			keys[i] = id * uint32(i+1) % 97
		}
		var got []uint32
		for _, s := range shards {
			got = s.Insert(id, keys, got)
		}
		require.ElementsMatch(t, whole.Insert(id, keys, nil), got)
	}
	require.Panics(t, func() { whole.Insert(1, keys[1:], nil) })
}

// TestMemoryComesBack checks that an index shrinks when most of it expires.
func TestMemoryComesBack(t *testing.T) {
	t.Parallel()
	x, err := New(Config{Bands: 2})
	require.NoError(t, err)
	for id := uint32(1); id <= 100_000; id++ {
		x.Insert(id, []uint32{id * 2654435761, id * 40503 * 65537}, nil)
	}
	full := x.Bytes()
	require.Less(t, float64(full)/100_000, 2*20.1, "13 to 20 bytes an entry")
	x.Expire(99_990)
	require.Less(t, x.Bytes(), full/100)
	require.Equal(t, 20, x.Len())
	x.Expire(0)
	require.Equal(t, 20, x.Len())
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	cfg := Config{Bands: 2}
	x, err := New(cfg)
	require.NoError(t, err)
	for id := uint32(1); id <= 100; id++ {
		x.Insert(id, []uint32{id * 2654435761, id}, nil)
	}
	var b bytes.Buffer
	_, err = x.WriteTo(&b)
	require.NoError(t, err)
	good := b.Bytes()
	for _, tt := range []struct {
		name   string
		change func(b []byte) []byte
		cfg    Config
		maxID  uint32
	}{
		{"empty", func([]byte) []byte { return nil }, cfg, 100},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, cfg, 100},
		{"another magic", func(b []byte) []byte { b[0]++; return b }, cfg, 100},
		{"another layout", func(b []byte) []byte { return b }, Config{Bands: 3}, 100},
		{"another shard", func(b []byte) []byte { return b }, Config{Bands: 2, Shard: 1, Shards: 2}, 100},
		{"unknown ids", func(b []byte) []byte { return b }, cfg, 99},
		{"another count", func(b []byte) []byte { b[40]++; return b }, cfg, 100},
		{"a huge length", func(b []byte) []byte { b[36] = 1; return b }, cfg, 100},
		{"an entry elsewhere", func(b []byte) []byte { b[56+7] ^= 0x80; return b }, cfg, 100},
	} {
		_, err := Read(bytes.NewReader(tt.change(bytes.Clone(good))), tt.cfg, tt.maxID)
		require.ErrorIs(t, err, ErrSnapshot, tt.name)
	}
	_, err = Read(bytes.NewReader(good), Config{}, 1)
	require.Error(t, err)
	_, err = x.WriteTo(failing{})
	require.ErrorIs(t, err, errFull)
}

var errFull = errors.New("disk is full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

var _ io.Writer = failing{}
