package cluster

// Outcome is where an advert went, and what that did to the clusters.
type Outcome struct {
	// Seq is the advert's sequence number.
	Seq uint64
	// Cluster is the id of its cluster, after the merges.
	Cluster string
	// Founded says that the advert opened the cluster.
	Founded bool
	// Repeated says that the same advert with the same text and facts was assigned
	// before, within the window.
	Repeated bool
	// Updated says that the same advert was assigned before with another text or
	// other facts.
	Updated bool
	// Similarity is the estimated Jaccard similarity of the text with that of the
	// cluster's representative, in [0,1]; 1 for a founder.
	Similarity float64
	// Merges are the clusters that the advert joined, in the order in which it
	// happened. Mostly empty.
	Merges []Merge
}

// Merge says that cluster From is now part of the older cluster Into.
type Merge struct {
	From, Into string
}
