package money

// Period is what an amount is paid for.
type Period string

// The periods of the events. Empty means that none was stated.
const (
	PeriodHour  Period = "hour"
	PeriodDay   Period = "day"
	PeriodWeek  Period = "week"
	PeriodMonth Period = "month"
	PeriodYear  Period = "year"
	PeriodOnce  Period = "once"
)

// Amount is a price or a wage, or the range from Min to Max of one. Where one
// number is named, Min equals Max.
type Amount struct {
	Min, Max float64
	// Currency is an ISO 4217 code. It is empty if the text names none and
	// has no word that tells.
	Currency string
	Period   Period
	// Start and End are the range in the folded text, in bytes.
	Start, End int
}

// MaxAmount bounds what is read as an amount; longer numbers are something
// else.
const MaxAmount = 1e12

// MaxFound bounds the amounts of one text; what is over is not looked for.
const MaxFound = 256
