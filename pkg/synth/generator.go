package synth

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// Item is one advert of a feed.
type Item struct {
	// JSON is the advert as one line of ads.raw, without a newline. It belongs
	// to the Generator and holds until the next call of Next.
	JSON []byte
	// Truth is what is known about the advert.
	Truth Truth
}

// The families of random streams: what is drawn for one does not depend on how
// much was drawn for another.
const (
	familyFeed     = 0xfeed
	familyPost     = 0x9057
	familyCampaign = 0xca39
	familySeller   = 0x5e11
)

// recentPosts is how many earlier posts a re-post is drawn from.
const recentPosts = 4096

// hotCampaigns is how many campaigns post in a burst at a time.
const hotCampaigns = 6

// Generator makes one feed, advert by advert. It is for one goroutine.
type Generator struct {
	options Options
	decks   map[Kind]*deck
	step    time.Duration // between two adverts
	sellers int
	next    int

	active    []*campaign
	hot       [hotCampaigns]int // numbers in active
	opened    uint64
	remaining int // copies that the active campaigns have still to post
	recent    map[Kind]*ring

	// Scratch memory, one advert's worth.
	feed, text source
	words      expansion
	fill       filling
	national   []byte
	edited     []byte
	draft      draft
	out        []byte
}

// ring holds the numbers of the latest posts of a kind that were no re-posts.
type ring struct {
	posts [recentPosts]uint64
	count uint64
}

func (r *ring) add(n uint64) {
	r.posts[r.count%recentPosts] = n
	r.count++
}

func (r *ring) draw(s *source) uint64 {
	return r.posts[s.intn(int(min(r.count, recentPosts)))]
}

// New returns the generator of the feed that the options describe. The error
// names every option that is wrong.
func New(o Options) (*Generator, error) {
	if err := o.Validate(); err != nil {
		return nil, fmt.Errorf("check options of the synthetic feed: %w", err)
	}
	rules, err := builtin()
	if err != nil {
		return nil, err
	}
	o.Topics = slices.Clone(o.Topics)
	o.Start = o.Start.UTC()
	g := &Generator{
		options: o, words: expansion{rules: rules},
		decks:  map[Kind]*deck{},
		recent: map[Kind]*ring{KindBackground: {}, KindHardNegative: {}},
		step:   time.Duration(o.Days) * 24 * time.Hour / time.Duration(max(o.Ads, 1)),
		// Sellers post one and a half adverts each on the whole.
		sellers: max(o.Ads*2/3, 50),
	}
	for _, k := range []Kind{KindCampaign, KindBackground, KindHardNegative} {
		d, err := newDeck(rules, &o, k)
		if err != nil {
			return nil, err
		}
		g.decks[k] = &d
	}
	if o.CampaignShare > 0 {
		for range o.active() {
			g.active = append(g.active, g.openNext(new(campaign)))
		}
	}
	return g, nil
}

// Next returns the next advert, and false after the last.
func (g *Generator) Next() (Item, bool) {
	if g.next >= g.options.Ads {
		return Item{}, false
	}
	n := uint64(g.next)
	g.next++
	s := &g.feed
	s.seed(g.options.Seed^familyFeed, n)
	d := &g.draft
	d.id = g.newID(n)
	d.posted = g.options.Start.Add(time.Duration(n)*g.step + time.Duration(s.float()*float64(g.step)))
	d.delay = time.Duration(s.between(60, 10_000)) * time.Second

	var t Truth
	switch u := s.float(); {
	case u < g.options.CampaignShare:
		i := g.pick(s)
		c := g.active[i]
		g.writeCopy(d, &t, c, s)
		g.remaining--
		if c.copies >= c.size {
			g.replace(i)
		}
	case u < g.options.CampaignShare+g.options.HardNegativeShare:
		g.writeOrdinary(d, &t, KindHardNegative, n, s)
	default:
		g.writeOrdinary(d, &t, KindBackground, n, s)
	}
	t.Platform, t.ID, t.Topic = d.platform, d.id, d.topic.name
	g.out = d.appendJSON(g.out[:0])
	return Item{JSON: g.out, Truth: t}, true
}

// All returns the rest of the feed. Each item's JSON holds until the next one.
func (g *Generator) All() iter.Seq[Item] {
	return func(yield func(Item) bool) {
		for item, ok := g.Next(); ok; item, ok = g.Next() {
			if !yield(item) {
				return
			}
		}
	}
}

// newID returns the id of advert n, which is also its place in the feed.
func (g *Generator) newID(n uint64) string {
	var scratch [24]byte
	return string(appendDigits(append(scratch[:0], "syn-"...), n, 10))
}

// writeOrdinary makes an advert that is no part of a campaign: a new one, or
// an earlier one once more.
func (g *Generator) writeOrdinary(d *draft, t *Truth, k Kind, n uint64, s *source) {
	t.Kind, t.Label, t.Group = k, LabelOrdinary, d.id
	recent := g.recent[k]
	if recent.count == 0 || !s.chance(g.options.RepostShare) {
		recent.add(n)
		g.writePost(d, g.decks[k], n, d.posted)
		return
	}
	first := recent.draw(s)
	g.writePost(d, g.decks[k], first, g.options.Start.Add(time.Duration(first)*g.step))
	t.Group = g.newID(first)
	switch {
	case d.topic.shared:
		// Warnings travel from account to account.
		g.setSeller(d, uint64(s.intn(g.sellers)))
		d.platform = d.topic.platforms[s.intn(len(d.topic.platforms))]
		d.phone, d.email = nil, nil
	case s.intn(2) == 0:
		g.edited, t.Edits = editWords(g.edited[:0], d.text, g.options.EditRate/2, fillers[d.topic.language], s)
		d.text, g.edited = g.edited, d.text
	default:
	}
}

// pick chooses the campaign that posts next: half of the time one that is in
// a burst, else any.
func (g *Generator) pick(s *source) int {
	h := s.intn(hotCampaigns)
	if s.intn(10) == 0 {
		g.hot[h] = s.intn(len(g.active))
	}
	if i := g.hot[h]; i < len(g.active) && s.intn(2) == 0 {
		return i
	}
	return s.intn(len(g.active))
}

// replace ends a campaign and opens another in its place, as long as the feed
// has room for it: towards the end campaigns run out.
func (g *Generator) replace(i int) {
	left := int(float64(g.options.Ads-g.next) * g.options.CampaignShare)
	if len(g.active) > 1 && left <= g.remaining {
		last := len(g.active) - 1
		g.active[i] = g.active[last]
		g.active[last] = nil
		g.active = g.active[:last]
		return
	}
	g.openNext(g.active[i])
}

func (g *Generator) openNext(c *campaign) *campaign {
	g.open(c, g.opened)
	g.opened++
	g.remaining += c.size
	return c
}

// Collect returns a whole feed with its own memory: for tests and small
// feeds.
func Collect(o Options) ([]Item, error) {
	g, err := New(o)
	if err != nil {
		return nil, err
	}
	items := make([]Item, 0, o.Ads)
	for item := range g.All() {
		item.JSON = slices.Clone(item.JSON)
		items = append(items, item)
	}
	return items, nil
}
