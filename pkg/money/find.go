package money

import "palermo.internal/pkg/textnorm"

// Find appends the amounts of a folded text to dst, in order and not
// overlapping, and returns the extended slice. Its time is linear in b.
func Find(dst []Amount, b []byte) []Amount {
	base := len(dst)
	last := 0
	for i := 0; i < len(b) && len(dst)-base < MaxFound; {
		c := b[i]
		if c < '0' || c > '9' {
			i++
			continue
		}
		if i > 0 && isDigit(b[i-1]) {
			i++
			continue
		}
		a, next := amountAt(b, i, last)
		if a.End > 0 {
			dst = append(dst, a)
			last = a.End
			i = max(a.End, i+1)
			continue
		}
		i = max(next, i+1)
	}
	return dst
}

// amountAt reads the amount whose first digit is at i. Nothing before floor
// belongs to it. next is where to go on if there is none.
func amountAt(b []byte, i, floor int) (a Amount, next int) {
	start := i
	currency, at := currencyBefore(b, i, floor)
	if at >= 0 {
		start = at
	} else if textnorm.WordBefore(b, i) || i > 0 && b[i-1] == '+' {
		return Amount{}, numberEnd(b, i)
	}
	n, end, ok := number(b, i)
	if !ok {
		return Amount{}, end
	}
	low, end := n, end
	scale, sEnd, sure, scaleCurrency := scaleAfter(b, end)
	if sEnd > 0 {
		end = sEnd
	}
	after, cEnd := currencyAfter(b, end)
	if currency == "" && cEnd > 0 {
		currency, end = after, cEnd
	} else if cEnd > 0 && after == currency {
		end = cEnd
	}
	// A second number makes a range.
	high := low
	highScale, hasHigh := scale, false
	if j := rangeAfter(b, end); j > 0 {
		k := j + currencyAt(b, j)
		if n2, e2, ok := number(b, k); ok {
			s2, se2, sure2, sc2 := scaleAfter(b, e2)
			e := e2
			if se2 > 0 {
				e = se2
			}
			hs := s2
			if se2 == 0 {
				hs = 1
				if sEnd > 0 {
					hs = scale
				}
			}
			ls := scale
			if sEnd == 0 && se2 > 0 && low <= n2*1 && low < 1000 {
				ls = s2
			}
			if sEnd == 0 && se2 == 0 && low < 1000 && n2 > 1000*low {
				ls = 1000 // "$150-$175,000"
			}
			if low*ls < n2*hs && n2*hs <= low*ls*1000 {
				high, highScale, hasHigh = n2, hs, true
				scale = ls
				if sure2 {
					sure, scaleCurrency = true, sc2
				}
				end = e
				if currency == "" {
					if cur, ce := currencyAfter(b, end); ce > 0 {
						currency, end = cur, ce
					}
				}
			}
		}
	}
	low *= scale
	if hasHigh {
		high *= highScale
	} else {
		high = low
	}
	period, pEnd := periodAfter(b, end)
	switch {
	case currency != "":
	case sure:
		currency = scaleCurrency
	case (low >= 1000 && !(low >= 1900 && low <= 2100 && high == low) || low >= 100 && pEnd > 0) && payBefore(b, start, floor):
		if low >= 1e5 {
			currency = "IDR"
		}
	default:
		return Amount{}, end
	}
	if low <= 0 || high > MaxAmount {
		return Amount{}, end
	}
	if pEnd > 0 {
		end = pEnd
	}
	return Amount{Min: low, Max: high, Currency: currency, Period: period, Start: start, End: end}, end
}

// number reads a number with its separators at i: "15.000.000", "3,000.50",
// "1,5", "2000". It refuses leading zeros, which telephones have.
func number(b []byte, i int) (n float64, end int, ok bool) {
	end = numberEnd(b, i)
	if end == i || end-i > 24 {
		return 0, end, false
	}
	s := b[i:end]
	if s[0] == '0' && len(s) > 1 && isDigit(s[1]) {
		return 0, end, false
	}
	// A separator is decimal if one of its kind stands there once, with one
	// or two digits after it.
	decimal := -1
	for k := len(s) - 1; k > 0; k-- {
		if isDigit(s[k]) {
			continue
		}
		if tail := len(s) - 1 - k; tail == 1 || tail == 2 {
			decimal = k
		}
		break
	}
	scale := 1.0
	group := -1
	for k := range s {
		switch {
		case k == decimal:
			scale = 0.1
			if group > 0 && k-group != 4 {
				return 0, end, false
			}
			group = -1
		case isDigit(s[k]):
			if d := float64(s[k] - '0'); scale < 1 {
				n += d * scale
				scale /= 10
			} else {
				n = n*10 + d
			}
		default:
			if group >= 0 && k-group != 4 || group < 0 && k > 3 {
				return 0, end, false
			}
			group = k
		}
	}
	if group > 0 && decimal < 0 && len(s)-group != 4 {
		return 0, end, false
	}
	// "12.500 orang" is a number too; what makes it money stands around it.
	return n, end, n <= MaxAmount
}

// numberEnd returns the end of digits with single separators between them.
func numberEnd(b []byte, i int) int {
	for i < len(b) {
		if isDigit(b[i]) {
			i++
			continue
		}
		if (b[i] == '.' || b[i] == ',') && i+1 < len(b) && isDigit(b[i+1]) {
			i++
			continue
		}
		break
	}
	return i
}

// currencyBefore reads the currency that ends before i, over one blank, dot or
// colon. at is its start, -1 if there is none.
func currencyBefore(b []byte, i, floor int) (currency string, at int) {
	j := i
	for j > floor && (b[j-1] == ' ' || b[j-1] == '.' || b[j-1] == ':') && i-j < 2 {
		j--
	}
	for _, s := range signs {
		if n := len(s.sign); j-n >= floor && string(b[j-n:j]) == s.sign {
			start := j - n
			// "us$", "s$", "hk$", "nt$"
			w := wordStart(b, start, floor)
			if c, ok := currencies[string(b[w:start])]; ok && s.sign == "$" && w < start {
				return c, w
			}
			return s.currency, start
		}
	}
	w := wordStart(b, j, floor)
	if w == j || textnorm.WordBefore(b, w) {
		return "", -1
	}
	if word := string(b[w:j]); word != "s" && word != "us" && word != "hk" {
		if c, ok := currencies[word]; ok {
			return c, w
		}
	}
	return "", -1
}

// currencyAt returns the length of the currency that starts at i, with the
// blank after it, 0 if none does.
func currencyAt(b []byte, i int) int {
	for _, s := range signs {
		if hasPrefix(b, i, s.sign) {
			return skipBlank(b, i+len(s.sign)) - i
		}
	}
	j := i
	for j < len(b) && isLetter(b[j]) && j-i < 8 {
		j++
	}
	if _, ok := currencies[string(b[i:j])]; ok && j > i {
		if j < len(b) && (b[j] == '.' || b[j] == '$') {
			j++
		}
		return skipBlank(b, j) - i
	}
	return 0
}

// currencyAfter reads a currency after a number that ends at i. end is 0 if
// there is none.
func currencyAfter(b []byte, i int) (currency string, end int) {
	j := skipBlank(b, i)
	if j-i > 1 {
		return "", 0
	}
	for _, s := range signs {
		if hasPrefix(b, j, s.sign) && s.sign != "$" {
			return s.currency, j + len(s.sign)
		}
	}
	if hasPrefix(b, j, "$") && j == i {
		return "USD", j + 1
	}
	k := wordEnd(b, j)
	if k-j < 2 {
		return "", 0
	}
	if w := string(b[j:k]); w != "us" && w != "hk" && w != "nt" {
		if c, ok := currencies[w]; ok {
			return c, k
		}
	}
	return "", 0
}

// scaleAfter reads a word of scale after a number. end is 0 if there is none;
// the factor is 1 then.
func scaleAfter(b []byte, i int) (factor float64, end int, sure bool, currency string) {
	j := skipBlank(b, i)
	if j-i > 1 || j >= len(b) {
		return 1, 0, false, ""
	}
	k := wordEnd(b, j)
	s, ok := scales[string(b[j:k])]
	if !ok || j > i && k-j == 1 {
		return 1, 0, false, ""
	}
	return s.factor, k, s.sure, s.currency
}

// rangeAfter returns where the second number or its currency starts, 0 if no
// range goes on at i.
func rangeAfter(b []byte, i int) int {
	j := skipBlank(b, i)
	if j < len(b) && (b[j] == '-' || b[j] == '~') {
		j++
		for j < len(b) && (b[j] == '-' || b[j] == ' ') && j-i < 6 {
			j++
		}
	} else {
		k := j
		for k < len(b) && (isLetter(b[k]) || b[k] == '/') && k-j < 8 {
			k++
		}
		if k == j || !ranges[string(b[j:k])] {
			return 0
		}
		j = skipBlank(b, k)
	}
	if j >= len(b) {
		return 0
	}
	if isDigit(b[j]) {
		return j
	}
	if n := currencyAt(b, j); n > 0 && j+n < len(b) && isDigit(b[j+n]) {
		return j
	}
	return 0
}

// periodAfter reads what the amount that ends at i is paid for.
func periodAfter(b []byte, i int) (p Period, end int) {
	j := skipBlank(b, i)
	led := false
	// ",-" ends an amount in Indonesian writing.
	if hasPrefix(b, j, ",-") {
		j = skipBlank(b, j+2)
	}
	for j < len(b) && (b[j] == '/' || b[j] == '(' || b[j] == '+') && j-i < 6 {
		led = led || b[j] == '/'
		j = skipBlank(b, j+1)
	}
	for range 3 {
		k := wordEnd(b, j)
		if k == j {
			return "", 0
		}
		w := b[j:k]
		if p, ok := periods[string(w)]; ok && (led || !needsLead[string(w)]) {
			return p, k
		}
		lead := leads[string(w)]
		if !lead && currencies[string(w)] == "" {
			return "", 0
		}
		led = led || lead
		j = skipBlank(b, k)
		if j < len(b) && b[j] == '/' {
			led = true
			j = skipBlank(b, j+1)
		}
	}
	return "", 0
}

// needsLead are period words that mean something else when nothing such as
// "per" or a slash stands before them ("10 juta 3 bulan", "500 tahun").
var needsLead = map[string]bool{
	"jam": true, "hour": true, "hours": true, "hr": true, "hrs": true, "hari": true, "day": true, "minggu": true, "week": true, "bulan": false, "month": true, "months": true,
	"tahun": true, "year": true, "mo": true, "pa": false, "pekan": true, "once": true,
}

// payBefore reports whether a word of pay stands in the 24 bytes before i.
func payBefore(b []byte, i, floor int) bool {
	stop := max(i-24, floor)
	for range 3 {
		for i > stop && !isLetter(b[i-1]) {
			if isDigit(b[i-1]) || b[i-1] == '\n' {
				return false
			}
			i--
		}
		w := wordStart(b, i, stop)
		if payWords[string(b[w:i])] {
			return true
		}
		if w == i {
			return false
		}
		i = w
	}
	return false
}

func wordStart(b []byte, i, floor int) int {
	stop := max(floor, i-16)
	for i > stop && isLetter(b[i-1]) {
		i--
	}
	return i
}

func wordEnd(b []byte, i int) int {
	j := i
	for j < len(b) && isLetter(b[j]) && j-i < 16 {
		j++
	}
	if textnorm.WordAt(b, j) {
		return i
	}
	return j
}

func skipBlank(b []byte, i int) int {
	for i < len(b) && b[i] == ' ' {
		i++
	}
	return i
}

func hasPrefix(b []byte, i int, s string) bool {
	return i+len(s) <= len(b) && string(b[i:i+len(s)]) == s
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLetter(c byte) bool { return c >= 'a' && c <= 'z' }
