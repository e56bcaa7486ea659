package index

// Kind says which of the two indices a document is in.
type Kind string

// The kinds of documents.
const (
	// KindAds is one document an advert.
	KindAds Kind = "ads"
	// KindClusters is one document a cluster, or the tombstone of a merged one.
	KindClusters Kind = "clusters"
)

// Kinds returns every kind, in a fixed order.
func Kinds() []Kind { return []Kind{KindAds, KindClusters} }

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool { return k == KindAds || k == KindClusters }
