package cluster

// generation is a part of the window that is dropped as a whole.
type generation struct {
	number uint32 // rises by one from generation to generation, from 1
	part   int64  // the part of the calendar: time / length of a part
	first  uint32 // index ids before this generation
	ads    uint32 // adverts that were stored or moved into it
}

// generation returns the number of the generation that is being filled.
func (a *Assigner) generation() uint32 { return a.periods[len(a.periods)-1].number }

// advance moves the window to an advert's time. Earlier times change nothing:
// adverts come late, and the window only moves forward.
func (a *Assigner) advance(t int64) {
	if t <= a.latest {
		return
	}
	part := a.part(t)
	if a.latest == 0 { // the first time that is known: what came before shares it
		for i := range a.periods {
			a.periods[i].part = part
		}
	}
	a.latest = t
	if part == a.periods[len(a.periods)-1].part {
		return
	}
	a.turn(part)
	stale := 0
	for a.periods[stale].part < part-int64(a.params.Generations) {
		stale++
	}
	a.drop(stale)
}

// part returns the part of the calendar that a time falls into.
func (a *Assigner) part(t int64) int64 {
	return t / max(a.params.Window.Milliseconds()/int64(a.params.Generations), 1)
}

// makeRoom closes the current generation if it holds its share of MaxAds, and
// then drops the oldest ones until there is room for another share.
func (a *Assigner) makeRoom() {
	share := uint32(a.params.MaxAds / (a.params.Generations + 1))
	current := a.periods[len(a.periods)-1]
	if current.ads < share {
		return
	}
	a.turn(current.part)
	held, stale := 0, 0
	for _, p := range a.periods {
		held += int(p.ads)
	}
	for held > a.params.MaxAds-int(share) {
		held -= int(a.periods[stale].ads)
		stale++
	}
	a.drop(stale)
	a.stats.EarlyDrops += uint64(stale)
}

func (a *Assigner) turn(part int64) {
	last := a.periods[len(a.periods)-1]
	if last.number+1 == 1<<generationBits {
		a.renumber()
		last = a.periods[len(a.periods)-1]
	}
	a.periods = append(a.periods, generation{
		number: last.number + 1,
		part:   part,
		first:  uint32(a.entries.len()),
	})
}

// drop forgets the oldest k generations: their entries in the index, the texts
// and adverts last seen in them, and the clusters that were given nothing since.
func (a *Assigner) drop(k int) {
	if k == 0 {
		return
	}
	a.periods = append(a.periods[:0], a.periods[k:]...)
	gone := a.periods[0].first
	for i := range a.periods {
		a.periods[i].first -= gone
	}
	a.entries.dropFront(int(gone))
	a.index.Expire(gone)
	oldest := a.periods[0].number
	a.contents.retain(func(v uint64) bool { return contentOf(v).generation >= oldest })
	a.docs.retain(func(v uint64) bool { return documentOf(v).generation >= oldest })
	a.sweep(oldest)
}

// sweep frees the clusters that were last given an advert before the oldest
// generation. A tombstone goes with the cluster that it names.
func (a *Assigner) sweep(oldest uint32) {
	records := &a.clusters.records
	n := uint32(records.len())
	for c := range n {
		if records.at(c).used {
			a.clusters.root(c) // flatten, so that a parent is a root below
		}
	}
	dead := func(c uint32) bool {
		r := records.at(c)
		return r.used && records.at(r.parent).last < oldest
	}
	a.names.retain(func(c uint64) bool { return !dead(uint32(c)) })
	// Tombstones before roots: a root tells whether its tombstones are dead.
	for _, roots := range []bool{false, true} {
		for c := range n {
			r := records.at(c)
			if (r.parent == c) != roots || !dead(c) {
				continue
			}
			if r.class != noSketch {
				a.sketches.release(r.class, r.place)
			}
			a.shingles.release(r)
			*r = record{class: noSketch}
			a.clusters.free = append(a.clusters.free, c)
			a.stats.Expired++
		}
	}
	a.shingles.forget(&a.clusters)
}

// renumber starts the generations at 1 again, after some 16 million of them.
func (a *Assigner) renumber() {
	by := a.periods[0].number - 1
	for i := range a.periods {
		a.periods[i].number -= by
	}
	for i := range a.contents.slots {
		if s := &a.contents.slots[i]; s.key != 0 {
			c := contentOf(s.value)
			c.generation -= by
			s.value = c.pack()
		}
	}
	for i := range a.docs.slots {
		if s := &a.docs.slots[i]; s.key != 0 {
			d := documentOf(s.value)
			d.generation -= by
			s.value = d.pack()
		}
	}
	for c := range uint32(a.clusters.records.len()) {
		if r := a.clusters.records.at(c); r.used {
			r.last -= min(r.last, by)
		}
	}
}
