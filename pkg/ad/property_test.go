package ad_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad"
)

// identifiers draws what Decode accepts as an id, with the characters that
// could blur where platform ends and id begins.
func identifiers() *rapid.Generator[string] {
	return rapid.StringMatching(`[a-z0-9./: é|-]{1,20}`)
}

func platforms() *rapid.Generator[string] { return rapid.StringMatching(`[a-z0-9.: é|-]{1,20}`) }

func TestKeyAndDocIDAreOneToOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p1, i1 := platforms().Draw(t, "platform"), identifiers().Draw(t, "id")
		p2, i2 := platforms().Draw(t, "other platform"), identifiers().Draw(t, "other id")
		if rapid.Bool().Draw(t, "shift the border") {
			// The same bytes, split at another place.
			whole := p1 + i1
			cut := rapid.IntRange(0, len(whole)).Draw(t, "border")
			p2, i2 = whole[:cut], whole[cut:]
			if strings.Contains(p2, "/") {
				t.Skip("not a platform")
			}
		}
		same := p1 == p2 && i1 == i2
		require.Equal(t, same, ad.DocID(p1, i1) == ad.DocID(p2, i2))
		require.Equal(t, same, string(ad.Key(p1, i1)) == string(ad.Key(p2, i2)))
		require.Regexp(t, `^[0-9a-f]{32}$`, ad.DocID(p1, i1))
		require.Regexp(t, `^c[0-9a-f]{24}$`, ad.ClusterID(ad.DocID(p1, i1)))
	})
}

// The identity of every advert that was ever indexed hangs on these values.
func TestIDsAreFixed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "jobs.example/4711", string(ad.Key("jobs.example", "4711")))
	require.Equal(t, "385f1558b98780516e1022db32ecf563", ad.DocID("jobs.example", "4711"))
	require.Equal(t, "c385f1558b98780516e1022db", ad.ClusterID(ad.DocID("jobs.example", "4711")))
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a?b?[31m?é", ad.Printable("a\nb\x1b[31m\u202eé", 80))
	require.Equal(t, "é", ad.Printable("éé", 3))
	require.Equal(t, "?", ad.Printable("\xff", 80))
	require.Empty(t, ad.Printable("é", 1))
	require.Empty(t, ad.Printable("abc", -1))
	rapid.Check(t, func(t *rapid.T) {
		s, n := string(rapid.SliceOf(rapid.Byte()).Draw(t, "s")), rapid.IntRange(-1, 40).Draw(t, "n")
		got := ad.Printable(s, n)
		require.LessOrEqual(t, len(got), max(n, 0))
		require.True(t, utf8.ValidString(got))
		require.Equal(t, got, ad.Printable(got, n), "is its own result")
	})
}

func TestLongTextIsCutAtARune(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// Any mix of rune widths around the limit.
		text := strings.Repeat("x", ad.MaxTextBytes-rapid.IntRange(0, 8).Draw(t, "room")) +
			string(rapid.SliceOfN(rapid.SampledFrom([]rune("aé€😀")), 0, 8).Draw(t, "end"))
		a, err := ad.Decode(encodeWithText(text))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(text, a.Text))
		require.True(t, utf8.ValidString(a.Text))
		require.Equal(t, len(text) > ad.MaxTextBytes, a.Truncated)
		if a.Truncated {
			require.Greater(t, len(a.Text), ad.MaxTextBytes-utf8.UTFMax)
			require.LessOrEqual(t, len(a.Text), ad.MaxTextBytes)
		} else {
			require.Equal(t, text, a.Text)
		}
	})
}

func encodeWithText(s string) []byte { return doc("text", `"`+s+`"`) }

// What Validate accepts survives the wire unchanged.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	words := rapid.StringN(1, 40, 200).Filter(func(s string) bool {
		return utf8.ValidString(s) && strings.TrimSpace(s) != ""
	})
	value := rapid.StringN(0, 20, 100).Filter(func(s string) bool {
		return utf8.ValidString(s) && !strings.Contains(s, "\x00")
	})
	when := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "absent") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(631152000, 7289654399).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")).UTC()
	})
	rapid.Check(t, func(rt *rapid.T) {
		lat, lon := rapid.Float64Range(-90, 90).Draw(rt, "lat"), rapid.Float64Range(-180, 180).Draw(rt, "lon")
		want := &ad.Ad{
			ID: identifiers().Draw(rt, "id"), Platform: platforms().Draw(rt, "platform"),
			PostedAt:    when.Filter(func(t time.Time) bool { return !t.IsZero() }).Draw(rt, "posted"),
			CollectedAt: when.Draw(rt, "collected"), UpdatedAt: when.Draw(rt, "updated"),
			Title: words.Draw(rt, "title"), Text: words.Draw(rt, "text"),
			Category: value.Draw(rt, "category"), Language: value.Draw(rt, "language"), URL: value.Draw(rt, "url"),
			Price: rapid.SampledFrom([]*ad.Price{nil, {}, {Amount: 1.5, Currency: "IDR", Period: "month"}}).Draw(rt, "price"),
			Location: rapid.SampledFrom([]*ad.Location{
				nil, {}, {Country: "KH", Region: "r", City: "c", Lat: &lat, Lon: &lon},
			}).Draw(rt, "location"),
			Seller: &ad.Seller{ID: value.Draw(rt, "seller"), Name: value.Draw(rt, "name"), CreatedAt: when.Draw(rt, "created")},
			Contacts: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ad.Contact {
				return ad.Contact{
					Type:  rapid.SampledFrom([]string{"phone", "email", "handle", "link", "chat"}).Draw(t, "type"),
					Value: value.Filter(func(s string) bool { return s != "" }).Draw(t, "value"),
				}
			}), 1, 4).Draw(rt, "contacts"),
			Images: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) ad.Image {
				return ad.Image{URL: value.Draw(t, "url"), PHash: value.Draw(t, "phash")}
			}), 1, 4).Draw(rt, "images"),
			Attributes: rapid.MapOfN(identifiers(), value, 1, 4).Draw(rt, "attributes"),
		}
		require.NoError(rt, want.Validate())
		got, err := ad.Decode(encode(t, want))
		require.NoError(rt, err)
		require.Equal(rt, want, got)
	})
}
