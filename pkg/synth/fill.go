package synth

import (
	"strconv"
	"time"
)

// fillPay writes an amount the way adverts do.
func (f *filling) fillPay(p *pay, amount, style int) {
	f.set(slotPay, func(dst []byte) []byte {
		switch {
		case p.currency == "":
			return dst
		case p.currency != "IDR":
			switch style % 3 {
			case 0:
				return appendThousands(append(dst, "USD "...), amount, ',')
			case 1:
				return appendThousands(append(dst, '$'), amount, ',')
			default:
				return append(strconv.AppendInt(dst, int64(amount), 10), " USD"...)
			}
		case style%3 == 0 && amount >= 1_000_000 && amount%100_000 == 0:
			dst = strconv.AppendInt(dst, int64(amount/1_000_000), 10)
			if tenth := amount / 100_000 % 10; tenth > 0 {
				dst = strconv.AppendInt(append(dst, ','), int64(tenth), 10)
			}
			return append(dst, " juta"...)
		case style%3 == 1:
			return append(appendThousands(append(dst, "Rp"...), amount, '.'), ",-"...)
		default:
			return appendThousands(append(dst, "Rp "...), amount, '.')
		}
	})
}

// appendThousands appends n with a separator after every three digits.
func appendThousands(dst []byte, n int, sep byte) []byte {
	var scratch [20]byte
	digits := strconv.AppendInt(scratch[:0], int64(n), 10)
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			dst = append(dst, sep)
		}
		dst = append(dst, d)
	}
	return dst
}

var months = map[string][12]string{
	"id": {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

func (f *filling) fillDate(language string, t time.Time) {
	names := months[language]
	f.set(slotDate, func(dst []byte) []byte {
		dst = strconv.AppendInt(dst, int64(t.Day()), 10)
		dst = append(dst, ' ')
		return append(dst, names[t.Month()-1]...)
	})
}

func (f *filling) fillCompany(language string, s *source) {
	f.set(slotCompany, func(dst []byte) []byte {
		if language == "id" {
			dst = append(dst, [...]string{"PT ", "CV ", "PT ", "UD "}[s.intn(4)]...)
			dst = append(appendWord(dst, s), ' ')
			return appendWord(dst, s)
		}
		dst = append(appendWord(dst, s), ' ')
		dst = appendWord(dst, s)
		return append(dst, [...]string{" Ltd", " Group", " Services", " & Co", " Solutions", " Trading"}[s.intn(6)]...)
	})
}

func (f *filling) fillPlace(s slot, p *place) {
	f.set(s, func(dst []byte) []byte {
		if p == nil {
			return dst
		}
		return append(dst, p.city...)
	})
}

// fillContacts writes the contacts of account number n.
func (f *filling) fillContacts(n uint64) {
	f.set(slotHandle, func(dst []byte) []byte { return appendHandle(dst, n) })
	f.set(slotEmail, func(dst []byte) []byte { return appendEmail(dst, n) })
	f.set(slotAccount, func(dst []byte) []byte { return appendAccount(dst, mix(n)) })
}

func (f *filling) fillText(s slot, value string) {
	f.set(s, func(dst []byte) []byte { return append(dst, value...) })
}
