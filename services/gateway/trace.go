package gateway

// traceHeader is the name of the W3C Trace Context header, in HTTP and Kafka.
const traceHeader = "traceparent"

// validTrace reports whether s is a traceparent of version 00 whose ids are not
// zero: what is passed on ends up in other people's tracing.
func validTrace(s string) bool {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(s) != length || s[:3] != "00-" || s[35] != '-' || s[52] != '-' {
		return false
	}
	return isHex(s[3:35]) && isHex(s[36:52]) && isHex(s[53:]) && !isZero(s[3:35]) && !isZero(s[36:52])
}

func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isZero(s string) bool {
	for i := range len(s) {
		if s[i] != '0' {
			return false
		}
	}
	return true
}
