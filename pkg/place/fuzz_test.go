package place

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFind: finding never panics; places are in bounds and in order.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "di jakarta barat, new york", "kk\xffpark", "📍bali", "hong kong hong"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, p := range Find(nil, []byte(s)) {
			require.GreaterOrEqual(t, p.Start, last)
			require.Less(t, p.Start, p.End)
			require.LessOrEqual(t, p.End, len(s))
			require.Len(t, p.Country, 2)
			last = p.End
		}
	})
}
