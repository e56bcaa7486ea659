package place

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []Place
	}{
		{"kerja di kamboja", []Place{{Country: "KH"}}},
		{"penempatan sihanoukville, kamboja", []Place{{Country: "KH", City: "sihanoukville"}, {Country: "KH"}}},
		{"kk park myawaddy", []Place{{Country: "MM", City: "kk park"}, {Country: "MM", City: "myawaddy"}}},
		{"mae sot thailand", []Place{{Country: "TH", City: "mae sot"}, {Country: "TH"}}},
		{"dubai/abu dhabi", []Place{{Country: "AE", City: "dubai"}, {Country: "AE", City: "abu dhabi"}}},
		{"jakarta barat", []Place{{Country: "ID", City: "jakarta"}}},
		{"arab saudi", []Place{{Country: "SA"}}},
		{"new\nyork", nil},
		{"jawa timur", []Place{{Country: "ID", City: "jawa timur"}}},
		{"kota malang", []Place{{Country: "ID", City: "malang"}}},
		{"nasib malang", nil},
		{"medan yang berat", nil},
		{"di medan", []Place{{Country: "ID", City: "medan"}}},
		{"turkey sandwich", nil},
		{"jakartans", nil},
		{"", nil},
	} {
		got := Find(nil, []byte(c.text))
		for i := range got {
			got[i].Start, got[i].End = 0, 0
		}
		require.Equal(t, c.want, got, "%q", c.text)
	}
}

func TestGazetteer(t *testing.T) {
	t.Parallel()
	x, err := parse(gazetteer)
	require.NoError(t, err)
	require.Greater(t, len(x.names), 300)
	for name, e := range x.names {
		text := "di " + name
		got := Find(nil, []byte(text))
		require.Equal(t, []Place{{Country: e.country, City: e.city, Start: 3, End: len(text)}}, got, name)
	}
	_, err = parse("x\tIDN")
	require.Error(t, err)
	_, err = parse("x\tID\nx\tID")
	require.Error(t, err)
}

func TestFindInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`((new|york|hong|kong|kk|park|di|a| |\.|\n)){0,30}`).Draw(t, "s")
		last := 0
		for _, p := range Find(nil, []byte(s)) {
			require.GreaterOrEqual(t, p.Start, last)
			require.Less(t, p.Start, p.End)
			require.LessOrEqual(t, p.End, len(s))
			last = p.End
		}
	})
}
