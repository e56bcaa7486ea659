package synth

import "time"

// sellerBlock are the accounts of ordinary sellers; the numbers above belong
// to campaigns.
const (
	campaignPhones = 400_000
	sellerPhones   = uint64(phoneCount - campaignPhones)
	// spread permutes the phone numbers, so that neighbours in number are not
	// neighbours in the feed. It is prime and shares no factor with phoneCount.
	spread = 1_000_003
)

func phoneOf(index uint64) uint64 { return index % uint64(phoneCount) * spread % uint64(phoneCount) }

// writePost makes the text of post number n of a deck, from its own stream of
// randomness, so that a re-post has the same text as its first copy. It fills
// all of d that belongs to the text and its seller.
func (g *Generator) writePost(d *draft, from *deck, n uint64, posted time.Time) {
	s := &g.text
	s.seed(g.options.Seed^familyPost, n)
	t := from.draw(s)
	d.topic = t
	d.platform = t.platforms[s.intn(len(t.platforms))]
	d.place = &t.homes[s.intn(len(t.homes))]
	seller := uint64(s.intn(g.sellers))
	g.setSeller(d, seller)
	g.national = appendNational(g.national[:0], phoneOf(seller%sellerPhones))
	f := &g.fill
	f.set(slotPhone, func(dst []byte) []byte { return appendPhone(dst, g.national, s.intn(4)) })
	f.fillContacts(d.seller)
	f.fillPlace(slotCity, d.place)
	f.fillPlace(slotDest, nil)
	if t.dests != nil {
		f.fillPlace(slotDest, &t.dests[s.intn(len(t.dests))])
	}
	f.fillText(slotName, givenNames[mix(seller)%uint64(len(givenNames))])
	d.amount = g.drawPay(t, s)
	f.fillPay(&t.pay, d.amount, s.intn(3))
	f.fillDate(t.language, posted.AddDate(0, 0, s.between(3, 40)))
	f.fillCompany(t.language, s)
	if t.shared || s.intn(4) == 0 {
		d.amount = 0
	}
	d.phone, d.email = nil, nil
	switch s.intn(8) {
	case 0, 1, 2:
		d.phone = g.national
	case 3:
		d.email = f.get(slotEmail)
	default:
	}
	d.declare = s.intn(4) > 0
	d.imageCount = s.intn(3)
	for i := range d.imageCount {
		d.images[i] = s.pcg.Uint64()
	}
	g.words.reset(s, f)
	d.title = g.words.append(d.title[:0], t.title)
	d.text = g.words.append(d.text[:0], t.text)
}

// setSeller names the account of an advert by its number.
func (g *Generator) setSeller(d *draft, n uint64) {
	id := mix(g.options.Seed ^ mix(n^familySeller))
	d.seller = id >> 12
	d.sellerAge = time.Duration(id%40_000) * time.Hour
	d.sellerName = d.sellerName[:0]
	if id>>8&3 == 0 {
		d.sellerName = append(d.sellerName, "Toko "...)
		var s source
		s.seed(familySeller, id)
		d.sellerName = appendWord(d.sellerName, &s)
		return
	}
	d.sellerName = append(d.sellerName, givenNames[mix(n)%uint64(len(givenNames))]...)
}

func (g *Generator) drawPay(t *topic, s *source) int {
	if t.pay.currency == "" {
		return 0
	}
	return t.pay.low + s.intn((t.pay.high-t.pay.low)/t.pay.step+1)*t.pay.step
}
