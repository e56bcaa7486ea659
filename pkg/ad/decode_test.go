package ad_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/ad"
)

// doc returns a valid advert as JSON with fields replaced; a value is JSON, ""
// leaves the field out.
func doc(changes ...string) []byte {
	fields := []string{"id", `"1"`, "platform", `"jobs.example"`, "posted_at", `"2026-11-24T08:30:00Z"`, "text", `"work abroad"`}
	fields = append(fields, changes...)
	values := map[string]string{}
	var order []string
	for i := 0; i+1 < len(fields); i += 2 {
		if _, ok := values[fields[i]]; !ok {
			order = append(order, fields[i])
		}
		values[fields[i]] = fields[i+1]
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for _, name := range order {
		if values[name] == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", name, values[name])
	}
	b.WriteByte('}')
	return b.Bytes()
}

// repeated returns a JSON string of n times s.
func repeated(s string, n int) string { return `"` + strings.Repeat(s, n) + `"` }

// list returns a JSON array of n times item.
func list(item string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

// members returns a JSON object of n members with that value.
func members(value string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"k%d":%s`, i, value)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

func TestDecodeEveryField(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/full.json")
	require.NoError(t, err)
	got, err := ad.Decode(b)
	require.NoError(t, err)
	lat, lon := 13.75, 100.5
	require.Equal(t, "Customer service, Bangkok, free flight", got.Title)
	require.Contains(t, got.Text, "🏝️ Lowongan kerja")
	got.Title, got.Text = "", ""
	require.Equal(t, &ad.Ad{
		ID: "4711", Platform: "jobs.example",
		PostedAt:    time.Date(2026, 11, 20, 2, 15, 0, 0, time.UTC),
		CollectedAt: time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		UpdatedAt:   time.Date(2026, 11, 20, 10, 0, 0, 250e6, time.UTC),
		Category:    "jobs/customer-service", Language: "en",
		Price:    &ad.Price{Amount: 3000, Currency: "USD", Period: "month"},
		Location: &ad.Location{Country: "TH", Region: "Bangkok", City: "Bangkok", Lat: &lat, Lon: &lon},
		Seller:   &ad.Seller{ID: "u-99", Name: "Lucky Star HR", CreatedAt: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)},
		Contacts: []ad.Contact{{Type: "phone", Value: "+66 2 000 0000"}, {Type: "chat", Value: "luckystar"}},
		URL:      "https://jobs.example/4711",
		Images:   []ad.Image{{URL: "https://jobs.example/4711.jpg", PHash: "c3d4e5f60718293a"}},
		Attributes: map[string]string{
			"salary": "3000 USD", "housing": "dormitory",
		},
	}, got)
}

type acceptedDoc struct {
	name  string
	in    []byte
	check func(*testing.T, *ad.Ad)
}

func acceptedDocs() []acceptedDoc {
	return []acceptedDoc{
		{"the least", doc(), nil},
		{"title alone", doc("text", "", "title", `"work"`), nil},
		{"null fields", doc("title", "null", "collected_at", "null", "price", "null", "location", "null", "seller", "null",
			"contacts", "null", "images", "null", "attributes", "null", "url", "null"), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.Nil(t, a.Price)
			require.Zero(t, a.CollectedAt)
			require.Zero(t, a.Ignored)
		}},
		{"null in parts", doc("price", `{"amount":null,"period":null}`, "location", `{"lat":null,"lon":null}`,
			"seller", `{"created_at":null}`, "images", `[null,{"url":null}]`, "attributes", `{"a":null}`), nil},
		{"empty time is none", doc("updated_at", `""`), nil},
		{"byte order mark", append([]byte("\uFEFF"), doc()...), nil},
		{"white space around", []byte("\r\n \t" + string(doc()) + "\n"), nil},
		{"unknown fields are counted", doc("foo", "1", "bar", `{"x":[1,2,{"y":null}]}`, "ID", `"other"`), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.Equal(t, 3, a.Ignored)
			require.Equal(t, "1", a.ID)
		}},
		{"unknown fields below the top are not", doc("price", `{"amount":1,"foo":2}`), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.Zero(t, a.Ignored)
		}},
		{"ids in other scripts", doc("id", `"Überraschung/ไทย 1"`), nil},
		{"controls in text", doc("text", `"a\u0000b\u202Ec\u200D"`), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.Equal(t, "a\x00b\u202ec\u200d", a.Text)
		}},
		{"surrogate pair", doc("text", `"\ud83d\ude00"`), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.Equal(t, "😀", a.Text)
		}},
		{"long text is cut at a rune", doc("text", repeated("é", ad.MaxTextBytes/2+1), "title", repeated("a€", 1100)), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.True(t, a.Truncated)
			require.Equal(t, strings.Repeat("é", ad.MaxTextBytes/2), a.Text)
			require.Equal(t, strings.Repeat("a€", 1024), a.Title)
		}},
		{"text at the limit is not", doc("text", repeated("a", ad.MaxTextBytes)), func(t *testing.T, a *ad.Ad) {
			t.Helper()
			require.False(t, a.Truncated)
		}},
		{"lists at the limit", doc("images", list(`{"phash":"0"}`, 64), "attributes", members(`"v"`, 64)), nil},
		{"values at the limit", doc("id", repeated("i", 512), "url", repeated("u", 4096)), nil},
		{"as deep as may be", doc("x", strings.Repeat("[", 15)+strings.Repeat("]", 15)), nil},
		{"brackets in strings are not nesting", doc("text", `"`+strings.Repeat("[{", 50)+`\\\"`+strings.Repeat("[", 50)+`"`), nil},
		{"the poles", doc("location", `{"lat":-90,"lon":180,"country":"id"}`), nil},
		{"a fraction of a second", doc("posted_at", `"2026-11-24T08:30:00.123456789-11:30"`), nil},
		{"the least amount", doc("price", `{"amount":1e-400}`), nil},
	}
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	for _, tt := range acceptedDocs() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := ad.Decode(tt.in)
			require.NoError(t, err)
			require.NoError(t, a.Validate())
			if tt.check != nil {
				tt.check(t, a)
			}
		})
	}
}

// secret stands in the refused adverts wherever content can stand; no error
// may hold it.
const secret = "081234567890"

type refusedDoc struct {
	name  string
	in    []byte
	code  ad.Code
	field string
	text  string // a part of the message
}

func refusedDocs() []refusedDoc {
	s := `"` + secret + `"`
	return []refusedDoc{
		{"nothing", nil, ad.CodeEmpty, "", "the message is empty"},
		{"white space", []byte(" \r\n\t"), ad.CodeEmpty, "", ""},
		{"byte order mark alone", []byte("\uFEFF"), ad.CodeEmpty, "", ""},
		{"20 MB", doc("text", repeated("x", 20<<20)), ad.CodeTooLarge, "", "at most 1048576 bytes"},
		{"one byte too many", doc("text", repeated("x", ad.MaxMessageBytes)), ad.CodeTooLarge, "", ""},
		{"not UTF-8", doc("text", "\"\xff"+secret+"\""), ad.CodeUTF8, "", "byte 79 is not valid UTF-8"},
		{"surrogate in UTF-8", doc("text", "\"\xed\xa0\x80\""), ad.CodeUTF8, "", ""},
		{"lone surrogate", doc("text", `"\ud800`+secret+`"`), ad.CodeSyntax, "", "not valid JSON at byte"},
		{"10,000 deep", doc("x", strings.Repeat("[", 10000)+strings.Repeat("]", 10000)), ad.CodeDepth, "", "more than 16 levels"},
		{"10,000 deep, never closed", []byte(strings.Repeat(`{"a":`, 10000)), ad.CodeDepth, "", ""},
		{"one level too deep", doc("x", strings.Repeat("[", 16)+strings.Repeat("]", 16)), ad.CodeDepth, "", ""},
		{"not JSON", []byte("id=" + secret), ad.CodeSyntax, "", "byte 0"},
		{"cut off", doc("text", s)[:80], ad.CodeSyntax, "", ""},
		{"trailing data", append(doc("text", s), " "+secret...), ad.CodeSyntax, "", "exactly one JSON object"},
		{"two adverts", append(doc(), doc()...), ad.CodeSyntax, "", ""},
		{"trailing comma", []byte(`{"id":` + s + `,}`), ad.CodeSyntax, "", ""},
		{"raw control character", doc("text", "\"\x01"+secret+"\""), ad.CodeSyntax, "", ""},
		{"not a number", doc("price", `{"amount":NaN}`), ad.CodeSyntax, "", ""},
		{"array", []byte("[" + s + "]"), ad.CodeType, "", "the message is a JSON array: send exactly one JSON object"},
		{"string", []byte(s), ad.CodeType, "", "the message is a JSON string"},
		{"null", []byte("null"), ad.CodeMissing, "id", ""},
		{"duplicate field", append([]byte(`{"id":`+s+`,`), doc()[1:]...), ad.CodeDuplicate, "id", "field id: is there twice: send each field once"},
		{"duplicate below", doc("price", `{"amount":1,"amount":2}`), ad.CodeDuplicate, "price.amount", ""},
		{"duplicate unknown field", doc("x", `{`+s+`:1,`+s+`:2}`), ad.CodeDuplicate, "", "a name is there twice, the second time at byte"},
		{"duplicate attribute", doc("attributes", `{`+s+`:"1",`+s+`:"2"}`), ad.CodeDuplicate, "attributes", "a name is there twice"},
		{"duplicate by escape", append([]byte(`{"\u0069d":`+s+`,`), doc()[1:]...), ad.CodeDuplicate, "id", ""},
		{"id a number", doc("id", secret[1:]), ad.CodeType, "id", "field id: is a JSON number: send a string"},
		{"id true", doc("id", "true"), ad.CodeType, "id", "boolean"},
		{"text an array", doc("text", "["+s+"]"), ad.CodeType, "text", "array"},
		{"time a number", doc("posted_at", "1700000000"), ad.CodeType, "posted_at", "send a string"},
		{"price a string", doc("price", s), ad.CodeType, "price", "send an object"},
		{"amount a string", doc("price", `{"amount":`+s+`}`), ad.CodeType, "price.amount", "send a number"},
		{"contacts an object", doc("contacts", "{"+s+":1}"), ad.CodeType, "contacts", "send an array of objects"},
		{"a contact a string", doc("contacts", "["+s+"]"), ad.CodeType, "contacts.0", "send an object"},
		{"a contact's value a number", doc("contacts", `[{"type":"phone","value":1}]`), ad.CodeType, "contacts.0.value", "send a string"},
		{"attributes an array", doc("attributes", "["+s+"]"), ad.CodeType, "attributes", "send an object of strings"},
		{"an attribute a number", doc("attributes", "{"+s+":"+secret[1:]+"}"), ad.CodeType, "attributes", "the value at byte 121 is a JSON number: send an object of strings"},
		{"amount overflows", doc("price", `{"amount":1e999}`), ad.CodeValue, "price.amount", "is out of range"},
		{"latitude overflows", doc("location", `{"lat":-1e999,"lon":0}`), ad.CodeValue, "location.lat", "is out of range"},
		{"no id", doc("id", ""), ad.CodeMissing, "id", "field id: is missing or empty: send it; it is required"},
		{"empty id", doc("id", `""`), ad.CodeMissing, "id", ""},
		{"null id", doc("id", "null"), ad.CodeMissing, "id", ""},
		{"no platform", doc("platform", ""), ad.CodeMissing, "platform", ""},
		{"no time", doc("posted_at", ""), ad.CodeMissing, "posted_at", ""},
		{"empty time", doc("posted_at", `""`), ad.CodeMissing, "posted_at", ""},
		{"no words", doc("text", ""), ad.CodeMissing, "text", "title and text are both missing"},
		{"blank words", doc("text", `" \u3000\n"`, "title", `"\t"`), ad.CodeMissing, "text", ""},
		{"NUL in id", doc("id", `"`+secret+`\u0000"`), ad.CodeValue, "id", "U+0000"},
		{"line feed in id", doc("id", `"a\nb"`), ad.CodeValue, "id", "U+000A"},
		{"right-to-left override in id", doc("id", `"a\u202Eb"`), ad.CodeValue, "id", "U+202E, which does not print"},
		{"zero width in platform", doc("platform", `"jobs\u200B.example"`), ad.CodeValue, "platform", "U+200B"},
		{"private use in id", doc("id", `"\uE000"`), ad.CodeValue, "id", "U+E000"},
		{"replacement character in id", doc("id", `"\uFFFD"`), ad.CodeValue, "id", "U+FFFD"},
		{"escape sequence in id", doc("id", `"\u001b[31m`+secret+`"`), ad.CodeValue, "id", "U+001B"},
		{"slash in platform", doc("platform", `"a/b"`), ad.CodeValue, "platform", "contains a slash"},
		{"long id", doc("id", repeated("é", 257)), ad.CodeTooLarge, "id", "has 514 bytes: send at most 512 bytes"},
		{"long url", doc("url", repeated("u", 4097)), ad.CodeTooLarge, "url", "has 4097 bytes: send at most 4096 bytes"},
		{"NUL in category", doc("category", `"\u0000"`), ad.CodeValue, "category", "U+0000"},
		{"long language", doc("language", repeated("u", 4097)), ad.CodeTooLarge, "language", ""},
		{"date without time", doc("posted_at", `"2026-11-24"`), ad.CodeValue, "posted_at", "is not a time: send RFC 3339, for example 2026-"},
		{"time without zone", doc("posted_at", `"2026-11-24T08:30:00"`), ad.CodeValue, "posted_at", ""},
		{"one-digit hour", doc("posted_at", `"2026-11-24T8:30:00Z"`), ad.CodeValue, "posted_at", ""},
		{"comma before the fraction", doc("posted_at", `"2026-11-24T08:30:00,5Z"`), ad.CodeValue, "posted_at", ""},
		{"zone a day away", doc("posted_at", `"2026-11-24T08:30:00+24:00"`), ad.CodeValue, "posted_at", ""},
		{"no such day", doc("collected_at", `"2026-02-30T08:30:00Z"`), ad.CodeValue, "collected_at", ""},
		{"words for a time", doc("updated_at", s), ad.CodeValue, "updated_at", ""},
		{"year 1", doc("posted_at", `"0001-01-01T00:00:00Z"`), ad.CodeValue, "posted_at", "is out of range"},
		{"year 1, optional", doc("collected_at", `"0001-01-01T00:00:00Z"`), ad.CodeValue, "collected_at", "between the years 1990 and 2200"},
		{"year 9999", doc("posted_at", `"9999-12-31T23:59:59Z"`), ad.CodeValue, "posted_at", ""},
		{"year 2200 UTC", doc("posted_at", `"2200-12-31T23:30:00-01:00"`), ad.CodeValue, "posted_at", "is out of range"},
		{"seller in year 1", doc("seller", `{"created_at":"0001-06-01T00:00:00Z"}`), ad.CodeValue, "seller.created_at", ""},
		{"long seller name", doc("seller", `{"name":`+repeated("n", 4097)+`}`), ad.CodeTooLarge, "seller.name", ""},
		{"NUL in seller id", doc("seller", `{"id":"\u0000"}`), ad.CodeValue, "seller.id", ""},
		{"unknown period", doc("price", `{"period":`+s+`}`), ad.CodeValue, "price.period", "send hour, day, week"},
		{"negative amount", doc("price", `{"amount":-1}`), ad.CodeValue, "price.amount", "is negative"},
		{"long currency", doc("price", `{"currency":`+repeated("n", 4097)+`}`), ad.CodeTooLarge, "price.currency", ""},
		{"country by name", doc("location", `{"country":`+s+`}`), ad.CodeValue, "location.country", "two letters"},
		{"lat alone", doc("location", `{"lat":1}`), ad.CodeMissing, "location.lon", "send both or neither"},
		{"lon alone", doc("location", `{"lon":1}`), ad.CodeMissing, "location.lat", "send both or neither"},
		{"beyond the pole", doc("location", `{"lat":90.01,"lon":0}`), ad.CodeValue, "location.lat", "from -90 to 90"},
		{"beyond the date line", doc("location", `{"lat":0,"lon":-180.5}`), ad.CodeValue, "location.lon", "from -180 to 180"},
		{"long region", doc("location", `{"region":`+repeated("n", 4097)+`}`), ad.CodeTooLarge, "location.region", ""},
		{"NUL in city", doc("location", `{"city":"\u0000"}`), ad.CodeValue, "location.city", ""},
		{"too many contacts", doc("contacts", list(`{"type":"phone","value":"1"}`, 65)), ad.CodeTooLarge, "contacts", "has 65 items: send at most 64"},
		{"200,000 images", doc("images", list(`{}`, 200000)), ad.CodeTooLarge, "images", ""},
		{"too many attributes", doc("attributes", members(s, 65)), ad.CodeTooLarge, "attributes", ""},
		{"unknown contact type", doc("contacts", `[{"type":"phone","value":`+s+`},{"type":`+s+`,"value":"1"}]`), ad.CodeValue, "contacts.1.type", "send phone, email"},
		{"null contact", doc("contacts", `[null]`), ad.CodeValue, "contacts.0.type", ""},
		{"contact without value", doc("contacts", `[{"type":"phone"}]`), ad.CodeMissing, "contacts.0.value", ""},
		{"NUL in a contact", doc("contacts", `[{"type":"phone","value":"`+secret+`\u0000"}]`), ad.CodeValue, "contacts.0.value", ""},
		{"long image address", doc("images", `[{},{"url":`+repeated("u", 4097)+`}]`), ad.CodeTooLarge, "images.1.url", ""},
		{"NUL in a hash", doc("images", `[{"phash":"\u0000"}]`), ad.CodeValue, "images.0.phash", ""},
		{"attribute without a name", doc("attributes", `{"":`+s+`}`), ad.CodeMissing, "attributes", "a name is missing or empty"},
		{"control character in a name", doc("attributes", `{"`+secret+`\n":"1"}`), ad.CodeValue, "attributes", "a name contains the character U+000A"},
		{"NUL in an attribute", doc("attributes", `{`+s+`:"\u0000"}`), ad.CodeValue, "attributes", "a value contains the character U+0000"},
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	seen := map[ad.Code]bool{}
	for _, tt := range refusedDocs() {
		seen[tt.code] = true
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a, err := ad.Decode(tt.in)
			require.Nil(t, a)
			var fe *ad.FieldError
			require.ErrorAs(t, err, &fe)
			require.Equal(t, tt.code, fe.Code, err)
			require.Equal(t, tt.code, ad.CodeOf(fmt.Errorf("decode: %w", err)))
			require.Equal(t, tt.field, fe.Field)
			require.NotEmpty(t, fe.Problem)
			require.NotEmpty(t, fe.Fix)
			require.Contains(t, err.Error(), tt.text)
			require.NotContains(t, err.Error(), secret[1:])
			require.Less(t, len(err.Error()), 256)
		})
	}
	for _, c := range ad.Codes() {
		require.True(t, seen[c], "no advert is refused with code %s", c)
	}
	require.Len(t, ad.Codes(), len(seen))
}

// A map has no order, so which of two bad attributes is told must not depend
// on it.
func TestDecodeIsDeterministic(t *testing.T) {
	t.Parallel()
	in := doc("attributes", `{"c\u0000":"1","a":"\u0000","b":`+repeated("x", 5000)+`,"d\n":"1"}`)
	for range 50 {
		_, err := ad.Decode(in)
		require.EqualError(t, err, "field attributes: a value contains the character U+0000: leave it out")
	}
}

func TestDecodeSharesNoMemory(t *testing.T) {
	t.Parallel()
	in := doc("title", `"the title"`, "attributes", `{"name":"value"}`)
	a, err := ad.Decode(in)
	require.NoError(t, err)
	for i := range in {
		in[i] = 'x'
	}
	require.Equal(t, "the title", a.Title)
	require.Equal(t, "work abroad", a.Text)
	require.Equal(t, map[string]string{"name": "value"}, a.Attributes)
}

func TestCodeOfOtherErrors(t *testing.T) {
	t.Parallel()
	require.Equal(t, ad.CodeSyntax, ad.CodeOf(errors.New("boom")))
}

// encode writes an advert as a platform would.
func encode(tb testing.TB, a *ad.Ad) []byte {
	tb.Helper()
	at := func(t time.Time) any {
		if t.IsZero() {
			return nil
		}
		return t.Format(time.RFC3339Nano)
	}
	m := map[string]any{
		"id": a.ID, "platform": a.Platform, "posted_at": at(a.PostedAt), "collected_at": at(a.CollectedAt),
		"updated_at": at(a.UpdatedAt), "title": a.Title, "text": a.Text, "category": a.Category,
		"language": a.Language, "price": a.Price, "location": a.Location, "contacts": a.Contacts,
		"url": a.URL, "images": a.Images, "attributes": a.Attributes,
	}
	if s := a.Seller; s != nil {
		m["seller"] = map[string]any{"id": s.ID, "name": s.Name, "created_at": at(s.CreatedAt)}
	}
	b, err := json.Marshal(m)
	require.NoError(tb, err)
	return b
}
