package money

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	t.Parallel()
	idr := func(min, max float64, p Period) []Amount {
		return []Amount{{Min: min, Max: max, Currency: "IDR", Period: p}}
	}
	for _, c := range []struct {
		text string
		want []Amount
	}{
		{"rp 15jt", idr(15e6, 15e6, "")},
		{"rp15.000.000", idr(15e6, 15e6, "")},
		{"rp. 15.000.000,-", idr(15e6, 15e6, "")},
		{"rp 15.000.000,00", idr(15e6, 15e6, "")},
		{"gaji 8 juta", idr(8e6, 8e6, "")},
		{"gaji 8,5 juta per bulan", idr(8.5e6, 8.5e6, PeriodMonth)},
		{"15 juta/bulan", idr(15e6, 15e6, PeriodMonth)},
		{"15jt/bln", idr(15e6, 15e6, PeriodMonth)},
		{"10-15 juta perbulan", idr(10e6, 15e6, PeriodMonth)},
		{"10 jt s/d 15 jt", idr(10e6, 15e6, "")},
		{"idr 15.000.000 - 20.000.000", idr(15e6, 20e6, "")},
		{"rp 3.000.000 - rp 5.000.000 / bulan", idr(3e6, 5e6, PeriodMonth)},
		{"upah 150 ribu per hari", idr(150e3, 150e3, PeriodDay)},
		{"150rb/hari", idr(150e3, 150e3, PeriodDay)},
		{"gaji 5.000.000", idr(5e6, 5e6, "")},
		{"$500/week", []Amount{{Min: 500, Max: 500, Currency: "USD", Period: PeriodWeek}}},
		{"$1,200 - $1,500 per month", []Amount{{Min: 1200, Max: 1500, Currency: "USD", Period: PeriodMonth}}},
		{"us$ 800 a month", []Amount{{Min: 800, Max: 800, Currency: "USD", Period: PeriodMonth}}},
		{"usd 800-1200 monthly", []Amount{{Min: 800, Max: 1200, Currency: "USD", Period: PeriodMonth}}},
		{"800 usd", []Amount{{Min: 800, Max: 800, Currency: "USD"}}},
		{"rm 3,000 sebulan", []Amount{{Min: 3000, Max: 3000, Currency: "MYR", Period: PeriodMonth}}},
		{"rm3000", []Amount{{Min: 3000, Max: 3000, Currency: "MYR"}}},
		{"30,000 baht", []Amount{{Min: 30000, Max: 30000, Currency: "THB"}}},
		{"₱25,000/month", []Amount{{Min: 25000, Max: 25000, Currency: "PHP", Period: PeriodMonth}}},
		{"$50k-$60k per year", []Amount{{Min: 50e3, Max: 60e3, Currency: "USD", Period: PeriodYear}}},
		{"€12.50 per hour", []Amount{{Min: 12.5, Max: 12.5, Currency: "EUR", Period: PeriodHour}}},
		{"salary 2500 per month", []Amount{{Min: 2500, Max: 2500, Period: PeriodMonth}}},
		{"rp 5jt dan rp 7jt", []Amount{{Min: 5e6, Max: 7e6, Currency: "IDR"}}},
		{"$150-$175,000/yr", []Amount{{Min: 150e3, Max: 175e3, Currency: "USD", Period: PeriodYear}}},
		{"$40 billion", []Amount{{Min: 40e9, Max: 40e9, Currency: "USD"}}},
		// not money
		{"wage, medical benefits, 401(k)", nil},
		{"lift up to 50 pounds", nil},
		{"081234567890", nil},
		{"rp 081234567890", nil},
		{"usia 18-35 tahun", nil},
		{"24 november 2026", nil},
		{"5 orang", nil},
		{"gaji umr 2024", nil},
		{"s1 atau d3", nil},
		{"jam 08.00 - 17.00", nil},
		{"192.168.1.1", nil},
		{"idr 6281234567890", nil},
		{"", nil},
		{"rp", nil},
		{"$", nil},
	} {
		got := Find(nil, []byte(c.text))
		for i := range got {
			require.Less(t, got[i].Start, got[i].End)
			got[i].Start, got[i].End = 0, 0
		}
		require.Equal(t, c.want, got, "%q", c.text)
	}
}

func TestFindRange(t *testing.T) {
	t.Parallel()
	s := "kerja enak gaji rp 15jt/bulan ya"
	a := Find(nil, []byte(s))
	require.Len(t, a, 1)
	require.Equal(t, "rp 15jt/bulan", s[a[0].Start:a[0].End])
}

func checkAmounts(t require.TestingT, b []byte, got []Amount) {
	last := 0
	for _, a := range got {
		require.GreaterOrEqual(t, a.Start, last)
		require.Less(t, a.Start, a.End)
		require.LessOrEqual(t, a.End, len(b))
		require.Positive(t, a.Min)
		require.LessOrEqual(t, a.Min, a.Max)
		require.LessOrEqual(t, a.Max, MaxAmount)
		last = a.End
	}
}

func TestFindInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`((rp|usd|\$|€|gaji|juta|jt|rb|-|/|per|bulan|to|sampai|k|\.|,| |[0-9]|0)){0,40}`).Draw(t, "s")
		checkAmounts(t, []byte(s), Find(nil, []byte(s)))
	})
}
