package contact

import (
	"testing"

	"github.com/stretchr/testify/require"

	"palermo.internal/pkg/textnorm"
)

func find(text string, regions ...string) []Found {
	var t textnorm.Text
	textnorm.New().Fold(&t, "", text)
	var f Finder
	return f.Find(nil, &t, Options{Regions: regions})
}

type want struct {
	typ        Type
	value      string
	obfuscated bool
}

func check(t *testing.T, text string, regions []string, wants []want) {
	t.Helper()
	var got []want
	for _, c := range find(text, regions...) {
		got = append(got, want{c.Type, c.Value, c.Obfuscated})
	}
	require.Equal(t, wants, got, "%q", text)
}

func TestPhones(t *testing.T) {
	t.Parallel()
	const n = "+6281234567890"
	for _, c := range []struct {
		text string
		want []want
	}{
		{"Hub 081234567890", []want{{TypePhone, n, false}}},
		{"Hub: 0812-3456-7890.", []want{{TypePhone, n, false}}},
		{"WA 0812 3456 7890 segera", []want{{TypePhone, n, false}}},
		{"(0812) 3456.7890", []want{{TypePhone, n, false}}},
		{"+62 812-3456-7890", []want{{TypePhone, n, false}}},
		{"+62 (0)812 3456 7890", []want{{TypePhone, n, false}}},
		{"62 812 3456 7890", []want{{TypePhone, n, false}}},
		{"6281234567890", []want{{TypePhone, n, false}}},
		{"0062 812 3456 7890", []want{{TypePhone, n, false}}},
		{"0812 3456 7890 s e g e r a", []want{{TypePhone, n, false}}},
		{"0 8 l 2 3 4 5 6 7 8 9 O", []want{{TypePhone, n, true}}},
		{"WA +62 838-0000-00129 Hana", []want{{TypePhone, "+62838000000129", false}}},
		{"812 3456 7890", []want{{TypePhone, n, false}}},
		{"or zero eight two one 0 0 0 0 zero zero 0 9 nine.", []want{{TypePhone, "+62821000000099", true}}},
		{"nomor O8S2OOOOOOl3S.", []want{{TypePhone, "+62852000000135", true}}},
		{"0 eight f1v3 8 z3r0 0 zero 0 0 0 0 0 n1ne", []want{{TypePhone, "+62858000000009", true}}},
		{"nol delapan d3l4p4n 3n4m nol nol nol nol nol 54tu tujuh delapan", []want{{TypePhone, "+6288600000178", true}}},
		{"08 12 3456 7890", []want{{TypePhone, n, false}}},
		{"wa 812 3456 7890", []want{{TypePhone, n, false}}},
		{"WA081234567890", []want{{TypePhone, n, false}}},
		{"telp 021-5551234", []want{{TypePhone, "+62215551234", false}}},
		{"081234567890 / 081398765432", []want{{TypePhone, n, false}, {TypePhone, "+6281398765432", false}}},
		{"081234567890/081398765432", []want{{TypePhone, n, false}, {TypePhone, "+6281398765432", false}}},
		{"081234567890, 081398765432", []want{{TypePhone, n, false}, {TypePhone, "+6281398765432", false}}},
		{"0812 3456 7890 atau 0813 9876 5432", []want{{TypePhone, n, false}, {TypePhone, "+6281398765432", false}}},
		{"0812 3456 7890 0813 9876 5432", []want{{TypePhone, n, false}, {TypePhone, "+6281398765432", false}}},
		{"0 8 1 2 3 4 5 6 7 8 9 0", []want{{TypePhone, n, true}}},
		{"0.8.1.2.3.4.5.6.7.8.9.0", []want{{TypePhone, n, true}}},
		{"08*12*34*56*78*90", []want{{TypePhone, n, true}}},
		{"0812_3456_7890", []want{{TypePhone, n, true}}},
		{"0812 ~ 3456 ~ 7890", []want{{TypePhone, n, true}}},
		{"0️⃣8️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣9️⃣0️⃣", []want{{TypePhone, n, true}}},
		{"０８１２３４５６７８９０", []want{{TypePhone, n, true}}},
		{"⓪⑧①②③④⑤⑥⑦⑧⑨⓪", []want{{TypePhone, n, true}}},
		{"0812\u200b3456\u200b7890", []want{{TypePhone, n, true}}},
		{"O8l2345678gO", nil},
		{"O8l234567890", []want{{TypePhone, n, true}}},
		{"O812 3456 789O", []want{{TypePhone, n, true}}},
		{"zero8one2 three456 7890", []want{{TypePhone, n, true}}},
		{"kosong delapan satu dua tiga empat lima enam tujuh delapan sembilan kosong", []want{{TypePhone, n, true}}},
		{"kosongdelapansatudua tigaempatlimaenam tujuhdelapansembilankosong", []want{{TypePhone, n, true}}},
		{"nol 8 satu 2 tiga 4 lima 6 tujuh 8 sembilan 0", []want{{TypePhone, n, true}}},
		{"zero eight one two three four five six seven eight nine zero", []want{{TypePhone, n, true}}},
		{"0812📞3456📞7890", []want{{TypePhone, n, true}}},
		{"📞 0812-3456-7890", []want{{TypePhone, n, false}}},
		{"Hub\u00a00812\u20113456\u20117890", []want{{TypePhone, n, false}}},
		{"<b>0812</b>-3456-7890", []want{{TypePhone, n, false}}},
		{"+855 12 345 678", []want{{TypePhone, "+85512345678", false}}},
		{"+66 81 234 5678", []want{{TypePhone, "+66812345678", false}}},
		{"+1 (212) 555-0123", []want{{TypePhone, "+12125550123", false}}},
		// not phones
		{"Rp 15.000.000", nil},
		{"gaji 10.000.000 - 15.000.000", nil},
		{"15.000.000-20.000.000 per bulan", nil},
		{"24-11-2026", nil},
		{"01/02/2024 10:30", nil},
		{"2024-11-24", nil},
		{"jam 08.00 - 17.00", nil},
		{"jam 0800 - 1700", nil},
		{"08:00-17:00", nil},
		{"2019 - 2024", nil},
		{"kode 1234567890123456", nil},
		{"id 20241124103", nil},
		{"usia 18 - 35 tahun, tinggi 160 cm, 5 orang", nil},
		{"01. satu 02. dua 03. tiga", nil},
		{"satu dua tiga", nil},
		{"one two three four five", nil},
		{"100.000.000", nil},
		{"no 12 jalan 3 rt 04/05", nil},
	} {
		check(t, c.text, nil, c.want)
	}
}

func TestPhoneRegions(t *testing.T) {
	t.Parallel()
	check(t, "call 212-555-0123 now", []string{"US"}, []want{{TypePhone, "+12125550123", false}})
	check(t, "(212) 555-0123", []string{"US"}, []want{{TypePhone, "+12125550123", false}})
	check(t, "call 012-345 6789", []string{"MY", "ID"}, []want{{TypePhone, "+60123456789", false}})
	check(t, "0917 123 4567", []string{"PH", "ID"}, []want{{TypePhone, "+639171234567", false}})
	check(t, "call (386)320-3924", []string{"ID", "US"}, []want{{TypePhone, "+13863203924", false}})
	check(t, "budget 555 1234567890", []string{"US"}, nil)
}

func TestEmails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []want
	}{
		{"Kirim CV ke HRD.Loker@Gmail.com.", []want{{TypeEmail, "hrd.loker@gmail.com", false}}},
		{"budi+kerja@example.co.id", []want{{TypeEmail, "budi+kerja@example.co.id", false}}},
		{"budi (at) gmail (dot) com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi[at]gmail[dot]com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi at gmail dot com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi dot santoso at gmail dot com", []want{{TypeEmail, "budi.santoso@gmail.com", true}}},
		{"budi @ gmail . com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi@gmail dot com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi@gmail,com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"budi＠gmail.com", []want{{TypeEmail, "budi@gmail.com", true}}},
		{"look at google.com", []want{{TypeLink, "google.com", false}}},
		{"meet at the office. company is big", nil},
		{"a tech company at heart. You know", nil},
		{"good at excel, word dot com", nil},
		{"surel demo.zhyg1970a3@mail.example.", []want{{TypeEmail, "demo.zhyg1970a3@mail.example", false}}},
		{"a@b", nil},
	} {
		check(t, c.text, nil, c.want)
	}
	require.True(t, find("a.b@yahoo.co.id")[0].Freemail)
	require.False(t, find("hr@astra.co.id")[0].Freemail)
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []want
	}{
		{"https://www.Example.com/Lowongan?x=1.", []want{{TypeLink, "example.com/Lowongan?x=1", false}}},
		{"daftar di bit.ly/AbC12", []want{{TypeLink, "bit.ly/AbC12", false}}},
		{"www.loker.my", []want{{TypeLink, "loker.my", false}}},
		{"loker.co.id", []want{{TypeLink, "loker.co.id", false}}},
		{"wa.me/6281234567890", []want{{TypeChat, "+6281234567890", false}}},
		{"https://api.whatsapp.com/send?phone=6281234567890&text=halo", []want{{TypeChat, "+6281234567890", false}}},
		{"https://chat.whatsapp.com/AbCdEf", []want{{TypeChat, "chat.whatsapp.com/AbCdEf", false}}},
		{"t.me/loker_luar", []want{{TypeChat, "loker_luar", false}}},
		{"https://line.me/ti/p/~rani88", []want{{TypeChat, "rani88", false}}},
		{"https://instagram.com/loker.jkt/", []want{{TypeLink, "loker.jkt", false}}},
		{"requirements.is team.in details.The", nil},
		{"e.g. s.d. dll. D.K.I", nil},
		{"PT. Maju Jaya Tbk.", nil},
		{"node.js", nil},
		{"5.5 juta", nil},
		{"customer refunds.Shop operations", nil},
		{"skills.Education:Bachelor", nil},
		{"Blibli.com", []want{{TypeLink, "blibli.com", false}}},
	} {
		check(t, c.text, nil, c.want)
	}
	f := find("tg://resolve?domain=loker_luar")
	require.Equal(t, "telegram", f[0].Channel)
}

func TestHandles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, value, channel string }{
		{"ikuti @loker.jakarta", "loker.jakarta", ""},
		{"IG: loker_jkt", "loker_jkt", "instagram"},
		{"ig @loker_jkt", "loker_jkt", "instagram"},
		{"line id: rani88", "rani88", "line"},
		{"ID Line rani88", "rani88", "line"},
		{"Telegram : @Agen_Kerja", "agen_kerja", "telegram"},
		{"wechat id rani_88", "rani_88", "wechat"},
		{"WeChat: rani", "rani", "wechat"},
	} {
		got := find(c.text)
		require.Len(t, got, 1, c.text)
		require.Equal(t, TypeHandle, got[0].Type)
		require.Equal(t, c.value, got[0].Value)
		require.Equal(t, c.channel, got[0].Channel, c.text)
	}
	for _, s := range []string{"production line: manager", "@", "@@", "a @ b", "instagram dan facebook", "line production 24", "@12"} {
		require.Empty(t, find(s), s)
	}
}

func TestChannelOfPhone(t *testing.T) {
	t.Parallel()
	require.Equal(t, "whatsapp", find("WA: 081234567890")[0].Channel)
	require.Equal(t, "whatsapp", find("whatsapp no. 081234567890")[0].Channel)
	require.Equal(t, "telegram", find("telegram +6281234567890")[0].Channel)
	require.Equal(t, "ID", find("081234567890")[0].Country)
}

func TestAnonymised(t *testing.T) {
	t.Parallel()
	const h = "0fa3f7c5e23a16de16a841e368006cae916884407d90b154dfef3976483a71ae"
	check(t, "Go to #URL_"+h+"#now", nil, []want{{TypeLink, "anonymised:" + h, false}})
	check(t, "call #PHONE_"+h+"#", nil, []want{{TypePhone, "anonymised:" + h, false}})
	check(t, "#URL_x# #hashtag", nil, nil)
}
