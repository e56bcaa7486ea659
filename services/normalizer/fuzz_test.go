package normalizer

import (
	"testing"
	"time"
	"unicode/utf8"

	"palermo.internal/pkg/ad"
)

// FuzzNormalize: normalising never panics; title and text keep their length;
// ranges are in bounds and on runes; the event can be encoded, so all of it is
// valid UTF-8; '<' stands in the folded text only where a contact was.
func FuzzNormalize(f *testing.F) {
	f.Add("LOKER", "WA 0812-3456-7890 <b>x</b>", "0812 3456 7890", "rani@gmail.com", "Rp 15jt")
	f.Add("", "<a href='https://wa.me/6281234567890'><!-- a@gmail.com -->", "<p title=0812345678>", "", "kosong delapan")
	f.Fuzz(func(t *testing.T, title, text, declared, attribute, city string) {
		for _, s := range []string{title, text, declared, attribute, city} {
			if !utf8.ValidString(s) {
				t.Skip("Decode lets valid UTF-8 through only")
			}
		}
		a := &ad.Ad{
			ID: "1", Platform: "p", PostedAt: time.UnixMilli(1).UTC().AddDate(30, 0, 0), Title: title, Text: text, Category: attribute,
			Contacts: []ad.Contact{{Type: "phone", Value: declared}, {Type: "chat", Value: declared}}, Attributes: map[string]string{"a": attribute, "b": city},
			Location: &ad.Location{City: city, Region: declared}, Seller: &ad.Seller{Name: attribute},
		}
		if a.Validate() != nil {
			t.Skip("not an advert")
		}
		n := normalizer(t)
		got, err := n.Normalize(a)
		if err != nil {
			t.Fatal(err)
		}
		checkEvent(t, a, got)
	})
}
