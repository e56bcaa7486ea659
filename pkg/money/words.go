package money

// currencies are the signs and names of currencies in folded text.
var currencies = map[string]string{
	"rp": "IDR", "idr": "IDR", "rupiah": "IDR", "rph": "IDR", "usd": "USD", "us": "USD", "dollar": "USD", "dollars": "USD", "dolar": "USD",
	"rm": "MYR", "myr": "MYR", "ringgit": "MYR", "sgd": "SGD", "s": "SGD", "thb": "THB", "baht": "THB", "php": "PHP", "peso": "PHP", "pesos": "PHP",
	"vnd": "VND", "khr": "KHR", "riel": "KHR", "mmk": "MMK", "kyat": "MMK", "lak": "LAK", "kip": "LAK",
	"twd": "TWD", "nt": "TWD", "ntd": "TWD", "hkd": "HKD", "hk": "HKD", "cny": "CNY", "rmb": "CNY", "yuan": "CNY", "jpy": "JPY", "yen": "JPY", "krw": "KRW",
	"aed": "AED", "dirham": "AED", "dirhams": "AED", "sar": "SAR", "qar": "QAR", "kwd": "KWD", "omr": "OMR", "bhd": "BHD", "bnd": "BND",
	"eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP", "aud": "AUD", "inr": "INR", "bdt": "BDT", "npr": "NPR", "usdt": "USD",
	"riyal": "SAR", "rial": "SAR", "won": "KRW", "dong": "VND", "sr": "SAR", "dhs": "AED",
}

// signs are the symbols of currencies; the text after them is UTF-8.
var signs = []struct{ sign, currency string }{
	{"$", "USD"}, {"€", "EUR"}, {"£", "GBP"}, {"¥", "JPY"}, {"₱", "PHP"}, {"฿", "THB"}, {"₫", "VND"}, {"₩", "KRW"}, {"₹", "INR"}, {"៛", "KHR"}, {"₭", "LAK"},
}

// scales multiply the number before them. sure says that the word is said of
// money alone; the currency is what an amount with it has if none is named.
var scales = map[string]struct {
	factor   float64
	sure     bool
	currency string
}{
	"jt": {1e6, true, "IDR"}, "jta": {1e6, true, "IDR"}, "juta": {1e6, true, "IDR"}, "jutaan": {1e6, true, "IDR"}, "jeti": {1e6, true, "IDR"},
	"rb": {1e3, true, "IDR"}, "ribu": {1e3, true, "IDR"}, "rbu": {1e3, true, "IDR"}, "ribuan": {1e3, true, "IDR"},
	"milyar": {1e9, true, "IDR"}, "miliar": {1e9, true, "IDR"},
	"k": {1e3, false, ""}, "m": {1e6, false, ""}, "mio": {1e6, false, ""}, "mil": {1e6, false, ""}, "million": {1e6, false, ""}, "billion": {1e9, false, ""}, "bn": {1e9, false, ""}, "trillion": {1e12, false, ""}, "thousand": {1e3, false, ""}, "lakh": {1e5, false, "INR"},
}

// payWords stand before an amount that names no currency.
var payWords = map[string]bool{
	"gaji": true, "upah": true, "bayaran": true, "penghasilan": true, "pendapatan": true, "fee": true, "komisi": true, "bonus": true, "insentif": true,
	"salary": true, "pay": true, "wage": true, "wages": true, "income": true, "earn": true, "earning": true, "earnings": true, "price": true, "harga": true,
	"biaya": true, "deposit": true, "uang": true, "pokok": true, "tarif": true, "gapok": true, "thp": true, "pokoknya": true, "bulanan": true, "harian": true,
}

// periods are the words for what an amount is paid for.
var periods = map[string]Period{
	"jam": PeriodHour, "hour": PeriodHour, "hours": PeriodHour, "hr": PeriodHour, "hrs": PeriodHour, "hourly": PeriodHour, "perjam": PeriodHour,
	"hari": PeriodDay, "day": PeriodDay, "daily": PeriodDay, "harian": PeriodDay, "sehari": PeriodDay, "perhari": PeriodDay, "hr.": PeriodDay,
	"minggu": PeriodWeek, "week": PeriodWeek, "weekly": PeriodWeek, "seminggu": PeriodWeek, "perminggu": PeriodWeek, "mingguan": PeriodWeek, "wk": PeriodWeek, "pekan": PeriodWeek,
	"bulan": PeriodMonth, "bln": PeriodMonth, "month": PeriodMonth, "months": PeriodMonth, "monthly": PeriodMonth, "sebulan": PeriodMonth, "perbulan": PeriodMonth,
	"bulanan": PeriodMonth, "mo": PeriodMonth, "mth": PeriodMonth, "perbln": PeriodMonth, "/bln": PeriodMonth,
	"tahun": PeriodYear, "thn": PeriodYear, "year": PeriodYear, "yearly": PeriodYear, "annum": PeriodYear, "annually": PeriodYear, "setahun": PeriodYear, "pertahun": PeriodYear, "yr": PeriodYear, "pa": PeriodYear,
	"sekali": PeriodOnce, "once": PeriodOnce,
}

// leads are the words between an amount and its period.
var leads = map[string]bool{"per": true, "tiap": true, "setiap": true, "each": true, "every": true, "a": true, "an": true, "satu": true, "se": true, "one": true, "dalam": true}

// ranges are the words between the two numbers of a range.
var ranges = map[string]bool{"to": true, "sampai": true, "s/d": true, "sd": true, "hingga": true, "until": true, "and": true, "dan": true}
