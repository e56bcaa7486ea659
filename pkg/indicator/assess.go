package indicator

import (
	"palermo.internal/pkg/ad/adpb"
)

// Assess applies the packs to one advert. The result is a function of the
// advert and the packs, holds no contact and shares no memory that is changed
// later. Every hit has evidence.
func (e *Engine) Assess(a *adpb.NormalizedAd) *adpb.Assessment {
	s, _ := e.scratch.Get().(*scratch)
	if s == nil {
		s = e.newScratch()
	}
	defer e.scratch.Put(s)
	s.reset()

	folded := a.GetFolded()
	if folded == "" {
		folded = foldSimple(a.GetTitle() + "\n" + a.GetText())
	}
	e.match(s, folded)
	e.matchCategory(s, a.GetCategory())
	titleWords := 0
	for titleWords < len(s.words) && int(s.words[titleWords].end) <= len(a.GetTitle()) {
		titleWords++
	}
	fillAd(s.vars, a, len(s.words), titleWords)

	e.matchPatterns(s, folded)
	s.dropVoid()
	o := offsetsOf(a, folded)
	for _, i := range s.touched {
		r := e.rules[i]
		if len(s.spans[i]) == 0 || !r.active || r.when != nil && !r.when.holds(s.vars) {
			continue
		}
		e.addHit(s, r, a, &o)
	}
	for _, r := range e.conditional {
		if r.when.holds(s.vars) {
			e.addHit(s, r, a, &o)
		}
	}
	return e.conclude(s)
}

// addHit appends the rule's hit with its evidence, if there is any.
func (e *Engine) addHit(s *scratch, r *rule, a *adpb.NormalizedAd, o *offsets) {
	hit := r.hit()
	for _, sp := range s.spans[r.index] {
		if len(hit.Evidence) == MaxEvidence {
			break
		}
		if ev, ok := o.evidence(sp.start, sp.end); ok {
			hit.Evidence = append(hit.Evidence, ev)
		}
	}
	if len(hit.Evidence) == 0 {
		e.addOtherEvidence(hit, s, r, a)
	}
	if len(hit.Evidence) == 0 {
		return
	}
	s.hits = append(s.hits, hit)
	s.rules = append(s.rules, r)
}

// addOtherEvidence shows contacts, amounts and places where they stand, and
// the note.
func (e *Engine) addOtherEvidence(hit *adpb.IndicatorHit, s *scratch, r *rule, a *adpb.NormalizedAd) {
	text := ""
	if r.note != nil {
		text = r.note.render(s.vars)
	}
	add := func(f adpb.Field, start, end uint32) {
		if len(hit.Evidence) == MaxEvidence {
			return
		}
		ev := &adpb.Evidence{Field: adpb.Field_FIELD_DECLARED}
		source := ""
		switch f {
		case adpb.Field_FIELD_TITLE:
			source = a.GetTitle()
		case adpb.Field_FIELD_TEXT:
			source = a.GetText()
		default:
		}
		if q, ok := quoteEvidence(f, source, start, end); ok {
			ev = q
		}
		ev.Note = text
		hit.Evidence = append(hit.Evidence, ev)
	}
	switch r.spec.Evidence {
	case EvidenceHidden, EvidenceFreemail, EvidenceChat:
		for _, c := range a.GetContacts() {
			chat := c.GetType() == adpb.ContactType_CONTACT_TYPE_HANDLE || c.GetType() == adpb.ContactType_CONTACT_TYPE_MESSAGING_LINK
			if r.spec.Evidence == EvidenceHidden && c.GetObfuscated() ||
				r.spec.Evidence == EvidenceFreemail && c.GetFreemail() ||
				r.spec.Evidence == EvidenceChat && chat {
				add(c.GetField(), c.GetStart(), c.GetEnd())
			}
		}
	case EvidenceAmounts:
		for _, m := range a.GetAmounts() {
			add(m.GetField(), m.GetStart(), m.GetEnd())
		}
	case EvidencePlaces:
		for _, p := range a.GetPlaces() {
			add(p.GetField(), p.GetStart(), p.GetEnd())
		}
	case EvidenceNote:
	}
	if len(hit.Evidence) == 0 && text != "" {
		hit.Evidence = append(hit.Evidence, &adpb.Evidence{Field: adpb.Field_FIELD_DECLARED, Note: text})
	}
}

func (r *rule) hit() *adpb.IndicatorHit {
	return &adpb.IndicatorHit{
		Id: r.spec.ID, Typology: r.spec.Typology, Title: r.spec.Title,
		Strength: string(r.spec.Strength), Dimension: string(r.spec.Dimension),
		Source: r.spec.Source.Citation, Mode: string(r.spec.Mode), Ads: 1,
	}
}
