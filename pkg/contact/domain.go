package contact

import "golang.org/x/net/publicsuffix"

// freemail are providers where anyone can open an address, by domain. Listed
// by hand from the providers' own pages; a provider's national domains count
// through freemailNames.
var freemail = map[string]bool{
	"gmail.com": true, "googlemail.com": true, "ymail.com": true, "rocketmail.com": true, "aol.com": true,
	"icloud.com": true, "me.com": true, "mac.com": true, "mail.com": true, "email.com": true, "gmx.com": true, "gmx.net": true, "gmx.de": true,
	"proton.me": true, "protonmail.com": true, "pm.me": true, "tutanota.com": true, "tuta.io": true, "zoho.com": true, "yandex.com": true, "yandex.ru": true,
	"mail.ru": true, "qq.com": true, "163.com": true, "126.com": true, "sina.com": true, "naver.com": true, "daum.net": true, "hanmail.net": true,
	"plasa.com": true, "telkom.net": true, "inbox.com": true, "fastmail.com": true, "hushmail.com": true, "rediffmail.com": true, "web.de": true,
}

// freemailNames are first labels that belong to a provider in any country.
var freemailNames = map[string]bool{"gmail": true, "yahoo": true, "hotmail": true, "outlook": true, "live": true, "msn": true, "ymail": true}

// bareTLDs are the endings that make a host of two words without a scheme, a
// "www." or a path. Others ("team.in", "details.is") are more often two
// sentences without a blank.
var bareTLDs = map[string]bool{
	"com": true, "net": true, "org": true, "id": true, "info": true, "biz": true, "xyz": true, "site": true, "online": true, "shop": true,
	"store": true, "website": true, "io": true, "app": true, "club": true, "top": true, "vip": true, "asia": true, "link": true, "page": true,
	"sg": true, "ph": true, "th": true, "vn": true, "kh": true, "tw": true, "hk": true, "gle": true, "jobs": true, "careers": true, "edu": true, "gov": true,
}

// endings says which endings a host name may have.
type endings uint8

const (
	anyEnding   endings = iota // letters: after an at sign, anything is a host
	realEnding                 // one that exists
	knownEnding                // one of bareTLDs
)

// validHost checks a host name: labels of letters, digits and hyphens, at least
// two, and an ending of the kind asked for.
func validHost(h string, want endings) bool {
	if len(h) > 253 || len(h) < 4 {
		return false
	}
	label, labels := 0, 1
	for i := range len(h) {
		switch c := h[i]; {
		case c == '.':
			if i == label || h[i-1] == '-' {
				return false
			}
			label = i + 1
			labels++
		case c == '-' && i == label, i-label >= 63:
			return false
		}
	}
	tld := h[label:]
	if labels < 2 || len(tld) < 2 || !allLetters(tld) {
		return false
	}
	switch want {
	case knownEnding:
		return bareTLDs[tld]
	case realEnding:
		_, icann := publicsuffix.PublicSuffix(h)
		return icann
	default:
		return true
	}
}

func allLetters(s string) bool {
	for i := range len(s) {
		if class[s[i]]&letter == 0 {
			return false
		}
	}
	return true
}

func isFreemail(domain string) bool {
	if freemail[domain] {
		return true
	}
	for i := range len(domain) {
		if domain[i] == '.' {
			return freemailNames[domain[:i]]
		}
	}
	return false
}
