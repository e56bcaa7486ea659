package contact

import (
	"bytes"
	"strings"
)

const maxLink = 2048

// chatHosts are hosts whose links open a conversation or an account in a
// messenger.
var chatHosts = map[string]string{
	"wa.me": "whatsapp", "api.whatsapp.com": "whatsapp", "chat.whatsapp.com": "whatsapp", "web.whatsapp.com": "whatsapp", "whatsapp.com": "whatsapp",
	"wa.link": "whatsapp", "wasap.my": "whatsapp", "wa.wizard.id": "whatsapp", "t.me": "telegram", "telegram.me": "telegram", "telegram.dog": "telegram",
	"line.me": "line", "liff.line.me": "line", "lin.ee": "line", "m.me": "messenger", "messenger.com": "messenger", "zalo.me": "zalo", "vk.me": "vk",
	"u.wechat.com": "wechat", "weixin.qq.com": "wechat", "signal.me": "signal", "signal.group": "signal", "discord.gg": "discord",
	"viber.click": "viber", "chats.viber.com": "viber", "invite.viber.com": "viber", "pf.kakao.com": "kakaotalk", "open.kakao.com": "kakaotalk",
	"snapchat.com": "snapchat", "join.skype.com": "skype",
}

// chatSchemes are the schemes of messengers' own links.
var chatSchemes = map[string]string{
	"whatsapp": "whatsapp", "tg": "telegram", "line": "line", "viber": "viber", "weixin": "wechat", "wechat": "wechat", "skype": "skype",
	"sgnl": "signal", "fb-messenger": "messenger", "zalo": "zalo", "kakaotalk": "kakaotalk",
}

// accountHosts are hosts whose first path segment is an account.
var accountHosts = map[string]string{
	"instagram.com": "instagram", "facebook.com": "facebook", "fb.com": "facebook", "tiktok.com": "tiktok", "twitter.com": "twitter", "x.com": "twitter",
}

// links finds addresses of the web: with a scheme, with "www.", or a host
// name with an ending that is used without either.
func (f *Finder) links() {
	b := f.b
	for i := 1; i < len(b); {
		n := bytes.IndexByte(b[i:], '.')
		m := bytes.Index(b[i:], []byte("://"))
		if n < 0 && m < 0 {
			return
		}
		if m >= 0 && (n < 0 || m < n) {
			i = max(f.schemeLink(i+m), i+m+3)
			continue
		}
		i += n
		if i+1 >= len(b) || !isAlnum(b[i-1]) || !isAlnum(b[i+1]) {
			i++
			continue
		}
		start := runBack(b, i, digit|letter|hostMark, 253)
		for start < i && !isAlnum(b[start]) {
			start++
		}
		end := run(b, i, digit|letter|hostMark)
		i = max(f.bareLink(start, end), end)
	}
}

// schemeLink reads a link whose "://" is at i. It returns its end, 0 if none.
func (f *Finder) schemeLink(i int) int {
	b := f.b
	start := runBack(b, i, letter|hostMark, 16)
	for start < i && class[b[start]]&letter == 0 {
		start++
	}
	if start == i {
		return 0
	}
	end := linkEnd(b, i+3)
	if end == i+3 {
		return 0
	}
	scheme := string(b[start:i])
	// Glued words: "linkhttps://...".
	for _, s := range [...]string{"https", "http"} {
		if strings.HasSuffix(scheme, s) {
			start, scheme = i-len(s), s
			break
		}
	}
	f.addLink(start, i+3, end, scheme)
	return end
}

// bareLink reads a link without a scheme whose host is b[start:end].
func (f *Finder) bareLink(start, end int) int {
	b := f.b
	if start > 0 && b[start-1] == '@' {
		return 0
	}
	host := strings.TrimRight(string(b[start:end]), ".-")
	hostEnd := start + len(host)
	path := hostEnd == end && end < len(b) && (b[end] == '/' || b[end] == '?') && end+1 < len(b) && isAlnum(b[end+1])
	www := strings.HasPrefix(host, "www.")
	want := knownEnding
	if path || www {
		want = realEnding
	}
	for !validHost(host, want) {
		// Glued sentences: "loker.com.hubungi".
		j := strings.LastIndexByte(host, '.')
		if j < 0 || !www && strings.IndexByte(host[:j], '.') < 0 {
			return 0
		}
		host, path = host[:j], false
		if !www {
			want = knownEnding
		}
		hostEnd = start + j
	}
	if !www && !path && f.sentenceEnds(start+strings.LastIndexByte(host, '.')) {
		return 0
	}
	stop := hostEnd
	if path || hostEnd < len(b) && b[hostEnd] == '/' {
		stop = linkEnd(b, hostEnd)
	}
	f.addLink(start, start, stop, "")
	return stop
}

// sentenceEnds reports whether the dot at i is followed by a capital letter and
// comes after a small one in the original: "refunds.Shop operations".
func (f *Finder) sentenceEnds(i int) bool {
	src := f.text.Source(f.text.Original(i-1, i+2))
	if len(src) != 3 || src[1] != '.' {
		return false
	}
	return src[0] >= 'a' && src[0] <= 'z' && src[2] >= 'A' && src[2] <= 'Z'
}

// linkEnd returns the end of a link's characters from i, without the
// punctuation of the sentence around it.
func linkEnd(b []byte, i int) int {
	end := i
	for end < len(b) && end-i < maxLink {
		switch b[end] {
		case ' ', '\n', '"', '(', '>', '|', '\\', '^', '{', '}':
		default:
			end++
			continue
		}
		break
	}
	for end > i {
		switch b[end-1] {
		case '.', ',', ';', ':', '!', '?', ')', ']', '\'', '*', '_', '-':
			end--
			continue
		}
		break
	}
	return end
}

// addLink adds the link b[start:end] whose host starts at host.
func (f *Finder) addLink(start, host, end int, scheme string) {
	c := Found{Type: TypeLink, Start: start, End: end, Domain: DomainLink}
	c.Obfuscated = f.disguised(start, end)
	rest := string(f.b[host:end])
	name, path := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		name, path = rest[:i], rest[i:]
	}
	if i := strings.LastIndexByte(name, '@'); i >= 0 {
		name = name[i+1:]
	}
	name = strings.TrimPrefix(name, "www.")
	channel, chat := chatSchemes[scheme]
	if !chat {
		channel, chat = chatHosts[name]
	} else {
		path = "/" + rest
	}
	if chat {
		c.Type, c.Channel = TypeChat, channel
		if number := phoneIn(path); number != "" {
			if e164, country := international(number, &f.parses); e164 != "" {
				c.Domain, c.Value, c.Country = DomainPhone, e164, country
			}
		}
		if c.Value == "" {
			if user := userIn(channel, path); user != "" {
				c.Domain, c.Value = DomainHandle, user
			}
		}
	} else if account, ok := accountHosts[strings.TrimPrefix(name, "m.")]; ok {
		c.Channel = account
		if user := firstSegment(path); user != "" && !notAccounts[user] && validName(user) {
			c.Domain, c.Value = DomainHandle, user
		}
	}
	if c.Value == "" {
		c.Value = name + strings.TrimRight(f.sourcePath(start, end, path), "/")
	}
	if c.Value != "" {
		f.add(c)
	}
}

// sourcePath returns path as it was written, since paths tell upper from lower
// case and folding does not, if the original holds it unchanged otherwise.
func (f *Finder) sourcePath(start, end int, path string) string {
	src := f.text.Source(f.text.Original(start, end))
	if n := len(src) - len(path); n >= 0 && strings.EqualFold(src[n:], path) {
		return src[n:]
	}
	return path
}

// phoneIn returns the digits of a number in the path of a messaging link:
// "/62812...", "/+62812...", "/send?phone=62812...".
func phoneIn(path string) string {
	p := strings.TrimLeft(path, "/")
	if i := strings.Index(p, "phone="); i >= 0 {
		p = p[i+len("phone="):]
	} else if i := strings.Index(p, "number="); i >= 0 {
		p = p[i+len("number="):]
	}
	p = strings.TrimPrefix(p, "+")
	p = strings.TrimPrefix(p, "%2b")
	var d []byte
	for i := 0; i < len(p) && len(d) < 16; i++ {
		if isDigit(p[i]) {
			d = append(d, p[i])
		} else if p[i] != '-' && p[i] != ' ' {
			break
		}
	}
	if len(d) < 8 {
		return ""
	}
	return string(d)
}

// userIn returns the account that a messaging link names, if it is one of a
// service where the name is also used as "@name".
func userIn(channel, path string) string {
	switch channel {
	case "telegram":
		if i := strings.Index(path, "domain="); i >= 0 {
			path = path[i+len("domain="):]
		}
	case "messenger", "snapchat":
		path = strings.TrimPrefix(path, "/add")
	case "line":
		if i := strings.Index(path, "/p/"); i >= 0 {
			path = path[i+2:]
		}
		path = strings.Replace(path, "%40", "@", 1)
	default:
		return ""
	}
	user := strings.TrimPrefix(strings.TrimPrefix(firstSegment(path), "@"), "~")
	if user == "joinchat" || user == "s" || user == "c" || !validName(user) {
		return ""
	}
	return user
}

var notAccounts = map[string]bool{
	"p": true, "reel": true, "reels": true, "groups": true, "profile.php": true, "share": true, "watch": true, "pages": true, "hashtag": true,
	"search": true, "i": true, "events": true, "story.php": true, "photo.php": true, "permalink.php": true, "explore": true,
}

func firstSegment(path string) string {
	p := strings.TrimLeft(path, "/")
	if i := strings.IndexAny(p, "/?#&"); i >= 0 {
		p = p[:i]
	}
	return strings.TrimPrefix(p, "@")
}
