package contact

import (
	"github.com/nyaruka/phonenumbers"
)

// international checks a number that starts with its country code, without the
// plus. It returns its E.164 form and its region, or nothing.
func international(d string, parses *int) (e164, country string) {
	if n := indonesianMobile(d, true); n != "" {
		return "+62" + n, "ID"
	}
	return parseNumber("+"+d, "", parses)
}

// national checks a number as it is dialled in a region.
func national(d, region string, parses *int) (e164, country string) {
	if region == "ID" {
		if n := indonesianMobile(d, false); n != "" {
			return "+62" + n, "ID"
		}
	}
	return parseNumber(d, region, parses)
}

// indonesianMobile returns the national significant number of an Indonesian
// mobile number: the common case, checked by the pattern that phonenumbers has
// for it (8[1-35-9]\d{7,10}) without its cost. "+62 0812" is a common slip.
func indonesianMobile(d string, withCode bool) string {
	switch {
	case withCode && len(d) > 3 && d[:2] == "62":
		d = d[2:]
		if d[0] == '0' {
			d = d[1:]
		}
	case !withCode && len(d) > 1 && d[0] == '0':
		d = d[1:]
	default:
		return ""
	}
	if len(d) < 9 || len(d) > 12 || d[0] != '8' || d[1] == '0' || d[1] == '4' {
		return ""
	}
	return d
}

func parseNumber(s, region string, parses *int) (e164, country string) {
	if *parses >= maxParses {
		return "", ""
	}
	*parses++
	n, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", ""
	}
	return phonenumbers.Format(n, phonenumbers.E164), phonenumbers.GetRegionCodeForNumber(n)
}

// callingCodes are country codes that people write without a plus, with the
// lengths of a whole number with its code. Shorter codes are left out: they
// would read every long number as one.
var callingCodes = [...]struct {
	code     string
	min, max int
}{
	{"62", 10, 14},
	{"60", 10, 12},
	{"65", 10, 10},
	{"63", 11, 12},
	{"66", 10, 11},
	{"84", 10, 11},
	{"855", 10, 12},
	{"856", 10, 13},
	{"95", 9, 12},
	{"886", 11, 12},
	{"852", 11, 11},
	{"853", 11, 11},
	{"971", 11, 12},
	{"966", 11, 12},
	{"974", 11, 11},
	{"965", 11, 11},
	{"82", 11, 12},
	{"81", 11, 12},
	{"86", 12, 13},
	{"91", 12, 12},
	{"880", 12, 13},
	{"90", 12, 12},
	{"44", 11, 12},
	{"61", 11, 11},
	{"964", 11, 13},
}

func startsWithCode(d string, n int) bool {
	for i := range callingCodes {
		c := &callingCodes[i]
		if n >= c.min && n <= c.max && len(d) >= len(c.code) && d[:len(c.code)] == c.code {
			return true
		}
	}
	return false
}
