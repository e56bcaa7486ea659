package contact

import "fmt"

// Type says what kind of contact was found. The values are those of
// ContactType in the events.
type Type uint8

// The kinds of contact.
const (
	TypePhone Type = iota + 1
	TypeEmail
	TypeHandle
	TypeLink
	// TypeChat is a link that opens a conversation: wa.me, t.me and the like.
	TypeChat
)

// Placeholder returns what stands in the folded text instead of a contact of
// this type: <phone>, <email>, <handle>, <link> or <chat>.
func (t Type) Placeholder() string {
	switch t {
	case TypePhone:
		return "<phone>"
	case TypeEmail:
		return "<email>"
	case TypeHandle:
		return "<handle>"
	case TypeLink:
		return "<link>"
	case TypeChat:
		return "<chat>"
	default:
		return ""
	}
}

// Domain separates the tokens of one sort of value from those of another.
type Domain string

// The sorts of values that have tokens. A messaging link that names a phone
// number is in the domain of phones, so that the link and the typed number
// have one token.
const (
	DomainPhone  Domain = "phone"
	DomainEmail  Domain = "email"
	DomainHandle Domain = "handle"
	DomainLink   Domain = "link"
	DomainSeller Domain = "seller"
)

// Found is one contact in clear, see the package comment.
type Found struct {
	Type Type
	// Start and End are its range in the folded text, in bytes.
	Start, End int
	// Domain and Value are what the token is made of: the canonical form.
	Domain Domain
	Value  string
	// Obfuscated says that it was written so that it is hard to collect.
	Obfuscated bool
	// DigitWords counts digits that were written as words; SpacedDigits is 1
	// where the digits of a number were set apart one by one.
	DigitWords, SpacedDigits uint32
	// Country is the ISO 3166-1 alpha-2 region of a number, empty if unknown.
	Country string
	// Channel is the service in lower case (whatsapp, telegram, line, ...),
	// empty if unknown.
	Channel string
	// Freemail says that anyone can open an address at this provider.
	Freemail bool
}

// String tells the type and the place, never the value.
func (f Found) String() string { return fmt.Sprintf("%s[%d:%d]", f.Type.Placeholder(), f.Start, f.End) }

// GoString is String: %#v shows no value either.
func (f Found) GoString() string { return f.String() }

// Format writes String whatever the verb.
func (f Found) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(f.String())) }

// span is a taken range of the folded text.
type span struct{ start, end int }
