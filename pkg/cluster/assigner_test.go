package cluster

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad"
)

const hour = int64(time.Hour / time.Millisecond)

// small are parameters with which the window is soon full.
func small() Params {
	p := DefaultParams()
	p.Window = 4 * time.Hour
	p.Generations = 2
	p.MaxAds = 2000
	p.ExactBytes = 16 << 10
	return p
}

func newAssigner(tb testing.TB, p Params) *Assigner {
	tb.Helper()
	a, err := New(p)
	require.NoError(tb, err)
	return a
}

// driver gives an assigner one advert after the other.
type driver struct {
	tb  require.TestingT
	a   *Assigner
	s   *Signer
	buf Signed
	seq uint64
}

func drive(tb require.TestingT, a *Assigner) *driver {
	return &driver{tb: tb, a: a, s: a.NewSigner(), seq: a.Seq()}
}

func (d *driver) put(id, text string, at int64, facts ...string) Outcome {
	require.NoError(d.tb, d.s.Sign(Ad{DocID: ad.DocID("test", id), Folded: []byte(text), Time: at, Facts: facts}, &d.buf))
	d.seq++
	o, err := d.a.Assign(d.seq, &d.buf)
	require.NoError(d.tb, err)
	return o
}

// words makes a text of n words that depends on the salt alone.
func words(salt uint64, n int) []string {
	r := rand.New(rand.NewPCG(salt, 99))
	out := make([]string, n)
	for i := range out {
		b := make([]byte, 4+r.IntN(5))
		for j := range b {
			b[j] = 'a' + byte(r.IntN(26))
		}
		out[i] = string(b)
	}
	return out
}

func text(salt uint64) string { return strings.Join(words(salt, 60), " ") }

// edited is text(salt) with n words replaced from the given one on.
func edited(salt uint64, from, n int, with uint64) string {
	w := words(salt, 60)
	copy(w[from:from+n], words(with+1e9, n))
	return strings.Join(w, " ")
}

func TestAssign(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, DefaultParams()))

	first := d.put("1", text(1), 0)
	require.Equal(t, Outcome{Seq: 1, Cluster: ad.ClusterID(ad.DocID("test", "1")), Founded: true, Similarity: 1}, first)

	other := d.put("2", text(2), 0)
	require.True(t, other.Founded)

	same := d.put("3", "  "+strings.ReplaceAll(text(1), " ", " - ")+"!", 0)
	require.Equal(t, Outcome{Seq: 3, Cluster: first.Cluster, Similarity: 1}, same, "punctuation does not count")

	near := d.put("4", edited(1, 10, 4, 1), 0)
	require.Equal(t, first.Cluster, near.Cluster)
	require.False(t, near.Founded)
	require.Greater(t, near.Similarity, .75)
	require.Less(t, near.Similarity, 1.)

	copyOfNear := d.put("5", edited(1, 10, 4, 1), 0)
	require.Equal(t, first.Cluster, copyOfNear.Cluster)
	require.InDelta(t, near.Similarity, copyOfNear.Similarity, .003, "with the representative, not with the copied one")

	far := d.put("6", edited(1, 10, 30, 2), 0)
	require.True(t, far.Founded)

	require.EqualValues(t, 6, d.a.Seq())
	_, err := d.a.Assign(6, &d.buf)
	require.ErrorIs(t, err, ErrOrder)
	s := d.a.Stats()
	require.EqualValues(t, 6, s.Ads)
	require.EqualValues(t, 3, s.Founded)
	require.EqualValues(t, 2, s.Copies)
	require.Equal(t, 3, s.Clusters)
	require.Equal(t, 6, s.Documents)
	require.Equal(t, 4, s.Texts)
	require.Positive(t, s.Bytes)
}

func TestRepeatedAndUpdated(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, DefaultParams()))
	first := d.put("1", text(1), 0, "phone")
	d.put("2", edited(1, 3, 2, 1), 0)
	again := d.put("1", text(1), 0, "phone")
	require.Equal(t, Outcome{Seq: 3, Cluster: first.Cluster, Repeated: true, Similarity: 1}, again)

	facts := d.put("1", text(1), 0, "another phone")
	require.Equal(t, Outcome{Seq: 4, Cluster: first.Cluster, Updated: true, Similarity: 1}, facts)

	// The founder of a cluster that lives on opens another one.
	moved := d.put("1", text(2), 0, "phone")
	require.True(t, moved.Updated)
	require.True(t, moved.Founded)
	require.NotEqual(t, first.Cluster, moved.Cluster)
	require.Len(t, moved.Cluster, 25)
	require.Equal(t, moved.Cluster, d.a.Resolve(moved.Cluster))
	require.Equal(t, first.Cluster, d.put("3", text(1), 0).Cluster)
	require.Equal(t, moved.Cluster, d.put("4", text(2), 0).Cluster)
}

func TestShortTexts(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, DefaultParams()))
	cook := d.put("1", "cook wanted", 0)
	require.True(t, cook.Founded)
	require.True(t, d.put("2", "cook wanted a", 0).Founded, "short texts must be the same")
	require.Equal(t, cook.Cluster, d.put("3", "cook, wanted!", 0).Cluster)
	stars := d.put("4", "★★★", 0)
	require.True(t, stars.Founded)
	require.Equal(t, stars.Cluster, d.put("5", " ★★★\n", 0).Cluster, "a text without words is told by its symbols")
	require.True(t, d.put("6", "★★", 0).Founded)
	require.True(t, d.put("7", "", 0).Founded)
	require.True(t, d.put("8", " ", 0).Founded, "nothing is like nothing")
	require.True(t, d.put("8", "", 0).Repeated)
}

func TestDocID(t *testing.T) {
	t.Parallel()
	s := newAssigner(t, DefaultParams()).NewSigner()
	var out Signed
	for _, id := range []string{"", "x", strings.Repeat("g", 32), strings.Repeat("A", 32), strings.Repeat("a", 33)} {
		require.ErrorIs(t, s.Sign(Ad{DocID: id}, &out), ErrDocID)
	}
}

// bridge makes two clusters, of text(1) and of text(1) with 9 words changed, and an
// advert between them that is near enough to both.
func bridge(d *driver) (older, younger, joined Outcome) {
	older = d.put("a", text(1), 0)
	d.put("between", text(7), 0)
	younger = d.put("b", edited(1, 20, 9, 5), 0)
	w := words(1, 60)
	copy(w[20:24], words(5+1e9, 9)[:4])
	joined = d.put("c", strings.Join(w, " "), 0)
	return older, younger, joined
}

func TestMerge(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, DefaultParams()))
	older, younger, joined := bridge(d)
	require.True(t, younger.Founded)
	require.Equal(t, []Merge{{From: younger.Cluster, Into: older.Cluster}}, joined.Merges)
	require.Equal(t, older.Cluster, joined.Cluster)
	require.Equal(t, older.Cluster, d.a.Resolve(younger.Cluster))
	require.Equal(t, older.Cluster, d.a.Resolve(older.Cluster))
	o := d.put("d", edited(1, 20, 9, 5), 0)
	require.Equal(t, older.Cluster, o.Cluster, "a copy of what opened the younger one")
	require.Less(t, o.Similarity, .75, "its similarity is with the older one's representative")
	require.Equal(t, older.Cluster, d.put("b", edited(1, 20, 9, 5), 0).Cluster)
	for _, unknown := range []string{"", "c", "x" + older.Cluster[1:], "c" + strings.Repeat("z", 24), "c" + strings.Repeat("0", 24)} {
		require.Equal(t, unknown, d.a.Resolve(unknown))
	}

	p := DefaultParams()
	p.MergeMargin = 0
	d = drive(t, newAssigner(t, p))
	_, _, joined = bridge(d)
	require.Empty(t, joined.Merges, "the representatives are not similar enough")
}

// TestChaining walks from one text to another in small steps: each is like the
// one before, but the cluster ends where nothing is like its representative.
func TestChaining(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, DefaultParams()))
	w := words(1, 60)
	first := d.put("0", strings.Join(w, " "), 0)
	replacement := words(2, 60)
	last := first
	for i := range w {
		w[i] = replacement[i]
		last = d.put(fmt.Sprint("step", i), strings.Join(w, " "), 0)
	}
	require.NotEqual(t, d.a.Resolve(first.Cluster), d.a.Resolve(last.Cluster))
}

// TestWindow lets time pass: what is not seen again is forgotten, what is seen
// again lives on.
func TestWindow(t *testing.T) {
	t.Parallel()
	p := small() // two generations of two hours
	a := newAssigner(t, p)
	d := drive(t, a)
	begin := 500_000 * hour
	lasting := d.put("lasting", text(11), begin)
	leaving := d.put("leaving", text(2), begin)
	old, young, _ := bridge(d)
	for h := int64(1); h <= 24; h++ {
		o := d.put(fmt.Sprint("l", h), text(11), begin+h*hour)
		require.Equal(t, lasting.Cluster, o.Cluster, "hour %d", h)
	}
	require.LessOrEqual(t, len(a.periods), 3)
	require.Equal(t, lasting.Cluster, d.put("near", edited(11, 5, 3, 9), 0).Cluster,
		"a near copy is found although all that was entered at first is gone")
	again := d.put("later", text(2), 0)
	require.True(t, again.Founded, "forgotten")
	require.NotEqual(t, leaving.Cluster, again.Cluster)
	require.False(t, d.put("leaving", text(3), 0).Updated, "forgotten as well")
	require.True(t, d.put("a2", text(1), 0).Founded)
	require.Equal(t, young.Cluster, a.Resolve(young.Cluster), "its tombstone went with the older one")
	require.Equal(t, old.Cluster, a.Resolve(old.Cluster))
	require.Less(t, a.Stats().Clusters, 6)
	require.EqualValues(t, 0, a.Stats().EarlyDrops)
	// Time only goes forward.
	parts := len(a.periods)
	d.put("early", text(8), 1)
	require.Len(t, a.periods, parts)
}

// TestMaxAds fills the window with more adverts than it may hold.
func TestMaxAds(t *testing.T) {
	t.Parallel()
	p := small()
	a := newAssigner(t, p)
	d := drive(t, a)
	var peak int64
	for i := range 10_000 {
		d.put(fmt.Sprint(i), text(uint64(i)), 0)
		require.LessOrEqual(t, a.docs.n, p.MaxAds)
		require.LessOrEqual(t, a.entries.len(), p.MaxAds)
		require.LessOrEqual(t, a.contents.n, p.MaxAds)
		peak = max(peak, a.Stats().Bytes)
	}
	s := a.Stats()
	require.Positive(t, s.EarlyDrops)
	require.Less(t, s.Clusters, p.MaxAds+1)
	require.Greater(t, s.Clusters, p.MaxAds/2)
	require.Less(t, peak, int64(8<<20))
	require.LessOrEqual(t, a.shingles.cells.len(), a.shingles.limit)
}

// TestHotText gives one text 100,000 times, then 100,000 texts that share half of
// their words. The work for an advert stays what it is for the first ones.
func TestHotText(t *testing.T) {
	t.Parallel()
	a := newAssigner(t, DefaultParams())
	d := drive(t, a)
	hot := text(1)
	for i := range 100_000 {
		d.put(fmt.Sprint(i), hot, 0)
	}
	s := a.Stats()
	require.EqualValues(t, 99_999, s.Copies)
	require.EqualValues(t, 0, s.Compared)
	require.Equal(t, 1, s.Clusters)
	require.Equal(t, 1, a.entries.len())

	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	before := a.Stats().Compared
	for i := range n {
		d.put(fmt.Sprint("half", i), edited(1, 30, 30, uint64(i)), 0)
	}
	s = a.Stats()
	require.LessOrEqual(t, s.Compared-before, uint64(n*a.params.Bands))
	t.Logf("%.2f comparisons an advert", float64(s.Compared-before)/float64(n))
}

// stream draws adverts that found, join, merge, repeat, update, and let time pass.
func stream(t *rapid.T, n int) []Ad {
	out := make([]Ad, n)
	at := 500_000 * hour
	for i := range out {
		salt := rapid.Uint64Range(0, 8).Draw(t, "salt")
		body := text(salt)
		switch rapid.IntRange(0, 4).Draw(t, "kind") {
		case 0:
			body = edited(salt, rapid.IntRange(0, 45).Draw(t, "from"), rapid.IntRange(1, 14).Draw(t, "n"), rapid.Uint64Range(0, 2).Draw(t, "with"))
		case 1:
			body = strings.Join(words(salt, 1), " ")
		case 2:
			w := words(salt, 60)
			copy(w[20:24], words(5+1e9, 9)[:4])
			body = strings.Join(w, " ")
		case 3:
			body = edited(salt, 20, 9, 5)
		}
		at += int64(rapid.SampledFrom([]int{0, 0, 0, 60_000, 3_600_000, -3_600_000, 20_000_000}).Draw(t, "passes"))
		out[i] = Ad{
			DocID:  ad.DocID("test", fmt.Sprint(rapid.IntRange(0, 40).Draw(t, "id"))),
			Folded: []byte(body),
			Facts:  []string{fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "fact"))},
			Time:   at,
		}
	}
	return out
}

func feed(t require.TestingT, a *Assigner, ads []Ad) (out []Outcome) {
	s := a.NewSigner()
	var buf Signed
	for _, x := range ads {
		require.NoError(t, s.Sign(x, &buf))
		o, err := a.Assign(a.Seq()+1, &buf)
		require.NoError(t, err)
		out = append(out, o)
	}
	return out
}

func snapshot(t require.TestingT, a *Assigner) []byte {
	var b bytes.Buffer
	require.NoError(t, a.Snapshot(&b))
	return b.Bytes()
}

// TestReplay stops at any point, goes on from the snapshot, and ends with the
// same outcomes and the same state, to the byte, as without the stop.
func TestReplay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ads := stream(t, rapid.IntRange(1, 120).Draw(t, "n"))
		cut := rapid.IntRange(0, len(ads)).Draw(t, "cut")
		whole, err := New(small())
		require.NoError(t, err)
		want := feed(t, whole, ads)

		a, err := New(small())
		require.NoError(t, err)
		got := feed(t, a, ads[:cut])
		saved := snapshot(t, a)
		b, err := Restore(bytes.NewReader(saved), small())
		require.NoError(t, err)
		require.Equal(t, saved, snapshot(t, b))
		got = append(got, feed(t, b, ads[cut:])...)
		require.Equal(t, want, got)
		require.Equal(t, snapshot(t, whole), snapshot(t, b))
		for _, o := range want {
			require.Equal(t, whole.Resolve(o.Cluster), b.Resolve(o.Cluster))
		}
	})
}

// TestSignersDoNotDecide prepares all adverts of a batch before the first is
// assigned: what a Signer left out or could not know must change nothing.
func TestSignersDoNotDecide(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ads := stream(t, 60)
		one, err := New(small())
		require.NoError(t, err)
		want := feed(t, one, ads)
		batched, err := New(small())
		require.NoError(t, err)
		var got []Outcome
		for len(ads) > 0 {
			n := rapid.IntRange(1, len(ads)).Draw(t, "batch")
			signed := make([]Signed, n)
			s := batched.NewSigner()
			for i := range signed {
				require.NoError(t, s.Sign(ads[i], &signed[i]))
			}
			for i := range signed {
				o, err := batched.Assign(batched.Seq()+1, &signed[i])
				require.NoError(t, err)
				got = append(got, o)
			}
			ads = ads[n:]
		}
		require.Equal(t, want, got)
		require.Equal(t, snapshot(t, one), snapshot(t, batched))
	})
}

// TestNothingAllocates: an advert in a warm pipeline costs the string of its
// cluster's id and nothing else.
func TestNothingAllocates(t *testing.T) {
	a := newAssigner(t, DefaultParams())
	s := a.NewSigner()
	var buf Signed
	x := Ad{DocID: ad.DocID("test", "1"), Folded: []byte(text(1)), Facts: []string{"a"}}
	near := []byte(edited(1, 4, 2, 1))
	seq := uint64(0)
	i := byte(0)
	require.LessOrEqual(t, testing.AllocsPerRun(200, func() {
		i++
		near[0] = 'a' + i%26 // 26 near copies, then repetitions
		x.Folded = near
		if err := s.Sign(x, &buf); err != nil {
			panic(err)
		}
		seq++
		if _, err := a.Assign(seq, &buf); err != nil {
			panic(err)
		}
	}), 1.5)
}

func TestRecordBytes(t *testing.T) {
	t.Parallel()
	require.EqualValues(t, recordBytes, unsafe.Sizeof(record{}))
	require.EqualValues(t, cellBytes, unsafe.Sizeof(cell{}))
}

func TestRenumber(t *testing.T) {
	t.Parallel()
	d := drive(t, newAssigner(t, small()))
	first := d.put("1", text(1), 500_000*hour)
	// As if there had been all but one of the generations.
	const by = 1<<generationBits - 2
	a := d.a
	a.periods[0].number += by
	for i := range a.contents.slots {
		if s := &a.contents.slots[i]; s.key != 0 {
			c := contentOf(s.value)
			c.generation += by
			s.value = c.pack()
		}
	}
	for i := range a.docs.slots {
		if s := &a.docs.slots[i]; s.key != 0 {
			v := documentOf(s.value)
			v.generation += by
			s.value = v.pack()
		}
	}
	a.clusters.records.at(0).last += by
	o := d.put("2", text(1), 500_002*hour)
	require.Equal(t, first.Cluster, o.Cluster)
	require.EqualValues(t, 2, a.generation())
	require.True(t, d.put("1", text(1), 0).Repeated)
	_, err := Restore(bytes.NewReader(snapshot(t, a)), small())
	require.NoError(t, err)
}
