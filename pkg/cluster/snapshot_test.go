package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// busy has some of everything: merges, a window that turned, free numbers, texts
// of several lengths, shingles that were dropped.
func busy(tb testing.TB) *Assigner {
	tb.Helper()
	a := newAssigner(tb, small())
	d := drive(tb, a)
	bridge(d)
	for i := range 40 {
		d.put(fmt.Sprint(i), text(uint64(100+i)), (500_000+int64(i/4))*hour)
		d.put(fmt.Sprint("e", i), edited(uint64(100+i), 4, 3, 1), 0)
	}
	old, young, _ := bridge(d)
	require.Equal(tb, old.Cluster, a.Resolve(young.Cluster))
	d.put("short", "cook wanted", 0)
	d.put("long", text(50)+" "+text(51)+" "+text(52)+" "+text(53)+" "+text(54), 0)
	d.put("end", text(200), 500_011*hour)
	s := a.Stats()
	require.Positive(tb, s.Merged)
	require.Positive(tb, s.Expired)
	require.NotEmpty(tb, a.clusters.free)
	return a
}

func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	good := snapshot(t, busy(t))
	_, err := Restore(bytes.NewReader(good), small())
	require.NoError(t, err)

	for _, tt := range []struct {
		name   string
		change func(b []byte) []byte
		want   error
	}{
		{"empty", func([]byte) []byte { return nil }, ErrSnapshot},
		{"cut", func(b []byte) []byte { return b[:len(b)-1] }, ErrSnapshot},
		{"cut in the middle", func(b []byte) []byte { return b[:len(b)/2] }, ErrSnapshot},
		{"longer", func(b []byte) []byte { return append(b, 0) }, ErrSnapshot},
		{"something else", func(b []byte) []byte { b[7] ^= 1; return b }, ErrSnapshot},
		{"another version", func(b []byte) []byte { b[0]++; return b }, ErrVersion},
		{"other parameters", func(b []byte) []byte { b[8]++; return b }, ErrParams},
	} {
		_, err := Restore(bytes.NewReader(tt.change(bytes.Clone(good))), small())
		require.ErrorIs(t, err, tt.want, tt.name)
	}

	for name, change := range map[string]func(p *Params){
		"slots":        func(p *Params) { p.Slots++ },
		"bands":        func(p *Params) { p.Bands-- },
		"rows":         func(p *Params) { p.Rows-- },
		"threshold":    func(p *Params) { p.Threshold += .01 },
		"merge_margin": func(p *Params) { p.MergeMargin += .01 },
		"min_shingles": func(p *Params) { p.MinShingles++ },
		"window":       func(p *Params) { p.Window++ },
		"generations":  func(p *Params) { p.Generations-- },
		"max_ads":      func(p *Params) { p.MaxAds++ },
		"exact_bytes":  func(p *Params) { p.ExactBytes++ },
		"seed":         func(p *Params) { p.Seed++ },
	} {
		p := small()
		change(&p)
		_, err := Restore(bytes.NewReader(good), p)
		require.ErrorIs(t, err, ErrParams, name)
	}
	_, err = Restore(bytes.NewReader(good), Params{})
	require.Error(t, err)
	require.ErrorIs(t, busy(t).Snapshot(full{}), errFull)
}

var errFull = errors.New("disk is full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestRestoreOfDamage changes bytes of a snapshot, one at a time. Either it is
// refused, or what comes of it can be used: nothing panics, and the snapshot of it
// can be read. (The runner's checksum finds such damage first.)
func TestRestoreOfDamage(t *testing.T) {
	t.Parallel()
	a := newAssigner(t, small())
	d := drive(t, a)
	bridge(d)
	d.put("x", text(9), 500_000*hour)
	d.put("y", text(8), 500_003*hour)
	good := snapshot(t, a)
	step := 5
	if testing.Short() {
		step = 41
	}
	accepted := 0
	for i := 0; i < len(good); i += step {
		bad := bytes.Clone(good)
		bad[i] ^= 0x41
		if use(t, bad) {
			accepted++
		}
	}
	t.Logf("%d of %d damages were not found", accepted, len(good)/step)
}

// use restores and uses a snapshot, and reports whether it was accepted.
func use(tb testing.TB, data []byte) bool {
	tb.Helper()
	a, err := Restore(bytes.NewReader(data), small())
	if err != nil {
		require.True(tb, errors.Is(err, ErrSnapshot) || errors.Is(err, ErrVersion) || errors.Is(err, ErrParams), "%v", err)
		return false
	}
	if a.seq < 1<<63 {
		d := drive(tb, a)
		for i := range uint64(12) {
			d.put(fmt.Sprint(i), text(i), int64(500_000+i)*hour)
			d.put(fmt.Sprint(i), edited(i, 3, 3, i), 0)
		}
		bridge(d)
	}
	_, err = Restore(bytes.NewReader(snapshot(tb, a)), small())
	require.NoError(tb, err)
	return true
}
