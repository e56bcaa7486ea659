// Package indicator finds published signs of trafficking in adverts and
// clusters, with evidence and source, and grades them by a published rule. It
// never says that somebody is trafficked: a sign neither proves nor disproves
// anything (UNODC), and the score is an order for people to read in.
//
// # Packs
//
// The signs are in rule packs, YAML files that schemas/rulepack.schema.json
// describes, one pack a typology. Each sign names its source, its strength, its
// known false positives, and examples that are its tests; Load refuses a pack
// with file, line and fix if anything is wrong or an example comes out
// otherwise. Conditions are written in CEL over the variables that Features
// lists and the concepts of all loaded packs (says_<id>).
//
// Not every published sign can be seen in an advert. Left out are: that a
// vacancy stands only in groups of social media (L14), that a registration
// cannot be verified (L15, which needs a look-up), and education as a reward
// (L24, a sign for children only). That a job is described vaguely (L13) is J05
// and J13. The signs J01 to J15 come from consumer protection and tell of
// fraud, which is not trafficking: most of them only order adverts within a
// level. Movement, stated age under 23, client screening and tattoos are tags
// of no weight, since research found them invalid; a provider's ethnicity is a
// flag without its value, and off.
//
// # Matching
//
// A folded text is read once. Its words run through one Aho-Corasick automaton
// over words (see automaton) that holds the phrases of all packs; regular
// expressions are tried only in a sentence that holds their literal phrase.
// Conditions are cut at their top-level && and decided by bit sets as far as
// the variables in them are all zero; CEL runs for the rest. An ordinary advert
// of 150 words takes some 12 µs, and no longer with ten times the phrases.
//
// # Level and score
//
// Signs are counted within a typology and, in it, within the six dimensions of
// the ILO/EC operational indicators of trafficking in human beings (2009). Of
// the signs of one group (the same thing said in two ways) only the strongest
// counts, and Load refuses phrases of one sign that hold those of another, so
// that one phrase counts once. Signs of the typology cross count wherever a
// typology has a sign of its own. A dimension is positive by the published
// rule: two strong; or one strong and one medium or weak; or three medium; or
// two medium and one weak.
//
//	high    a dimension is positive, and the typology has two signs of its own
//	medium  one strong sign of its own; or a medium one and any other
//	low     one medium sign of its own; or two signs, one of them its own;
//	        or, in no typology, cross signs that would make medium or high
//	none    otherwise
//
// So a single sign, which four of five ordinary adverts have (Giommoni and
// Ikwu 2021), is low, or medium if strong. The published rule asks for more
// dimensions before a person is a presumed victim; an advert shows little of
// the destination, which is why high is a lead and no more. Each counter-sign
// lowers the level by one or two.
//
// Within a level the score orders by weight. A strong sign weighs 0.45, a
// medium one 0.25, a weak one 0.10, or what its pack says, which is never more.
// Those of a dimension d join to
//
//	w(d) = min(0.75, 1 - product of (1 - weight))
//
// and those that only order to w(0), at most 0.60. The weight of the typology is
//
//	w = (1 - product over d of (1 - w(d))) * 0.6^counters
//
// and the score lo + (hi - lo) * w, where [lo, hi) is the level's band: none
// [0, 0.20), low [0.20, 0.45), medium [0.45, 0.70), high [0.70, 1). A further
// sign never lowers the score, a further counter-sign never raises it. An
// advert has the score of its highest typology. The weights have no source but
// the order of the published grades.
//
// A cluster is judged alike over the signs of its adverts, if one in ten of
// them or five show it, and over the signs that only a cluster shows. Shadow
// signs are listed after the live ones and count nothing; drafts do not run.
//
// Everything here is pure and deterministic. An Engine is immutable and safe
// for concurrent use; a Holder lets a new one take its place.
package indicator
