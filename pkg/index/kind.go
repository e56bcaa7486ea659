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

// TimeField names the field that From, To and SortTime look at.
func (k Kind) TimeField() string {
	if k == KindClusters {
		return "last_seen"
	}
	return "posted_at"
}

// IDField names the field that repeats the document's id.
func (k Kind) IDField() string {
	if k == KindClusters {
		return "cluster_id"
	}
	return "doc_id"
}

// VersionField names the field that repeats the document's version.
func (k Kind) VersionField() string {
	if k == KindClusters {
		return "version"
	}
	return "seq"
}
