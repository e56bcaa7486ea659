package indicator

// Pack is one rule pack as its YAML file says it; schemas/rulepack.schema.json
// describes every field.
type Pack struct {
	ID          string      `yaml:"id"`
	Version     int         `yaml:"version"`
	Title       string      `yaml:"title"`
	Description string      `yaml:"description"`
	Concepts    []Concept   `yaml:"concepts"`
	Indicators  []Indicator `yaml:"indicators"`
}

// Concept is something an advert says that is no sign of trafficking by
// itself. Conditions of every loaded pack see it as the boolean says_<id>.
type Concept struct {
	ID    string `yaml:"id"`
	About string `yaml:"about"`
	// Categories are words of the platform's category that mean the same.
	Categories []string `yaml:"categories"`
	Terms      Terms    `yaml:"terms"`
}

// Terms are phrases by ISO 639-1 language. The language documents; every
// phrase is looked for in every advert, since adverts mix languages and short
// ones are easily misjudged.
type Terms map[string][]string

// Indicator is one published sign, and how it is recognised.
type Indicator struct {
	ID        string    `yaml:"id"`
	Title     string    `yaml:"title"`
	Typology  string    `yaml:"typology"`
	Dimension Dimension `yaml:"dimension"`
	Strength  Strength  `yaml:"strength"`
	Mode      Mode      `yaml:"mode"`
	Scope     Scope     `yaml:"scope"`
	// Group names indicators of a typology that say the same: only the
	// strongest one of a group counts. Empty means a group of its own.
	Group string `yaml:"group"`
	// OrdersOnly indicators move an advert up the list and never count toward
	// a level.
	OrdersOnly bool `yaml:"orders_only"`
	// Weight replaces the weight of the strength, in (0, that weight].
	Weight float64 `yaml:"weight"`
	// Lowers is by how many levels a counter-indicator lowers an assessment.
	Lowers int    `yaml:"lowers"`
	Source Source `yaml:"source"`
	Why    string `yaml:"why"`
	// FalsePositives says what else the sign is seen in.
	FalsePositives string    `yaml:"false_positives"`
	Terms          Terms     `yaml:"terms"`
	Patterns       []Pattern `yaml:"patterns"`
	// When is a condition in the Common Expression Language over the features
	// of the advert or of the cluster (see Features).
	When string `yaml:"when"`
	// Unless are phrases that make a hit in the same sentence void.
	Unless Terms `yaml:"unless"`
	// Evidence says what is shown where the sign is not a phrase.
	Evidence EvidenceFrom `yaml:"evidence"`
	// Note is the sentence shown as evidence where there are no words to
	// quote; {name} stands for a feature.
	Note     string   `yaml:"note"`
	Examples Examples `yaml:"examples"`
}

// Source is who published a sign.
type Source struct {
	Citation string      `yaml:"citation"`
	Class    SourceClass `yaml:"class"`
	URL      string      `yaml:"url"`
}

// Pattern is a regular expression (RE2) that is tried only in sentences that
// hold the literal phrase.
type Pattern struct {
	Literal string `yaml:"literal"`
	Regexp  string `yaml:"regexp"`
}

// Examples are the tests of an indicator; Load runs them.
type Examples struct {
	Positive []Example `yaml:"positive"`
	Negative []Example `yaml:"negative"`
}

// Example is an advert, or a cluster, that an indicator must or must not see.
type Example struct {
	Title   string          `yaml:"title"`
	Text    string          `yaml:"text"`
	Ad      *ExampleAd      `yaml:"ad"`
	Cluster *ExampleCluster `yaml:"cluster"`
}

// ExampleAd is what the normaliser would have found besides the words.
type ExampleAd struct {
	Category       string            `yaml:"category"`
	Language       string            `yaml:"language"`
	Seller         bool              `yaml:"seller"`
	HiddenContacts uint32            `yaml:"hidden_contacts"`
	Confusables    uint32            `yaml:"confusables"`
	ZeroWidth      uint32            `yaml:"zero_width"`
	Leet           uint32            `yaml:"leet"`
	Phones         []string          `yaml:"phones"`
	Channels       []string          `yaml:"channels"`
	Freemail       bool              `yaml:"freemail"`
	Email          bool              `yaml:"email"`
	Countries      []string          `yaml:"countries"`
	Cities         []string          `yaml:"cities"`
	Amounts        []ExampleAmount   `yaml:"amounts"`
	Attributes     map[string]string `yaml:"attributes"`
}

// ExampleAmount is a price or a wage.
type ExampleAmount struct {
	Amount   float64 `yaml:"amount"`
	Currency string  `yaml:"currency"`
	Period   string  `yaml:"period"`
}

// ExampleCluster is a cluster's profile in numbers.
type ExampleCluster struct {
	Size        uint64   `yaml:"size"`
	Accounts    int      `yaml:"accounts"`
	Contacts    int      `yaml:"contacts"`
	OneContact  bool     `yaml:"one_contact"`
	Platforms   int      `yaml:"platforms"`
	Cities      int      `yaml:"cities"`
	Countries   int      `yaml:"countries"`
	Days        int      `yaml:"days"`
	BurstAds    uint32   `yaml:"burst_ads"`
	HiddenAds   uint32   `yaml:"hidden_ads"`
	Seen        []string `yaml:"seen"`
	Typologies  []string `yaml:"typologies"`
	CrossShared int      `yaml:"cross_typology_contacts"`
	Amounts     int      `yaml:"amounts"`
}

// Dimension is one of the six dimensions of the ILO/EC operational indicators.
type Dimension string

// The dimensions.
const (
	DimensionDeception          Dimension = "deceptive-recruitment"
	DimensionCoercion           Dimension = "coercive-recruitment"
	DimensionVulnerability      Dimension = "recruitment-by-abuse-of-vulnerability"
	DimensionExploitation       Dimension = "exploitative-conditions"
	DimensionCoercionThere      Dimension = "coercion-at-destination"
	DimensionVulnerabilityThere Dimension = "abuse-of-vulnerability-at-destination"
)

// dimensionOrder is the pseudo-dimension of the orders_only indicators, and
// the number of the others.
const dimensionOrder = 6

// Strength is how much a sign says, in the grades of the ILO/EC indicators.
type Strength string

// The strengths. A tag describes and weighs nothing; a counter speaks against.
const (
	StrengthStrong  Strength = "strong"
	StrengthMedium  Strength = "medium"
	StrengthWeak    Strength = "weak"
	StrengthTag     Strength = "tag"
	StrengthCounter Strength = "counter"
)

// Mode is how far an indicator is in use.
type Mode string

// The modes: live counts, shadow is shown apart and counts nothing, draft is
// only tested against its examples.
const (
	ModeLive   Mode = "live"
	ModeShadow Mode = "shadow"
	ModeDraft  Mode = "draft"
)

// Scope is what an indicator is seen in.
type Scope string

// The scopes.
const (
	ScopeAd      Scope = "ad"
	ScopeCluster Scope = "cluster"
)

// SourceClass is what kind of publication an indicator rests on.
type SourceClass string

// The classes, from what binds most to what binds least.
const (
	ClassOfficial SourceClass = "official-guidance"
	ClassResearch SourceClass = "tested-research"
	ClassPolice   SourceClass = "police-statement"
	ClassPress    SourceClass = "press"
	ClassAdvice   SourceClass = "advice"
)

// EvidenceFrom names what of an advert is shown for a sign without words.
type EvidenceFrom string

// What can be shown: hidden contacts, free mail addresses, chat contacts,
// amounts or places; or nothing but the note.
const (
	EvidenceNote     EvidenceFrom = ""
	EvidenceHidden   EvidenceFrom = "hidden_contacts"
	EvidenceFreemail EvidenceFrom = "freemail"
	EvidenceChat     EvidenceFrom = "chats"
	EvidenceAmounts  EvidenceFrom = "amounts"
	EvidencePlaces   EvidenceFrom = "places"
)

// CrossTypology is the typology of signs that are no typology's own: they
// count in each typology that has a sign of its own.
const CrossTypology = "cross"
