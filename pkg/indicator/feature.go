package indicator

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Feature is one variable of the conditions. Its zero value (false, 0, "", an
// empty list) always means "not seen".
type Feature struct {
	Name string
	// Kind is bool, int, double, string, list (of strings) or map (string to string).
	Kind string
	// About says what it is, with its unit.
	About string
}

// adFeatures are the variables of conditions on one advert; their order is
// their number. The concepts of the packs follow them as says_<id>.
var adFeatures = []Feature{
	{"words", "int", "words of title and text"},
	{"title_words", "int", "words of the title"},
	{"short_text", "bool", "fewer than 60 words, and not cut by the platform (no closing ellipsis)"},
	{"language", "string", "ISO 639-1 code, or und"},
	{"category", "string", "the platform's category, lower case"},
	{"attributes", "map", "the platform's further fields"},
	{"has_seller", "bool", "the platform named the account"},
	{"seller_age_days", "int", "age of the account when it posted; 0 if not known"},
	{"new_seller", "bool", "the account was under 30 days old when it posted"},
	{"contacts", "int", "contacts"},
	{"phones", "int", "telephone numbers"},
	{"emails", "int", "e-mail addresses"},
	{"links", "int", "links to web sites"},
	{"chats", "int", "handles, and links to messaging services"},
	{"channels", "list", "messaging services, lower case"},
	{"freemail", "bool", "an e-mail address at a provider where anyone can open an account"},
	{"phone_countries", "list", "ISO 3166-1 codes of the telephone numbers"},
	{"hidden_contacts", "int", "contacts written so that they are hard to collect"},
	{"confusables", "int", "look-alike letters folded away"},
	{"invisible", "int", "zero-width, bidirectional and control characters"},
	{"leet", "int", "digits and signs in place of letters"},
	{"digit_words", "int", "digits written as words"},
	{"emoji_digits", "int", "digits written as emoji"},
	{"pay_stated", "bool", "an amount of money"},
	{"pay_month_usd", "double", "highest pay by the month in US dollars, at fixed rough rates; 0 if none"},
	{"pay_week_usd", "double", "highest pay stated by the hour, day or week, as US dollars a week"},
	{"currencies", "list", "ISO 4217 codes of the amounts"},
	{"countries", "list", "ISO 3166-1 codes of the places named in title and text, and declared"},
	{"cities", "list", "names of the places, lower case"},
}

// clusterFeatures are the variables of conditions on a cluster.
var clusterFeatures = []Feature{
	{"size", "int", "adverts"},
	{"accounts", "int", "different accounts"},
	{"contacts", "int", "different contacts"},
	{"contact_share", "double", "share of the adverts that show the most frequent contact"},
	{"platforms", "int", "different platforms"},
	{"cities", "int", "different cities"},
	{"countries", "int", "different countries"},
	{"days", "int", "different days with an advert"},
	{"span_days", "int", "days from the first to the last advert"},
	{"burst_ads", "int", "most adverts within an hour"},
	{"hidden_share", "double", "share of the adverts with a hidden contact"},
	{"prices", "int", "different prices"},
	{"categories", "list", "the platforms' categories, lower case"},
	{"seen", "list", "ids of the indicators seen in the adverts, tags included"},
	{"typologies", "list", "typologies that an advert reached by itself"},
	{"cross_typology_contacts", "int", "contacts that met adverts of more than one typology"},
}

// Features returns the variables that conditions of this scope may use, without
// the says_<concept> ones.
func Features(scope Scope) []Feature {
	if scope == ScopeCluster {
		return append([]Feature(nil), clusterFeatures...)
	}
	return append([]Feature(nil), adFeatures...)
}

func celType(kind string) *cel.Type {
	switch kind {
	case "bool":
		return cel.BoolType
	case "int":
		return cel.IntType
	case "double":
		return cel.DoubleType
	case "list":
		return cel.ListType(cel.StringType)
	case "map":
		return cel.MapType(cel.StringType, cel.StringType)
	default:
		return cel.StringType
	}
}

// vars holds the values of one advert or cluster, by number. It is the
// activation of the conditions. A nil value stands for the kind's zero.
type vars struct {
	schema *varSchema
	values []ref.Val
	// set marks the variables that are not zero.
	set bitset
}

// varSchema numbers the variables of a scope.
type varSchema struct {
	features []Feature
	numbers  map[string]int
	zeros    []ref.Val
	env      *cel.Env
}

func newVarSchema(base []Feature, concepts []string) (*varSchema, error) {
	s := &varSchema{numbers: map[string]int{}}
	s.features = append(s.features, base...)
	for _, c := range concepts {
		s.features = append(s.features, Feature{conceptVar(c), "bool", "the advert speaks of it"})
	}
	options := []cel.EnvOption{cel.EnableMacroCallTracking(), cel.ClearMacros(), cel.Macros(cel.HasMacro, cel.ExistsMacro)}
	for i, f := range s.features {
		s.numbers[f.Name] = i
		s.zeros = append(s.zeros, zeroOf(f.Kind))
		options = append(options, cel.Variable(f.Name, celType(f.Kind)))
	}
	env, err := cel.NewEnv(options...)
	s.env = env
	return s, err
}

func zeroOf(kind string) ref.Val {
	switch kind {
	case "bool":
		return types.False
	case "int":
		return types.IntZero
	case "double":
		return types.Double(0)
	case "list":
		return types.NewStringList(types.DefaultTypeAdapter, nil)
	case "map":
		return types.NewStringStringMap(types.DefaultTypeAdapter, map[string]string{})
	default:
		return types.String("")
	}
}

func conceptVar(id string) string {
	b := []byte("says_" + id)
	for i, c := range b {
		if c == '-' {
			b[i] = '_'
		}
	}
	return string(b)
}

func (s *varSchema) newVars() *vars {
	return &vars{schema: s, values: make([]ref.Val, len(s.features)), set: newBitset(len(s.features))}
}

func (v *vars) reset() {
	clear(v.values)
	v.set.reset()
}

// ResolveName implements cel's Activation.
func (v *vars) ResolveName(name string) (any, bool) {
	n, ok := v.schema.numbers[name]
	if !ok {
		return nil, false
	}
	if val := v.values[n]; val != nil {
		return val, true
	}
	return v.schema.zeros[n], true
}

// Parent implements cel's Activation.
func (v *vars) Parent() cel.Activation { return nil }

func (v *vars) put(n int, val ref.Val) {
	v.values[n] = val
	v.set.add(n)
}

func (v *vars) putBool(n int, b bool) {
	if b {
		v.put(n, types.True)
	}
}

func (v *vars) putInt(n, i int) {
	if i != 0 {
		v.put(n, types.Int(i))
	}
}

func (v *vars) putDouble(n int, d float64) {
	if d != 0 {
		v.put(n, types.Double(d))
	}
}

func (v *vars) putString(n int, s string) {
	if s != "" {
		v.put(n, types.String(s))
	}
}

func (v *vars) putList(n int, l []string) {
	if len(l) > 0 {
		v.put(n, types.NewStringList(types.DefaultTypeAdapter, l))
	}
}

// bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) add(n int) { b[n/64] |= 1 << (n % 64) }
func (b bitset) reset()    { clear(b) }

func (b bitset) meets(o bitset) bool {
	for i, w := range o {
		if b[i]&w != 0 {
			return true
		}
	}
	return false
}
