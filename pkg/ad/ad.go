package ad

import "time"

// Limits on one advert. Longer texts are cut and marked; everything else that
// is over its limit is refused.
const (
	// MaxMessageBytes bounds one advert as JSON (1 MiB).
	MaxMessageBytes = 1 << 20
	// MaxTextBytes bounds the text of an advert (64 KiB); what is over is cut
	// at a rune and Ad.Truncated is set.
	MaxTextBytes = 64 << 10
	// MaxTitleBytes bounds the title in the same way.
	MaxTitleBytes = 4 << 10
	// MaxIDBytes bounds id, platform and the other identifying strings.
	MaxIDBytes = 512
	// MaxValueBytes bounds any other string.
	MaxValueBytes = 4 << 10
	// MaxListItems bounds contacts, images and attributes.
	MaxListItems = 64
	// MaxDepth bounds the nesting of the JSON.
	MaxDepth = 16
)

// Ad is one advert as a platform sends it: the contract of topic ads.raw. The
// zero value of an optional field means that the platform did not send it.
type Ad struct {
	// ID is the platform's own identifier of the advert. Required.
	ID string
	// Platform names the site, for example "jobs.example". Required.
	Platform string
	// PostedAt is when the advert was published. Required.
	PostedAt time.Time
	// CollectedAt is when it was read, UpdatedAt when it was last changed.
	CollectedAt, UpdatedAt time.Time
	// Title and Text are the words of the advert, at least one of them not
	// empty. Text may contain HTML.
	Title, Text string
	// Truncated says that Title or Text was cut to its limit.
	Truncated bool
	// Category is the platform's own category.
	Category string
	// Language is what the platform declares, as a BCP 47 tag.
	Language string
	Price    *Price
	Location *Location
	Seller   *Seller
	Contacts []Contact
	// URL is where the advert stands on the platform.
	URL    string
	Images []Image
	// Attributes are the platform's further fields, as strings.
	Attributes map[string]string
	// Ignored counts top-level fields that the contract does not know.
	Ignored int
}

// Price is a price or a wage as the platform declares it.
type Price struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
	// Period is hour, day, week, month, year or once; empty if not stated.
	Period string `json:"period"`
}

// Location is where the advert says that it is about.
type Location struct {
	// Country is an ISO 3166-1 alpha-2 code.
	Country string `json:"country"`
	Region  string `json:"region"`
	City    string `json:"city"`
	// Lat and Lon are WGS 84 degrees; both or neither.
	Lat *float64 `json:"lat"`
	Lon *float64 `json:"lon"`
}

// Seller is the account that posted the advert.
type Seller struct {
	ID        string
	Name      string
	CreatedAt time.Time
}

// Contact is a contact that the platform holds outside the text.
type Contact struct {
	// Type is phone, email, handle, link or chat.
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Image is a picture of the advert; Palermo never fetches it.
type Image struct {
	URL string `json:"url"`
	// PHash is the platform's perceptual hash, as hexadecimal digits.
	PHash string `json:"phash"`
}
