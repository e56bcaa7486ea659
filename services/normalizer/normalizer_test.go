package normalizer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"palermo.internal/pkg/ad"
	"palermo.internal/pkg/ad/adpb"
	"palermo.internal/pkg/contact"
	"palermo.internal/pkg/stream"
)

func keys(tb testing.TB) contact.Keys {
	tb.Helper()
	ks, err := contact.NewKeys(
		contact.Key{ID: "k2", Secret: []byte(strings.Repeat("b", 32))},
		contact.Key{ID: "k1", Secret: []byte(strings.Repeat("a", 32))},
	)
	require.NoError(tb, err)
	return ks
}

func normalizer(tb testing.TB) *Normalizer {
	tb.Helper()
	n, err := New(DefaultConfig(), keys(tb))
	require.NoError(tb, err)
	return n
}

func advert(title, text string) *ad.Ad {
	return &ad.Ad{ID: "1", Platform: "jobs.example", PostedAt: time.UnixMilli(1_790_000_000_000).UTC(), Title: title, Text: text}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	a := advert("LOWONGAN Kamboja", "Gaji Rp 15jt/bulan.\nWA 0️⃣812-3456-7890 atau rani@gmail.com, IG: rani_88")
	a.Language, a.Category = "id-ID", "Jobs"
	a.Price = &ad.Price{Amount: 15e6, Currency: "idr", Period: "month"}
	lat, lon := 10.6, 103.5
	a.Location = &ad.Location{Country: "kh", City: "Sihanouk Ville", Region: "Preah Sihanouk", Lat: &lat, Lon: &lon}
	a.Seller = &ad.Seller{ID: "s9", Name: "Rani WA 081234567890"}
	a.Contacts = []ad.Contact{{Type: "phone", Value: "+62 812 3456 7890"}, {Type: "chat", Value: "https://wa.me/6281234567890"}}
	a.Images = []ad.Image{{PHash: "F0E1D2C3B4A59687"}, {PHash: "081234567890"}, {}}
	a.Attributes = map[string]string{"salary": "Rp 15jt", "note": "call 081234567890", "size": "12"}
	got, err := n.Normalize(a)
	require.NoError(t, err)

	require.Equal(t, "lowongan kamboja\ngaji rp 15jt/bulan.\nwa <phone> atau <email>, ig: <handle>", got.GetFolded())
	require.Equal(t, a.Title, got.GetTitle())
	require.Equal(t, "Gaji Rp 15jt/bulan.\nWA ******************** atau **************, IG: *******", got.GetText())
	require.Equal(t, "id", got.GetDeclaredLanguage())
	require.Equal(t, "id", got.GetLanguage())
	require.Len(t, got.GetContacts(), 4)
	phone := keys(t).Token(contact.DomainPhone, "+6281234567890")
	c := got.GetContacts()[0]
	require.Equal(t, adpb.ContactType_CONTACT_TYPE_PHONE, c.GetType())
	require.Equal(t, phone, c.GetToken())
	require.True(t, strings.HasPrefix(c.GetToken(), "k2:"))
	require.Len(t, c.GetOtherTokens(), 1)
	require.True(t, strings.HasPrefix(c.GetOtherTokens()[0], "k1:"))
	require.True(t, c.GetObfuscated())
	require.Equal(t, "whatsapp", c.GetChannel())
	require.Equal(t, "ID", c.GetCountry())
	require.Equal(t, adpb.Field_FIELD_TEXT, c.GetField())
	require.Equal(t, "0️⃣812-3456-7890", a.Text[c.GetStart():c.GetEnd()])
	require.True(t, got.GetContacts()[1].GetFreemail())
	require.Equal(t, "instagram", got.GetContacts()[2].GetChannel())
	// The declared phone, chat, seller name and attribute are one contact.
	require.Equal(t, adpb.Field_FIELD_DECLARED, got.GetContacts()[3].GetField())
	require.Equal(t, phone, got.GetContacts()[3].GetToken())

	require.Len(t, got.GetAmounts(), 2)
	require.InDelta(t, 15e6, got.GetAmounts()[0].GetMin(), 0)
	require.Equal(t, "month", got.GetAmounts()[0].GetPeriod())
	require.Equal(t, "IDR", got.GetAmounts()[1].GetCurrency())
	require.Len(t, got.GetPlaces(), 2)
	require.Equal(t, "KH", got.GetPlaces()[0].GetCountry())
	require.Equal(t, "sihanoukville", got.GetPlaces()[1].GetCity())
	require.Equal(t, uint32(1), got.GetObfuscation().GetHiddenContacts())
	require.Equal(t, uint32(1), got.GetObfuscation().GetEmojiDigits())
	require.NotEmpty(t, got.GetSellerToken())
	require.Equal(t, []string{"f0e1d2c3b4a59687"}, got.GetImageHashes())
	require.Equal(t, map[string]string{"salary": "Rp 15jt", "note": "call ************", "size": "12"}, got.GetAttributes())
	require.True(t, got.GetHasPoint())
	require.Equal(t, ad.DocID("jobs.example", "1"), got.GetDocId())
	checkEvent(t, a, got)
}

func TestNormalizeObfuscation(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	got, err := n.Normalize(advert("", "G4ji b\u200besаr, hub nol delapan satu dua tiga empat lima enam tujuh delapan sembilan nol"))
	require.NoError(t, err)
	require.Equal(t, "\ngaji besar, hub <phone>", got.GetFolded())
	o := got.GetObfuscation()
	require.Equal(t, uint32(1), o.GetLeet())
	require.Equal(t, uint32(1), o.GetZeroWidth())
	require.Equal(t, uint32(1), o.GetConfusables())
	require.Equal(t, uint32(12), o.GetDigitWords())
}

func TestNormalizeSpacedWords(t *testing.T) {
	t.Parallel()
	got, err := normalizer(t).Normalize(advert("", "G A J I besar hub 081234567890 s e g e r a"))
	require.NoError(t, err)
	require.Equal(t, "\ngaji besar hub <phone> segera", got.GetFolded())
	require.Equal(t, uint32(2), got.GetObfuscation().GetLeet())
}

func TestPlaceholderInTextIsNoContact(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	for _, s := range []string{"hub <phone> atau <email>", "&lt;phone&gt;", "＜phone＞", "<b><phone></b>", "<phone><phone>"} {
		got, err := n.Normalize(advert("", s))
		require.NoError(t, err)
		require.Empty(t, got.GetContacts(), s)
		require.NotContains(t, got.GetFolded(), "<", s)
	}
}

func TestDeclaredContactInText(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	a := advert("", "tanya ranikerja saja")
	a.Contacts = []ad.Contact{{Type: "handle", Value: "@RaniKerja"}}
	a.Attributes = map[string]string{"x": "RaniKerja!"}
	got, err := n.Normalize(a)
	require.NoError(t, err)
	require.Equal(t, "\ntanya <handle> saja", got.GetFolded())
	require.Equal(t, "tanya ********* saja", got.GetText())
	require.Equal(t, "*********!", got.GetAttributes()["x"])
	require.Len(t, got.GetContacts(), 2)
	require.Equal(t, got.GetContacts()[0].GetToken(), got.GetContacts()[1].GetToken())
}

// Nobody can push a contact past a bound with many others.
func TestFloodOfContacts(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	for _, filler := range []string{"a@b.co ", "+85512345678 ", "+14155550123 ", "@abc ", "x.co/1 "} {
		text := strings.Repeat(filler, 50_000/len(filler)) + " 081234567890 rani.loker@gmail.com +85512999888"
		a := advert("", text)
		for i := range ad.MaxListItems {
			a.Contacts = append(a.Contacts, ad.Contact{Type: "handle", Value: fmt.Sprintf("a@b.c%d", i)})
		}
		got, err := n.Normalize(a)
		require.NoError(t, err)
		checkEvent(t, a, got)
		checkNoLeak(t, got, "81234567890", "rani.loker", "12999888")
		require.LessOrEqual(t, len(got.GetContacts()), 2*maxContacts)
	}
}

func TestHiddenInMarkup(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	text := `<p data-x="081234567890">Hubungi <a href="https://wa.me/6281234567890">kami</a><!-- 081234567890 --><script>t("rani@gmail.com")</script></p>`
	got, err := n.Normalize(advert("", text))
	require.NoError(t, err)
	require.Equal(t, "\nhubungi <chat> kami", got.GetFolded())
	require.Len(t, got.GetContacts(), 1)
	checkNoLeak(t, got, "1234567890", "rani@gmail.com")
	require.Len(t, got.GetText(), len(text))
}

func TestNormalizeInvalid(t *testing.T) {
	t.Parallel()
	_, err := normalizer(t).Normalize(&ad.Ad{})
	require.Error(t, err)
	_, err = New(Config{}, keys(t))
	require.Error(t, err)
	_, err = New(DefaultConfig(), contact.Keys{})
	require.Error(t, err)
}

func TestConfigValidate(t *testing.T) {
	t.Parallel()
	require.NoError(t, DefaultConfig().Validate())
	err := Config{Workers: -1, DefaultRegion: "x"}.Validate()
	for _, name := range []string{"raw_topic", "normalized_topic", "workers", "default_region"} {
		require.ErrorContains(t, err, name+":")
	}
}

// checkEvent checks what holds for every advert.
func checkEvent(t require.TestingT, a *ad.Ad, got *adpb.NormalizedAd) {
	require.Len(t, got.GetTitle(), len(a.Title))
	require.Len(t, got.GetText(), len(a.Text))
	_, err := proto.Marshal(got) // refuses invalid UTF-8
	require.NoError(t, err)
	require.Len(t, got.GetRunOrigin(), len(got.GetRunFolded()))
	at, last := 0, uint32(0)
	for i, d := range got.GetRunFolded() {
		at += int(d)
		require.LessOrEqual(t, at, len(got.GetFolded()))
		require.GreaterOrEqual(t, got.GetRunOrigin()[i], last)
		last = got.GetRunOrigin()[i]
	}
	require.LessOrEqual(t, int(last), len(a.Title)+1+len(a.Text))
	field := func(f adpb.Field) string {
		if f == adpb.Field_FIELD_TITLE {
			return a.Title
		}
		return a.Text
	}
	inBounds := func(f adpb.Field, start, end uint32) {
		if f == adpb.Field_FIELD_DECLARED {
			require.Zero(t, start+end)
			return
		}
		s := field(f)
		require.Less(t, start, end)
		require.LessOrEqual(t, int(end), len(s))
		require.True(t, utf8.RuneStart(s[start]))
		require.True(t, int(end) == len(s) || utf8.RuneStart(s[end]))
	}
	for _, c := range got.GetContacts() {
		inBounds(c.GetField(), c.GetStart(), c.GetEnd())
		require.Regexp(t, `^k2:[0-9a-f]{32}$`, c.GetToken())
	}
	for _, m := range got.GetAmounts() {
		inBounds(m.GetField(), m.GetStart(), m.GetEnd())
	}
	for _, p := range got.GetPlaces() {
		inBounds(p.GetField(), p.GetStart(), p.GetEnd())
	}
	rest := got.GetFolded()
	for _, p := range []string{"<phone>", "<email>", "<handle>", "<link>", "<chat>"} {
		rest = strings.ReplaceAll(rest, p, "")
	}
	require.NotContains(t, rest, "<")
}

// checkNoLeak looks for markers of contacts in everything that goes out.
func checkNoLeak(t require.TestingT, got *adpb.NormalizedAd, markers ...string) {
	b, err := proto.Marshal(got)
	require.NoError(t, err)
	for _, m := range markers {
		require.NotContains(t, strings.ToLower(string(b)), m)
	}
}

// spelled writes a number in one of the ways in which adverts hide it.
func spelled(t *rapid.T, digits string) string {
	words := [10]string{"nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"}
	how := rapid.IntRange(0, 12).Draw(t, "how")
	sep := rapid.SampledFrom([]string{" ", "-", ".", "*", "_", " - ", "~"}).Draw(t, "sep")
	var b strings.Builder
	for i, d := range digits {
		switch how {
		case 0:
			b.WriteRune(d)
		case 1: // groups
			if i > 0 && i%4 == 0 {
				b.WriteString(sep)
			}
			b.WriteRune(d)
		case 2: // one by one
			if i > 0 {
				b.WriteString(sep)
			}
			b.WriteRune(d)
		case 3:
			fmt.Fprintf(&b, "%s ", words[d-'0'])
		case 4:
			b.WriteString(words[d-'0'])
		case 5:
			b.WriteString(string(d) + "\uFE0F\u20E3")
		case 6:
			b.WriteRune('０' + d - '0')
		case 7:
			b.WriteRune('𝟎' + d - '0')
		case 8:
			b.WriteString(string(d) + "\u200b")
		case 9:
			b.WriteString("<b>" + string(d) + "</b>")
		case 10:
			fmt.Fprintf(&b, "&#%d;", d)
		case 11:
			if i%2 == 0 {
				b.WriteString(words[d-'0'])
			} else {
				b.WriteRune(d)
			}
		default:
			if d == '0' {
				b.WriteRune('O')
			} else {
				b.WriteRune(d)
			}
		}
	}
	return strings.TrimSpace(b.String())
}

func TestNoContactLeaves(t *testing.T) {
	t.Parallel()
	n := normalizer(t)
	rapid.Check(t, func(t *rapid.T) {
		tail := rapid.StringMatching(`[1-9]{8}`).Draw(t, "tail")
		phone := "0812" + tail
		name := rapid.StringMatching(`zq[a-y]{5}[0-9]`).Draw(t, "name")
		email := name + rapid.SampledFrom([]string{"@gmail.com", " (at) gmail (dot) com", "[at]gmail[dot]com", "@example.co.id", " at yahoo dot com"}).Draw(t, "host")
		around := rapid.SampledFrom([]string{"%s", "hub %s ya", "WA: %s.", "kontak\n%s\n", "(%s)", "gaji 15jt %s", "Rp 15.000.000 telp %s segera", "!!%s!!", "📞%s📱"})
		put := func(label, s string) string { return fmt.Sprintf(around.Draw(t, label), s) }
		a := advert(put("title", spelled(t, phone)), put("text", spelled(t, phone))+" / "+put("text2", email)+" @"+name+" wa.me/62"+phone[1:]+" https://example.com/?p="+phone)
		a.Category = put("category", spelled(t, phone))
		a.Attributes = map[string]string{"phone": phone, "mail": put("mail", email), "k " + phone: "x", "html": "<p title=" + phone + ">" + email + "</p>"}
		a.Seller = &ad.Seller{Name: put("seller", phone)}
		a.Location = &ad.Location{City: put("city", phone), Region: put("region", email), Country: "ID"}
		a.Price = &ad.Price{Amount: 5, Currency: "IDR"}
		a.Language = "id-" + phone
		a.Images = []ad.Image{{PHash: phone, URL: "https://example.com/" + phone}}
		a.Contacts = []ad.Contact{{Type: "phone", Value: phone}, {Type: "email", Value: name + "@gmail.com"}, {Type: "handle", Value: name}}
		a = decoded(t, a)
		got, err := n.Normalize(a)
		require.NoError(t, err)
		checkEvent(t, a, got)
		checkNoLeak(t, got, tail, name, tail[:4]+"-"+tail[4:], tail[:4]+" "+tail[4:])
		token := keys2().Token(contact.DomainPhone, "+62"+phone[1:])
		require.True(t, slices.ContainsFunc(got.GetContacts(), func(c *adpb.Contact) bool { return c.GetToken() == token && c.GetField() == adpb.Field_FIELD_TITLE }), "%q", a.Title)
	})
}

func keys2() contact.Keys {
	ks, err := contact.NewKeys(contact.Key{ID: "k2", Secret: []byte(strings.Repeat("b", 32))})
	if err != nil {
		panic(err)
	}
	return ks
}

// decoded sends an advert through its JSON form, as the stage gets it.
func decoded(t require.TestingT, a *ad.Ad) *ad.Ad {
	require.NoError(t, a.Validate())
	return a
}

func raw(tb testing.TB, id, text string) []byte {
	tb.Helper()
	b, err := json.Marshal(map[string]any{"id": id, "platform": "jobs.example", "posted_at": "2026-11-24T08:00:00Z", "text": text})
	require.NoError(tb, err)
	return b
}

func TestHandle(t *testing.T) {
	t.Parallel()
	cfg := DefaultConfig()
	cfg.Workers = 3
	h, err := NewHandler(cfg, keys(t))
	require.NoError(t, err)
	var records []stream.Record
	for i := range 50 {
		records = append(records, stream.Record{
			Value:   raw(t, fmt.Sprint(i), "WA 081234567890"),
			Headers: []stream.Header{{Key: "x", Value: []byte("y")}, {Key: "traceparent", Value: []byte("00-a-b-01")}},
		})
	}
	records[0].Value = []byte("{")
	records[25].Value = []byte(`{"id":"x"}`)
	records[49].Value = nil
	res, err := h.Handle(context.Background(), records)
	require.NoError(t, err)
	require.Len(t, res.Out, 47)
	require.Len(t, res.Rejects, 3)
	for i, want := range []struct {
		index int
		code  ad.Code
	}{{0, ad.CodeSyntax}, {25, ad.CodeMissing}, {49, ad.CodeEmpty}} {
		require.Equal(t, want.index, res.Rejects[i].Index)
		require.Equal(t, string(want.code), res.Rejects[i].Code)
		require.Error(t, res.Rejects[i].Err)
	}
	at := 0
	for i := range 50 {
		if i == 0 || i == 25 || i == 49 {
			continue
		}
		m := res.Out[at]
		at++
		require.Equal(t, "ads.normalized", m.Topic)
		require.Equal(t, ad.Key("jobs.example", fmt.Sprint(i)), m.Key)
		require.Equal(t, []stream.Header{
			{Key: "palermo-ad", Value: []byte(ad.DocID("jobs.example", fmt.Sprint(i)))},
			{Key: "traceparent", Value: []byte("00-a-b-01")},
		}, m.Headers)
		var e adpb.NormalizedAd
		require.NoError(t, proto.Unmarshal(m.Value, &e))
		require.Equal(t, fmt.Sprint(i), e.GetAdId())
		require.Len(t, e.GetContacts(), 1)
	}
	again, err := h.Handle(context.Background(), records)
	require.NoError(t, err)
	require.Equal(t, res.Out, again.Out)
	empty, err := h.Handle(context.Background(), nil)
	require.NoError(t, err)
	require.Empty(t, empty.Out)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = h.Handle(ctx, records)
	require.ErrorIs(t, err, context.Canceled)
}
