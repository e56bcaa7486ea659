package cluster

// Stats counts what an Assigner did since it was made or restored, and what it
// holds.
type Stats struct {
	// Ads is the number of adverts assigned; Copies those whose text was known,
	// Repeated and Updated those that had been seen before.
	Ads, Copies, Repeated, Updated uint64
	// Founded is the number of clusters opened, Merged and Expired of those that
	// ended.
	Founded, Merged, Expired uint64
	// Compared is the number of comparisons with a representative; Exact of those
	// were made on the shingles themselves.
	Compared, Exact uint64
	// EarlyDrops is the number of generations dropped for lack of room, before
	// they had left the window. Anything but 0 asks for a greater MaxAds.
	EarlyDrops uint64

	// Clusters is the number of clusters and tombstones that are held, Texts of
	// distinct texts, Documents of adverts, Generations of parts of the window.
	Clusters, Texts, Documents, Generations int
	// Bytes is the memory that all of it takes.
	Bytes int64
}

func (s *Stats) note(out *Outcome, known bool) {
	s.Ads++
	if known {
		s.Copies++
	}
	if out.Repeated {
		s.Repeated++
	}
	if out.Updated {
		s.Updated++
	}
	if out.Founded {
		s.Founded++
	}
	s.Merged += uint64(len(out.Merges))
}

// Stats returns the counts.
func (a *Assigner) Stats() Stats {
	s := a.stats
	s.Clusters = a.clusters.records.len() - len(a.clusters.free)
	s.Texts = a.contents.n
	s.Documents = a.docs.n
	s.Generations = len(a.periods)
	s.Bytes = a.index.Bytes() + a.entries.bytes(4) + a.clusters.records.bytes(recordBytes) +
		int64(cap(a.clusters.free))*4 + a.sketches.bytes() + a.shingles.bytes() +
		a.contents.bytes() + a.docs.bytes() + a.names.bytes()
	return s
}
