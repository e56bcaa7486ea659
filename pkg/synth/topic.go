package synth

import "fmt"

// topic is one sort of advert. Its texts are the grammar's rules NAME.title
// and NAME.text.
type topic struct {
	name      string
	language  string // of the text, BCP 47
	kind      Kind
	typology  string
	category  string
	weight    int // against the other topics of its kind
	platforms []string
	homes     []place
	// dests is where DEST points to; nil where the topic has no destination.
	dests []place
	pay   pay
	// shared says that other accounts post the text again.
	shared bool
	// hidden is the chance in percent that a campaign disguises its phone
	// number, whatever Options.ObfuscationShare says of the rest.
	hidden      int
	title, text int // rules
}

// pay is a range of wages or prices.
type pay struct {
	currency, period string
	low, high, step  int
}

var (
	jobSites    = []string{"lowongan.example", "jobs.example", "kerja.example", "karier.example"}
	socialSites = []string{"social.example", "groups.example", "video.example", "lowongan.example"}
	marketSites = []string{"pasar.example", "market.example", "iklan.example", "classifieds.example"}
	homeSites   = []string{"rumah.example", "rooms.example", "iklan.example"}
	adultSites  = []string{"classifieds.example", "spa-listings.example", "iklan.example", "nightlife.example"}
)

var (
	wageID    = pay{"IDR", "month", 2_400_000, 9_500_000, 100_000}
	wageEN    = pay{"USD", "month", 350, 1900, 10}
	wageLure  = pay{"IDR", "month", 14_000_000, 38_000_000, 500_000}
	wageUSD   = pay{"USD", "month", 900, 2400, 50}
	wageHome  = pay{"USD", "month", 150, 420, 10}
	goodsID   = pay{"IDR", "once", 45_000, 12_500_000, 5_000}
	goodsEN   = pay{"USD", "once", 5, 950, 1}
	carsID    = pay{"IDR", "once", 9_000_000, 240_000_000, 500_000}
	carsEN    = pay{"USD", "once", 900, 16_500, 50}
	rentID    = pay{"IDR", "month", 600_000, 6_500_000, 50_000}
	rentEN    = pay{"USD", "month", 120, 1400, 10}
	serviceID = pay{"IDR", "once", 50_000, 950_000, 5_000}
	serviceEN = pay{"USD", "hour", 8, 65, 1}
	feesID    = pay{"IDR", "once", 8_000_000, 60_000_000, 500_000}
	feesEN    = pay{"USD", "once", 1500, 9500, 100}
	noPay     = pay{}
)

// topics are all sorts of adverts.
var topics = []topic{
	{name: "forced_labour.id", language: "id", kind: KindCampaign, typology: TypologyForcedLabour, category: "jobs", weight: 24, platforms: socialSites, homes: homePlaces, dests: labourPlaces, pay: wageLure, hidden: 20},
	{name: "forced_labour.en", language: "en", kind: KindCampaign, typology: TypologyForcedLabour, category: "jobs", weight: 11, platforms: socialSites, homes: englishPlaces, dests: labourPlaces, pay: wageUSD, hidden: 15},
	{name: "scam_compound.id", language: "id", kind: KindCampaign, typology: TypologyScamCompound, category: "jobs", weight: 15, platforms: socialSites, homes: homePlaces, dests: compoundPlaces, pay: wageLure, hidden: 25},
	{name: "scam_compound.en", language: "en", kind: KindCampaign, typology: TypologyScamCompound, category: "jobs", weight: 10, platforms: socialSites, homes: englishPlaces, dests: compoundPlaces, pay: wageUSD, hidden: 20},
	{name: "sexual_exploitation.id", language: "id", kind: KindCampaign, typology: TypologySexualExploitation, category: "services", weight: 11, platforms: adultSites, homes: homePlaces, pay: serviceID, hidden: 85},
	{name: "sexual_exploitation.en", language: "en", kind: KindCampaign, typology: TypologySexualExploitation, category: "services", weight: 9, platforms: adultSites, homes: englishPlaces, pay: serviceEN, hidden: 85},
	{name: "child_trade.id", language: "id", kind: KindCampaign, typology: TypologyChildTrade, category: "community", weight: 4, platforms: socialSites, homes: homePlaces, pay: feesID, hidden: 30},
	{name: "child_trade.en", language: "en", kind: KindCampaign, typology: TypologyChildTrade, category: "community", weight: 2, platforms: socialSites, homes: englishPlaces, pay: feesEN, hidden: 30},
	{name: "organ_removal.id", language: "id", kind: KindCampaign, typology: TypologyOrganRemoval, category: "community", weight: 3, platforms: socialSites, homes: homePlaces, dests: hospitalPlaces, pay: pay{"IDR", "once", 90_000_000, 250_000_000, 5_000_000}, hidden: 30},
	{name: "organ_removal.en", language: "en", kind: KindCampaign, typology: TypologyOrganRemoval, category: "community", weight: 2, platforms: socialSites, homes: englishPlaces, dests: hospitalPlaces, pay: pay{"USD", "once", 6000, 40_000, 500}, hidden: 30},
	{name: "domestic_servitude.id", language: "id", kind: KindCampaign, typology: TypologyDomesticServitude, category: "jobs", weight: 3, platforms: socialSites, homes: homePlaces, dests: domesticPlaces, pay: pay{"IDR", "month", 3_500_000, 7_500_000, 100_000}, hidden: 20},
	{name: "domestic_servitude.en", language: "en", kind: KindCampaign, typology: TypologyDomesticServitude, category: "services", weight: 2, platforms: marketSites, homes: domesticPlaces, dests: domesticPlaces, pay: wageHome, hidden: 20},
	{name: "disguised_goods.id", language: "id", kind: KindCampaign, typology: TypologyDisguisedGoods, category: "goods", weight: 2, platforms: marketSites, homes: homePlaces, pay: feesID, hidden: 40},
	{name: "disguised_goods.en", language: "en", kind: KindCampaign, typology: TypologyDisguisedGoods, category: "goods", weight: 2, platforms: marketSites, homes: englishPlaces, pay: feesEN, hidden: 40},

	{name: "vacancy.id", language: "id", kind: KindBackground, category: "jobs", weight: 26, platforms: jobSites, homes: homePlaces, pay: wageID},
	{name: "vacancy.en", language: "en", kind: KindBackground, category: "jobs", weight: 16, platforms: jobSites, homes: englishPlaces, pay: wageEN},
	{name: "goods.id", language: "id", kind: KindBackground, category: "goods", weight: 17, platforms: marketSites, homes: homePlaces, pay: goodsID},
	{name: "goods.en", language: "en", kind: KindBackground, category: "goods", weight: 10, platforms: marketSites, homes: englishPlaces, pay: goodsEN},
	{name: "vehicle.id", language: "id", kind: KindBackground, category: "vehicles", weight: 7, platforms: marketSites, homes: homePlaces, pay: carsID},
	{name: "vehicle.en", language: "en", kind: KindBackground, category: "vehicles", weight: 4, platforms: marketSites, homes: englishPlaces, pay: carsEN},
	{name: "rental.id", language: "id", kind: KindBackground, category: "rentals", weight: 7, platforms: homeSites, homes: homePlaces, pay: rentID},
	{name: "rental.en", language: "en", kind: KindBackground, category: "rentals", weight: 4, platforms: homeSites, homes: englishPlaces, pay: rentEN},
	{name: "service.id", language: "id", kind: KindBackground, category: "services", weight: 6, platforms: marketSites, homes: homePlaces, pay: serviceID},
	{name: "service.en", language: "en", kind: KindBackground, category: "services", weight: 3, platforms: marketSites, homes: englishPlaces, pay: serviceEN},

	{name: "awareness.id", language: "id", kind: KindHardNegative, category: "community", weight: 12, platforms: socialSites, homes: homePlaces, dests: compoundPlaces, pay: wageLure, shared: true},
	{name: "awareness.en", language: "en", kind: KindHardNegative, category: "community", weight: 8, platforms: socialSites, homes: englishPlaces, dests: compoundPlaces, pay: wageUSD, shared: true},
	{name: "p3mi.id", language: "id", kind: KindHardNegative, category: "jobs", weight: 12, platforms: jobSites, homes: homePlaces, dests: agreedPlaces, pay: wageLure},
	{name: "gtog.id", language: "id", kind: KindHardNegative, category: "jobs", weight: 6, platforms: jobSites, homes: homePlaces, dests: agreedPlaces, pay: wageLure, shared: true},
	{name: "overseas.en", language: "en", kind: KindHardNegative, category: "jobs", weight: 8, platforms: jobSites, homes: englishPlaces, dests: agreedPlaces, pay: wageUSD},
	{name: "adoption_info.id", language: "id", kind: KindHardNegative, category: "community", weight: 4, platforms: socialSites, homes: homePlaces, shared: true},
	{name: "adoption_info.en", language: "en", kind: KindHardNegative, category: "community", weight: 3, platforms: socialSites, homes: englishPlaces, shared: true},
	{name: "donor_drive.id", language: "id", kind: KindHardNegative, category: "community", weight: 5, platforms: socialSites, homes: homePlaces, shared: true},
	{name: "donor_drive.en", language: "en", kind: KindHardNegative, category: "community", weight: 3, platforms: socialSites, homes: englishPlaces, shared: true},
	{name: "seafarer.id", language: "id", kind: KindHardNegative, category: "jobs", weight: 6, platforms: jobSites, homes: homePlaces, pay: wageLure},
	{name: "season_work.en", language: "en", kind: KindHardNegative, category: "jobs", weight: 5, platforms: jobSites, homes: englishPlaces, dests: agreedPlaces, pay: wageUSD},
	{name: "bpo.id", language: "id", kind: KindHardNegative, category: "jobs", weight: 6, platforms: jobSites, homes: homePlaces, pay: wageID},
	{name: "bpo.en", language: "en", kind: KindHardNegative, category: "jobs", weight: 5, platforms: jobSites, homes: englishPlaces, pay: wageEN},
	{name: "massage.id", language: "id", kind: KindHardNegative, category: "services", weight: 6, platforms: adultSites, homes: homePlaces, pay: serviceID},
	{name: "massage.en", language: "en", kind: KindHardNegative, category: "services", weight: 5, platforms: adultSites, homes: englishPlaces, pay: serviceEN},
	{name: "housework.id", language: "id", kind: KindHardNegative, category: "jobs", weight: 5, platforms: jobSites, homes: homePlaces, pay: wageID},
	{name: "news.id", language: "id", kind: KindHardNegative, category: "news", weight: 6, platforms: socialSites, homes: homePlaces, dests: compoundPlaces, pay: noPay, shared: true},
	{name: "news.en", language: "en", kind: KindHardNegative, category: "news", weight: 4, platforms: socialSites, homes: englishPlaces, dests: compoundPlaces, pay: noPay, shared: true},
}

// Topics lists the names of all topics: what an advert is about, a dot, and
// its language.
func Topics() []string {
	names := make([]string, len(topics))
	for i := range topics {
		names[i] = topics[i].name
	}
	return names
}

// deck is the topics of one kind, to be drawn by weight.
type deck struct {
	topics []topic
	upTo   []int
	total  int
}

func newDeck(g *grammar, o *Options, k Kind) (deck, error) {
	var d deck
	for _, t := range topics {
		if t.kind != k || !o.wants(t.name) {
			continue
		}
		var okTitle, okText bool
		t.title, okTitle = g.names[t.name+".title"]
		t.text, okText = g.names[t.name+".text"]
		if !okTitle || !okText {
			return deck{}, fmt.Errorf("the grammar has no title or no text for topic %q", t.name)
		}
		d.topics = append(d.topics, t)
		d.total += t.weight
		d.upTo = append(d.upTo, d.total)
	}
	return d, nil
}

func (d *deck) draw(s *source) *topic {
	n := s.intn(d.total)
	for i, end := range d.upTo {
		if n < end {
			return &d.topics[i]
		}
	}
	return &d.topics[len(d.topics)-1]
}
