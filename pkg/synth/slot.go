package synth

// slot is what differs from copy to copy of one text. In a campaign's base
// text a slot is one byte with the slot's number, all of them control
// characters that no text contains.
type slot uint8

const (
	slotPhone slot = 0x0e + iota
	slotName
	slotCity
	slotDest
	slotPay
	slotDate
	slotAccount
	slotCompany
	slotHandle
	slotEmail
	slotWord // a made-up word, filled at once
	slotEnd
)

var slotNames = map[string]slot{
	"PHONE": slotPhone, "NAME": slotName, "CITY": slotCity, "DEST": slotDest,
	"PAY": slotPay, "DATE": slotDate, "ACCOUNT": slotAccount,
	"COMPANY": slotCompany, "HANDLE": slotHandle, "EMAIL": slotEmail,
	"WORD": slotWord,
}

func isSlot(b byte) bool { return b >= byte(slotPhone) && b < byte(slotWord) }

// filling holds the slots' values of one advert. Its memory is used again for
// the next.
type filling struct {
	values [slotEnd - slotPhone][]byte
}

func (f *filling) appendSlot(dst []byte, s slot) []byte {
	return append(dst, f.values[s-slotPhone]...)
}

// set replaces the value of a slot by what add appends.
func (f *filling) set(s slot, add func(dst []byte) []byte) {
	v := &f.values[s-slotPhone]
	*v = add((*v)[:0])
}

func (f *filling) get(s slot) []byte { return f.values[s-slotPhone] }
