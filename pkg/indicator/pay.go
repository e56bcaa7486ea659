package indicator

import "palermo.internal/pkg/ad/adpb"

// usdRates are rough values of one unit in US dollars (2024). They serve
// thresholds that differ by factors, never a statement about a wage.
var usdRates = map[string]float64{
	"USD": 1, "EUR": 1.08, "GBP": 1.27, "AUD": 0.66, "NZD": 0.61, "CAD": 0.73,
	"CHF": 1.13, "SGD": 0.75, "HKD": 0.128, "TWD": 0.031, "CNY": 0.14, "JPY": 0.0067,
	"KRW": 0.00073, "IDR": 0.000063, "MYR": 0.22, "THB": 0.028, "PHP": 0.0175,
	"VND": 0.00004, "KHR": 0.00025, "LAK": 0.000046, "MMK": 0.00048, "INR": 0.012,
	"BDT": 0.0085, "NPR": 0.0075, "PKR": 0.0036, "LKR": 0.0033, "AED": 0.272,
	"SAR": 0.267, "QAR": 0.275, "KWD": 3.25, "BHD": 2.65, "OMR": 2.6, "JOD": 1.41,
	"TRY": 0.031, "NGN": 0.0007, "KES": 0.0077, "GHS": 0.068, "ZAR": 0.054,
	"BRL": 0.19, "MXN": 0.055, "PLN": 0.25, "RON": 0.22, "RUB": 0.011, "UAH": 0.025,
}

// yearlyFrom is where an amount without a period is read as pay by the year.
const yearlyFrom = 12_000

// payUSD returns an amount as US dollars a month, and, where it was stated by
// the hour, day or week, as US dollars a week (40 hours, 5 days). Prices paid
// once and unknown currencies are 0.
func payUSD(a *adpb.Amount) (month, week float64) {
	usd := max(a.GetMin(), a.GetMax()) * usdRates[a.GetCurrency()]
	if !(usd > 0 && usd < 1e9) {
		return 0, 0
	}
	const weeks = 52.0 / 12
	switch a.GetPeriod() {
	case "hour":
		return usd * 40 * weeks, usd * 40
	case "day":
		return usd * 5 * weeks, usd * 5
	case "week":
		return usd * weeks, usd
	case "month":
		return usd, 0
	case "year":
		return usd / 12, 0
	case "once":
		return 0, 0
	}
	if usd >= yearlyFrom {
		return usd / 12, 0
	}
	return usd, 0
}
