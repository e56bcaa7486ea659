package synth

import "strconv"

// phonePrefixes are Indonesian mobile prefixes without the trunk zero. Every
// number is one of them, the block 0000 and five digits: valid in form, and
// easy to tell from a real person's number.
var phonePrefixes = [...]string{
	"812", "813", "821", "822", "823", "852", "853", "811",
	"814", "815", "816", "855", "856", "857", "858",
	"817", "818", "819", "859", "877", "878",
	"831", "832", "833", "838", "895", "896", "897", "898", "899",
	"881", "882", "883", "884", "885", "886", "887", "888", "889",
}

const (
	phonesPerPrefix = 100_000
	phoneBlock      = "0000"
	phoneCount      = len(phonePrefixes) * phonesPerPrefix
)

// appendNational appends phone number n in national form without spaces, for
// example 0812000001234. Numbers repeat after phoneCount.
func appendNational(dst []byte, n uint64) []byte {
	n %= uint64(phoneCount)
	dst = append(dst, '0')
	dst = append(dst, phonePrefixes[n/phonesPerPrefix]...)
	dst = append(dst, phoneBlock...)
	return appendDigits(dst, n%phonesPerPrefix, 5)
}

// appendDigits appends n with leading zeros, width digits wide.
func appendDigits(dst []byte, n uint64, width int) []byte {
	start := len(dst)
	for range width {
		dst = append(dst, '0')
	}
	for i := len(dst) - 1; i >= start; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}

// appendPhone writes a national number the way people write numbers: style
// picks plain, grouped by dashes or blanks, or international.
func appendPhone(dst, national []byte, style int) []byte {
	switch style & 3 {
	case 0:
		return append(dst, national...)
	case 1:
		return appendGrouped(dst, national, '-')
	case 2:
		return appendGrouped(dst, national, ' ')
	default:
		dst = append(dst, "+62 "...)
		dst = append(dst, national[1:4]...)
		dst = append(dst, '-')
		dst = append(dst, national[4:8]...)
		dst = append(dst, '-')
		return append(dst, national[8:]...)
	}
}

func appendGrouped(dst, national []byte, sep byte) []byte {
	dst = append(dst, national[:4]...)
	dst = append(dst, sep)
	dst = append(dst, national[4:8]...)
	dst = append(dst, sep)
	return append(dst, national[8:]...)
}

// appendHandle appends the messenger handle of account n.
func appendHandle(dst []byte, n uint64) []byte {
	dst = append(dst, "@palermo_demo_"...)
	return strconv.AppendUint(dst, n, 36)
}

// appendEmail appends the address of account n, at a reserved host.
func appendEmail(dst []byte, n uint64) []byte {
	dst = append(dst, "demo."...)
	dst = strconv.AppendUint(dst, n, 36)
	return append(dst, emailHosts[n%uint64(len(emailHosts))]...)
}

var emailHosts = [...]string{"@example.com", "@example.org", "@example.net", "@mail.example"}

// appendAccount appends a bank account at a bank that does not exist.
func appendAccount(dst []byte, n uint64) []byte {
	dst = append(dst, "Bank Contoh 0000"...)
	return appendDigits(dst, n%1_000_000, 6)
}
