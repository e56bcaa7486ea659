package money

import "testing"

// FuzzMoney: finding never panics; amounts are in bounds, in order, positive
// and bounded.
func FuzzMoney(f *testing.F) {
	for _, s := range []string{"", "rp 15jt/bulan", "$1,200 - $1,500 per month", "10-15 juta", "1.1.1.1", "gaji 1,000.5.000", "rp", "99999999999999999999999", "5k-", "$50k-$60k", "1 usd - usd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		checkAmounts(t, []byte(s), Find(nil, []byte(s)))
	})
}
