package contact

import (
	"bytes"

	"palermo.internal/pkg/textnorm"
)

const (
	minName = 3
	maxName = 32
	// maxCue bounds how far before a contact the word that names its service
	// may start.
	maxCue = 24
)

// channels are the words that name a service, and whether the word alone with
// a colon is enough ("line" is also a word of work, so it is not).
var channels = map[string]struct {
	name string
	weak bool
}{
	"ig": {name: "instagram"}, "insta": {name: "instagram"}, "instagram": {name: "instagram"},
	"tele": {name: "telegram"}, "telegram": {name: "telegram"}, "tg": {name: "telegram"}, "telegrm": {name: "telegram"},
	"line": {name: "line", weak: true}, "lineid": {name: "line"}, "idline": {name: "line"},
	"wechat": {name: "wechat"}, "weixin": {name: "wechat"}, "wx": {name: "wechat"},
	"fb": {name: "facebook"}, "facebook": {name: "facebook"}, "messenger": {name: "messenger"},
	"tiktok": {name: "tiktok"}, "twitter": {name: "twitter"}, "snapchat": {name: "snapchat"}, "snap": {name: "snapchat"},
	"kakao": {name: "kakaotalk"}, "kakaotalk": {name: "kakaotalk"}, "zalo": {name: "zalo"}, "viber": {name: "viber"},
	"skype": {name: "skype"}, "signal": {name: "signal", weak: true}, "discord": {name: "discord"}, "michat": {name: "michat"},
	"bbm": {name: "bbm"}, "wickr": {name: "wickr"}, "threema": {name: "threema"}, "kik": {name: "kik"},
}

// channelFilter knows the words of channels.
var channelFilter = func() (f textnorm.WordFilter) {
	for w := range channels {
		f.Add(w)
	}
	return f
}()

// phoneWords are the words after which a number is one to call.
var phoneWords = map[string]string{
	"wa": "whatsapp", "whatsapp": "whatsapp", "whatsap": "whatsapp", "wasap": "whatsapp", "watsap": "whatsapp", "w.a": "whatsapp", "wapri": "whatsapp",
	"hp": "", "telp": "", "tlp": "", "telpon": "", "telepon": "", "telephone": "", "tel": "", "phone": "", "call": "", "sms": "", "mobile": "", "cell": "",
	"hub": "", "hubungi": "", "cp": "", "contact": "", "kontak": "", "nomor": "", "no": "", "nohp": "", "handphone": "", "whatsapp/telegram": "", "text": "",
	"fax": "", "t": "", "m": "", "ph": "", "chat": "", "tlpn": "", "admin": "",
}

// handles finds "@name" and names after the word for a service ("ig: name",
// "line id name").
func (f *Finder) handles() {
	b := f.b
	for i := 0; i < len(b) && !f.full(); {
		c := b[i]
		switch {
		case c == '@':
			i = f.atName(i)
		case class[c]&letter != 0:
			end := run(b, i, letter)
			if end-i <= 10 && !textnorm.WordBefore(b, i) {
				end = f.namedName(i, end)
			}
			i = end
		case textnorm.WordAt(b, i):
			i = textnorm.WordEnd(b, i)
		default:
			i++
		}
	}
}

// atName reads "@name" at i.
func (f *Finder) atName(i int) int {
	b := f.b
	if i > 0 && (textnorm.WordBefore(b, i) || b[i-1] == '.') || i+1 >= len(b) {
		return i + 1
	}
	start := i + 1
	end := nameEnd(b, start)
	if !validName(string(b[start:end])) {
		return max(end, i+1)
	}
	f.addHandle(i, start, end, f.channelBefore(i), false)
	return end
}

// namedName reads the name after the word b[start:end], if that names a
// service. It returns where to go on.
func (f *Finder) namedName(start, end int) int {
	b := f.b
	if !channelFilter.May(b[start:end]) {
		return end
	}
	ch, ok := channels[string(b[start:end])]
	if !ok {
		return end
	}
	i := skipBlank(b, end)
	sure := hasPrefix(b, start-3, "id ") && !textnorm.WordBefore(b, start-3) // "id" stands beside it
	for range 2 {
		e := run(b, i, letter)
		switch string(b[i:e]) {
		case "id", "username", "user", "akun", "account", "acc", "name", "official", "ofc":
			sure = sure || e-i <= 8
			i = skipBlank(b, e)
			continue
		}
		break
	}
	colon := false
	if i < len(b) && (b[i] == ':' || b[i] == '=' || sure && b[i] == '-') {
		colon = true
		i = skipBlank(b, i+1)
	}
	if i >= len(b) || b[i] == '@' || b[i] == '/' || b[i] == '\n' || !colon && !sure {
		return end
	}
	stop := nameEnd(b, i)
	name := string(b[i:stop])
	if !validName(name) || notNames[name] || stop < len(b) && (b[stop] == ':' || b[stop] == '@' || textnorm.WordAt(b, stop)) {
		return end
	}
	if (!colon || ch.weak && !sure) && !oddName(name) {
		return end
	}
	f.addHandle(i, i, stop, ch.name, false)
	return stop
}

func (f *Finder) addHandle(start, name, end int, channel string, odd bool) {
	f.add(Found{
		Type: TypeHandle, Start: start, End: end, Domain: DomainHandle, Value: string(f.b[name:end]),
		Channel: channel, Obfuscated: odd || f.disguised(start, end),
	})
}

// nameEnd returns the end of an account's name at i, without the dot that
// ends the sentence.
func nameEnd(b []byte, i int) int {
	end := min(run(b, i, digit|letter|nameMark), i+maxName+1)
	for end > i && b[end-1] == '.' {
		end--
	}
	return end
}

// validName reports whether s can be an account's name: 3 to 32 characters
// with at least one letter.
func validName(s string) bool {
	if len(s) < minName || len(s) > maxName {
		return false
	}
	letters := false
	for i := range len(s) {
		c := class[s[i]]
		if c&(digit|letter|nameMark) == 0 {
			return false
		}
		letters = letters || c&letter != 0
	}
	return letters
}

// oddName reports whether s is no ordinary word.
func oddName(s string) bool {
	for i := range len(s) {
		if class[s[i]]&letter == 0 {
			return true
		}
	}
	return false
}

// notNames are words that follow the name of a service without being one.
var notNames = map[string]bool{
	"dan": true, "and": true, "atau": true, "the": true, "our": true, "this": true, "link": true, "whatsapp": true, "klik": true, "click": true,
	"silakan": true, "silahkan": true, "via": true, "http": true, "https": true, "www": true, "ada": true, "yes": true, "bio": true, "admin": true,
	"page": true, "group": true, "grup": true, "channel": true, "follow": true, "search": true, "see": true, "lihat": true, "production": true, "manager": true,
	"telegram": true, "instagram": true, "facebook": true, "twitter": true, "line": true, "email": true, "phone": true, "and/or": true,
}

// channelBefore returns the service that is named right before i.
func (f *Finder) channelBefore(i int) string {
	w := f.wordBefore(i)
	if c, ok := channels[w]; ok {
		return c.name
	}
	return phoneWords[w]
}

// wordBefore returns the word before i, over blanks, colons and the like, and
// over "id", "no", "nomor" and "number".
func (f *Finder) wordBefore(i int) string {
	b := f.b
	stop := max(i-maxCue, 0)
	for range 3 {
		for i > stop && isCueGap(b[i-1]) {
			i--
		}
		end := i
		for i > stop && (class[b[i-1]]&letter != 0) {
			i--
		}
		if i == end {
			return ""
		}
		w := b[i:end]
		if textnorm.WordBefore(b, i) {
			return ""
		}
		switch string(w) {
		case "id", "no", "nomor", "number", "num", "on", "at", "ke", "us", "me", "kami", "admin", "only":
			if prev := bytes.TrimRight(b[stop:i], " :.-/="); len(prev) > 0 && class[prev[len(prev)-1]]&letter != 0 && b[i-1] != '\n' {
				if _, known := phoneWords[string(w)]; !known || hasCue(b, stop, i) {
					continue
				}
			}
		}
		return string(w)
	}
	return ""
}

// hasCue reports whether the word that ends before i names a service or a way
// to call.
func hasCue(b []byte, stop, i int) bool {
	for i > stop && isCueGap(b[i-1]) {
		i--
	}
	end := i
	for i > stop && class[b[i-1]]&letter != 0 {
		i--
	}
	_, ch := channels[string(b[i:end])]
	_, ph := phoneWords[string(b[i:end])]
	return ch || ph
}

func isCueGap(c byte) bool {
	switch c {
	case ' ', ':', '.', '-', '/', '=', '(', ')', '&', '+', '*', '_', ',', ';', '#':
		return true
	}
	return c >= 0x80 // a pictured telephone and the like
}
