package synth

import "strconv"

// expansion is the text of one advert while the grammar writes it.
type expansion struct {
	rules *grammar
	src   *source
	// fill gives the slots' values. While it is nil, slots stay open, as one
	// marker byte each (see slot), to be filled for every copy.
	fill *filling
	// same remembers what {name!} became in this advert.
	same []remembered
}

type remembered struct {
	rule int
	text []byte
}

// reset begins another advert.
func (e *expansion) reset(src *source, fill *filling) {
	e.src, e.fill, e.same = src, fill, e.same[:0]
}

// append appends one expansion of rule r, with a capital to begin with.
func (e *expansion) append(dst []byte, r int) []byte {
	start := len(dst)
	dst = e.expand(dst, r)
	if len(dst) > start && dst[start] >= 'a' && dst[start] <= 'z' {
		dst[start] -= 'a' - 'A'
	}
	return dst
}

func (e *expansion) expand(dst []byte, r int) []byte {
	alts := e.rules.rules[r].alts
	i := 0
	if len(alts) > 1 {
		i = e.src.intn(len(alts))
	}
	return e.sequence(dst, alts[i])
}

func (e *expansion) sequence(dst []byte, seq []node) []byte {
	for i := range seq {
		switch n := &seq[i]; n.kind {
		case nodeText:
			dst = append(dst, n.text...)
		case nodeRule:
			dst = e.expand(dst, n.rule)
		case nodeSame:
			dst = e.again(dst, n.rule)
		case nodeNumber:
			v := n.low + e.src.intn((n.max-n.low)/n.step+1)*n.step
			dst = strconv.AppendInt(dst, int64(v), 10)
		case nodeSlot:
			switch {
			case n.slot == slotWord:
				// A made-up word belongs to the text, not to the copy.
				dst = appendWord(dst, e.src)
			case e.fill == nil:
				dst = append(dst, byte(n.slot))
			default:
				dst = e.fill.appendSlot(dst, n.slot)
			}
		case nodeMany:
			dst = e.many(dst, n)
		}
	}
	return dst
}

// again expands a rule the way it was expanded before in this advert.
func (e *expansion) again(dst []byte, r int) []byte {
	for i := range e.same {
		if e.same[i].rule == r {
			return append(dst, e.same[i].text...)
		}
	}
	start := len(dst)
	dst = e.expand(dst, r)
	if n := len(e.same); n < cap(e.same) {
		e.same = e.same[:n+1] // with the memory of an earlier advert
	} else {
		e.same = append(e.same, remembered{})
	}
	last := &e.same[len(e.same)-1]
	last.rule, last.text = r, append(last.text[:0], dst[start:]...)
	return dst
}

// many draws different alternatives of one rule.
func (e *expansion) many(dst []byte, n *node) []byte {
	alts := e.rules.rules[n.rule].alts
	var used [maxAlternatives / 64]uint64
	for k := range e.src.between(n.low, n.max) {
		i := e.src.intn(len(alts))
		for used[i/64]&(1<<(i%64)) != 0 {
			if i++; i == len(alts) {
				i = 0
			}
		}
		used[i/64] |= 1 << (i % 64)
		if k > 0 {
			dst = append(dst, n.text...)
		}
		dst = e.sequence(dst, alts[i])
	}
	return dst
}
