package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// grow makes n clusters whose ages are a permutation.
func grow(ages []int) *forest {
	f := &forest{}
	for _, age := range ages {
		f.add(record{founded: uint64(age)})
	}
	return f
}

// TestUnion: whatever the order, the direction and the repetition of the unions,
// the same clusters end up together and the oldest of each is its root.
func TestUnion(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 30).Draw(t, "n")
		ages := make([]int, n)
		for i := range ages {
			ages[i] = i + 1
		}
		ages = rapid.Permutation(ages).Draw(t, "ages")
		pair := rapid.Custom(func(t *rapid.T) [2]uint32 {
			return [2]uint32{rapid.Uint32Max(uint32(n-1)).Draw(t, "a"), rapid.Uint32Max(uint32(n-1)).Draw(t, "b")}
		})
		unions := rapid.SliceOf(pair).Draw(t, "unions")

		one, two := grow(ages), grow(ages)
		merges := 0
		for _, u := range unions {
			root, lost, merged := one.union(u[0], u[1])
			if merged {
				merges++
				require.Less(t, one.records.at(root).founded, one.records.at(lost).founded)
			} else {
				require.Equal(t, root, lost)
			}
			_, _, again := one.union(u[1], u[0])
			require.False(t, again, "a union that is repeated changes nothing")
		}
		for _, u := range rapid.Permutation(append(unions, unions...)).Draw(t, "order") {
			two.union(u[1], u[0])
		}
		roots := map[uint32]bool{}
		for c := range uint32(n) {
			r := one.root(c)
			roots[r] = true
			require.Equal(t, r, two.root(c))
			require.LessOrEqual(t, one.records.at(r).founded, one.records.at(c).founded)
			require.Equal(t, r, one.records.at(c).parent, "chains are flattened")
		}
		require.Len(t, roots, n-merges)
	})
}

func TestOlderBreaksTies(t *testing.T) {
	t.Parallel()
	f := &forest{}
	a := f.add(record{founded: 1, founder: [12]byte{2}})
	b := f.add(record{founded: 1, founder: [12]byte{1}})
	require.True(t, f.older(b, a))
	require.False(t, f.older(a, b))
	require.Equal(t, "c"+"010000000000000000000000", f.records.at(b).id())
}
