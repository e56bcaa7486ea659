package indicator

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"

	"palermo.internal/pkg/ad/adpb"
)

// Numbers of the advert's features, in the order of adFeatures.
const (
	featWords = iota
	featTitleWords
	featShortText
	featLanguage
	featCategory
	featAttributes
	featHasSeller
	featSellerAgeDays
	featNewSeller
	featContacts
	featPhones
	featEmails
	featLinks
	featChats
	featChannels
	featFreemail
	featPhoneCountries
	featHiddenContacts
	featConfusables
	featInvisible
	featLeet
	featDigitWords
	featEmojiDigits
	featPayStated
	featPayMonthUSD
	featPayWeekUSD
	featCurrencies
	featCountries
	featCities
)

const (
	dayMillis      = 24 * 60 * 60 * 1000
	newSellerDays  = 30
	shortTextWords = 60
)

// fillAd sets the features of one advert, except the concepts.
func fillAd(v *vars, a *adpb.NormalizedAd, words, titleWords int) {
	v.putInt(featWords, words)
	v.putInt(featTitleWords, titleWords)
	v.putBool(featShortText, words < shortTextWords && !endsCut(a.GetText()))
	v.putString(featLanguage, a.GetLanguage())
	if c := a.GetCategory(); c != "" {
		v.putString(featCategory, strings.ToLower(c))
	}
	if len(a.GetAttributes()) > 0 {
		v.put(featAttributes, types.NewStringStringMap(types.DefaultTypeAdapter, a.GetAttributes()))
	}
	v.putBool(featHasSeller, a.GetSellerToken() != "")
	if created := a.GetSellerCreatedAt(); created > 0 && a.GetPostedAt() >= created {
		days := int((a.GetPostedAt() - created) / dayMillis)
		v.putInt(featSellerAgeDays, days)
		v.putBool(featNewSeller, days < newSellerDays)
	}
	fillContacts(v, a)
	o := a.GetObfuscation()
	v.putInt(featConfusables, int(o.GetConfusables()))
	v.putInt(featInvisible, int(o.GetZeroWidth())+int(o.GetBidi())+int(o.GetControl()))
	v.putInt(featLeet, int(o.GetLeet()))
	v.putInt(featDigitWords, int(o.GetDigitWords()))
	v.putInt(featEmojiDigits, int(o.GetEmojiDigits()))
	fillAmounts(v, a)
	fillPlaces(v, a)
}

func fillContacts(v *vars, a *adpb.NormalizedAd) {
	var phones, emails, links, chats, hidden int
	freemail := false
	var channels, countries []string
	for _, c := range a.GetContacts() {
		switch c.GetType() {
		case adpb.ContactType_CONTACT_TYPE_PHONE:
			phones++
			countries = addDistinct(countries, c.GetCountry())
		case adpb.ContactType_CONTACT_TYPE_EMAIL:
			emails++
		case adpb.ContactType_CONTACT_TYPE_LINK:
			links++
		case adpb.ContactType_CONTACT_TYPE_HANDLE, adpb.ContactType_CONTACT_TYPE_MESSAGING_LINK:
			chats++
		case adpb.ContactType_CONTACT_TYPE_UNSPECIFIED:
		}
		if c.GetObfuscated() {
			hidden++
		}
		freemail = freemail || c.GetFreemail()
		channels = addDistinct(channels, c.GetChannel())
	}
	hidden = max(hidden, int(a.GetObfuscation().GetHiddenContacts()))
	v.putInt(featContacts, len(a.GetContacts()))
	v.putInt(featPhones, phones)
	v.putInt(featEmails, emails)
	v.putInt(featLinks, links)
	v.putInt(featChats, chats)
	v.putInt(featHiddenContacts, hidden)
	v.putBool(featFreemail, freemail)
	v.putList(featChannels, channels)
	v.putList(featPhoneCountries, countries)
}

func fillPlaces(v *vars, a *adpb.NormalizedAd) {
	var countries, cities []string
	for _, p := range a.GetPlaces() {
		countries = addDistinct(countries, p.GetCountry())
		cities = addDistinct(cities, p.GetCity())
	}
	v.putList(featCountries, countries)
	v.putList(featCities, cities)
}

func fillAmounts(v *vars, a *adpb.NormalizedAd) {
	var month, week float64
	var currencies []string
	for _, m := range a.GetAmounts() {
		currencies = addDistinct(currencies, m.GetCurrency())
		pm, pw := payUSD(m)
		month, week = max(month, pm), max(week, pw)
	}
	v.putBool(featPayStated, len(a.GetAmounts()) > 0)
	v.putDouble(featPayMonthUSD, month)
	v.putDouble(featPayWeekUSD, week)
	v.putList(featCurrencies, currencies)
}

// endsCut says that a platform or a feed cut the text: it ends in an ellipsis.
func endsCut(s string) bool {
	s = strings.TrimRight(s, " \n")
	return strings.HasSuffix(s, "...") || strings.HasSuffix(s, "…")
}

func addDistinct(l []string, s string) []string {
	if s == "" || len(l) >= maxFeatureItems || slices.Contains(l, s) {
		return l
	}
	return append(l, s)
}
