package synth

import (
	"strconv"
	"time"
)

// draft is one advert before it is written as JSON.
type draft struct {
	topic       *topic
	id          string
	platform    string
	posted      time.Time
	delay       time.Duration // until it was collected
	title, text []byte
	amount      int // 0: no price
	place       *place
	seller      uint64
	sellerName  []byte
	sellerAge   time.Duration
	phone       []byte // in contacts; nil: none
	email       []byte // in contacts; nil: none
	images      [3]uint64
	imageCount  int
	declare     bool // the platform knows the language
}

// appendJSON appends the advert in the form of topic ads.raw.
func (d *draft) appendJSON(dst []byte) []byte {
	dst = appendMember(append(dst, '{'), "id", d.id)
	dst = appendMember(append(dst, ','), "platform", d.platform)
	dst = appendTime(append(dst, `,"posted_at":`...), d.posted)
	dst = appendTime(append(dst, `,"collected_at":`...), d.posted.Add(d.delay))
	dst = appendMember(append(dst, ','), "title", d.title)
	dst = appendMember(append(dst, ','), "text", d.text)
	dst = appendMember(append(dst, ','), "category", d.topic.category)
	if d.declare {
		dst = appendMember(append(dst, ','), "language", d.topic.language)
	}
	if d.amount > 0 {
		dst = strconv.AppendInt(append(dst, `,"price":{"amount":`...), int64(d.amount), 10)
		dst = appendMember(append(dst, ','), "currency", d.topic.pay.currency)
		dst = append(appendMember(append(dst, ','), "period", d.topic.pay.period), '}')
	}
	dst = d.appendLocation(append(dst, `,"location":`...))
	dst = append(dst, `,"seller":{"id":"u`...)
	dst = strconv.AppendUint(dst, d.seller, 36)
	dst = appendMember(append(dst, `",`...), "name", d.sellerName)
	dst = append(appendTime(append(dst, `,"created_at":`...), d.posted.Add(-d.sellerAge)), '}')
	dst = d.appendContacts(dst)
	dst = append(dst, `,"url":"https://`...)
	dst = append(dst, d.platform...)
	dst = append(dst, "/ad/"...)
	dst = append(dst, d.id...)
	dst = append(dst, '"')
	dst = d.appendImages(dst)
	return append(dst, `,"attributes":{"synthetic":"true"}}`...)
}

func (d *draft) appendLocation(dst []byte) []byte {
	dst = appendMember(append(dst, '{'), "country", d.place.country)
	if d.place.region != "" {
		dst = appendMember(append(dst, ','), "region", d.place.region)
	}
	dst = appendMember(append(dst, ','), "city", d.place.city)
	dst = strconv.AppendFloat(append(dst, `,"lat":`...), d.place.lat, 'f', 1, 64)
	dst = strconv.AppendFloat(append(dst, `,"lon":`...), d.place.lon, 'f', 1, 64)
	return append(dst, '}')
}

func (d *draft) appendContacts(dst []byte) []byte {
	if d.phone == nil && d.email == nil {
		return dst
	}
	dst = append(dst, `,"contacts":[`...)
	if d.phone != nil {
		dst = append(appendMember(append(dst, `{"type":"phone",`...), "value", d.phone), '}')
	}
	if d.email != nil {
		if d.phone != nil {
			dst = append(dst, ',')
		}
		dst = append(appendMember(append(dst, `{"type":"email",`...), "value", d.email), '}')
	}
	return append(dst, ']')
}

func (d *draft) appendImages(dst []byte) []byte {
	for i, hash := range d.images[:d.imageCount] {
		if i == 0 {
			dst = append(dst, `,"images":[`...)
		} else {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"url":"https://images.example/`...)
		dst = appendHex(dst, mix(hash))
		dst = append(dst, `.jpg","phash":"`...)
		dst = append(appendHex(dst, hash), `"}`...)
	}
	if d.imageCount > 0 {
		dst = append(dst, ']')
	}
	return dst
}

func appendHex(dst []byte, v uint64) []byte {
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		dst = append(dst, digits[v>>shift&15])
	}
	return dst
}

// appendTime appends a UTC time as RFC 3339 in whole seconds.
func appendTime(dst []byte, t time.Time) []byte {
	dst = append(dst, '"')
	dst = t.AppendFormat(dst, time.RFC3339)
	return append(dst, '"')
}
