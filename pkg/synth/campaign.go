package synth

import (
	"bytes"
	"fmt"
	"time"
)

const (
	maxAccounts = 12
	maxPhones   = 3
	// driftRounds is how often a campaign changes its text, however long it
	// is, and driftRate the part of the words that changes each time.
	driftRounds = 5
	driftRate   = 0.015
)

// campaign is one run of near-duplicates: a base text with open slots, and the
// accounts that post it. Its memory is used again for the campaign after it.
type campaign struct {
	name        string
	topic       *topic
	title, text []byte
	company     []byte
	dest        *place
	accounts    [maxAccounts]account
	accountNum  int
	hide        disguise
	images      [3]uint64
	imageCount  int
	size        int
	copies      int
	driftEvery  int
	variant     int
}

// account is one of the accounts of a campaign.
type account struct {
	seller   uint64
	phone    uint64
	name     string
	platform string
	place    *place
	amount   int
	payStyle int
}

// open starts campaign number n in c.
func (g *Generator) open(c *campaign, n uint64) {
	s := &g.text
	s.seed(g.options.Seed^familyCampaign, n)
	t := g.decks[KindCampaign].draw(s)
	*c = campaign{
		name: fmt.Sprintf("campaign-%06d", n), topic: t,
		title: c.title[:0], text: c.text[:0], company: c.company[:0],
		size: g.drawSize(s),
	}
	c.driftEvery = max(c.size/driftRounds, 8)
	g.words.reset(s, nil)
	c.title = g.words.append(c.title, t.title)
	c.text = g.words.append(c.text, t.text)
	g.fill.fillCompany(t.language, s)
	c.company = append(c.company, g.fill.get(slotCompany)...)
	if t.dests != nil {
		c.dest = &t.dests[s.intn(len(t.dests))]
	}
	c.accountNum = min(s.between(2, maxAccounts), max(2, c.size/2))
	phones := s.between(1, maxPhones)
	places := s.between(1, 5)
	firstPlace := s.intn(len(t.homes))
	wages := s.between(1, 2)
	var amounts [2]int
	for i := range amounts {
		amounts[i] = g.drawPay(t, s)
	}
	sites := s.between(1, len(t.platforms))
	firstName, names := s.intn(len(givenNames)), s.between(1, 4)
	style := s.intn(3)
	for i := range c.accountNum {
		c.accounts[i] = account{
			seller:   1<<40 + n*maxAccounts + uint64(i),
			phone:    sellerPhones + (n*maxPhones+uint64(i%phones))%campaignPhones,
			name:     givenNames[(firstName+i%names)%len(givenNames)],
			platform: t.platforms[i%sites],
			place:    &t.homes[(firstPlace+i%places*7)%len(t.homes)],
			amount:   amounts[i%wages],
			payStyle: style,
		}
	}
	if s.intn(100) < t.hidden {
		c.hide.phone = 1 + phoneDisguise(s.intn(int(phoneDisguises)-1))
	}
	if s.chance(g.options.ObfuscationShare) {
		c.hide.text = 1 + textDisguise(s.intn(int(textDisguises)-1))
		c.hide.words = s.between(20, 200)
	}
	c.imageCount = s.intn(4)
	for i := range c.imageCount {
		c.images[i] = s.pcg.Uint64()
	}
}

// drawSize draws the number of copies of a campaign around the mean, with many
// small and few large ones.
func (g *Generator) drawSize(s *source) int {
	m := g.options.MeanCopies
	low, high := m/4, m/2
	switch n := s.intn(100); {
	case n < 50:
	case n < 80:
		low, high = m/2, m*3/2
	case n < 95:
		low, high = m*3/2, m*5/2
	default:
		low, high = m*3, m*5
	}
	low = max(low, 2)
	return s.between(low, max(low, high))
}

// writeCopy makes the next copy of a campaign.
func (g *Generator) writeCopy(d *draft, t *Truth, c *campaign, s *source) {
	o := &g.options
	if !o.EditsOnly && c.copies > 0 && c.copies%c.driftEvery == 0 {
		g.drift(c, s)
	}
	which := 0
	if !o.EditsOnly {
		which = s.intn(c.accountNum)
	}
	c.copies++
	a := &c.accounts[which]
	d.topic, d.platform, d.place = c.topic, a.platform, a.place
	g.setSeller(d, a.seller)
	disguised := g.fillCopy(d, c, a, s)

	words := fillers[c.topic.language]
	rate := o.EditMin + float64((o.EditRate-o.EditMin)*s.float())
	g.edited, t.Edits = editWords(g.edited[:0], c.text, rate, words, s)
	d.title = g.fillSlots(d.title[:0], c.title)
	d.text = g.fillSlots(d.text[:0], g.edited)
	// A campaign that disguises words does not do so every time.
	if c.hide.text != textPlain && !o.EditsOnly && s.intn(10) < 7 {
		var n int
		g.edited, n = disguiseWords(g.edited[:0], d.text, &c.hide, s)
		d.text, g.edited = g.edited, d.text
		disguised = disguised || n > 0
	}
	g.copyImages(d, c, s)
	d.declare = s.intn(4) > 0
	t.Kind, t.Label, t.Campaign, t.Group = KindCampaign, LabelLead, c.name, c.name
	t.Typology, t.Variant, t.Obfuscated = c.topic.typology, c.variant, disguised
}

// fillCopy fills the slots for one account and reports whether the phone
// number is disguised.
func (g *Generator) fillCopy(d *draft, c *campaign, a *account, s *source) (disguised bool) {
	f := &g.fill
	language := c.topic.language
	g.national = appendNational(g.national[:0], phoneOf(a.phone))
	how := c.hide.phone
	if g.options.EditsOnly || s.intn(10) == 0 {
		how = phonePlain
	}
	// The text does not always use the slot: what is not there is not hidden.
	used := bytes.IndexByte(c.text, byte(slotPhone)) >= 0 || bytes.IndexByte(c.title, byte(slotPhone)) >= 0
	disguised = how != phonePlain && used
	words := digitWords[language]
	if g.options.EditsOnly {
		f.set(slotPhone, func(dst []byte) []byte { return append(dst, g.national...) })
	} else {
		f.set(slotPhone, func(dst []byte) []byte { return appendDisguisedPhone(dst, g.national, how, &words, s) })
	}
	f.fillContacts(a.phone)
	f.fillPlace(slotCity, a.place)
	f.fillPlace(slotDest, c.dest)
	f.fillText(slotName, a.name)
	f.set(slotCompany, func(dst []byte) []byte { return append(dst, c.company...) })
	f.fillPay(&c.topic.pay, a.amount, a.payStyle)
	f.fillDate(language, d.posted.Truncate(7*24*time.Hour).AddDate(0, 0, 10))
	if g.options.EditsOnly {
		f.fillDate(language, g.options.Start)
	}
	d.amount, d.phone, d.email = 0, nil, nil
	if s.intn(2) == 0 {
		d.amount = a.amount
	}
	if how == phonePlain && s.intn(3) == 0 {
		d.phone = g.national
	}
	return disguised
}

// drift changes the base text a little, for good.
func (g *Generator) drift(c *campaign, s *source) {
	c.variant++
	g.edited, _ = editWords(g.edited[:0], c.text, driftRate, fillers[c.topic.language], s)
	c.text = append(c.text[:0], g.edited...)
}

// copyImages gives the copy the campaign's pictures, each with a few bits of
// its hash changed, as saving a picture anew does.
func (g *Generator) copyImages(d *draft, c *campaign, s *source) {
	d.imageCount = c.imageCount
	for i := range c.imageCount {
		hash := c.images[i]
		for range s.intn(4) {
			hash ^= 1 << s.intn(64)
		}
		d.images[i] = hash
	}
}

// fillSlots appends a base text with its slots filled.
func (g *Generator) fillSlots(dst, base []byte) []byte {
	for start := 0; start < len(base); {
		end := start
		for end < len(base) && !isSlot(base[end]) {
			end++
		}
		dst = append(dst, base[start:end]...)
		if end < len(base) {
			dst = g.fill.appendSlot(dst, slot(base[end]))
		}
		start = end + 1
	}
	return dst
}
