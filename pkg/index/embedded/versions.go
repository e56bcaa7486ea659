package embedded

import "container/list"

// versions remembers the version of the documents that were used last.
// It is not safe for concurrent use.
type versions struct {
	limit int
	byID  map[string]*list.Element
	order *list.List // front: used last
}

type versionEntry struct {
	id      string
	version int64
}

func newVersions(limit int) *versions {
	return &versions{limit: limit, byID: map[string]*list.Element{}, order: list.New()}
}

func (v *versions) get(id string) (int64, bool) {
	e, ok := v.byID[id]
	if !ok {
		return 0, false
	}
	v.order.MoveToFront(e)
	return e.Value.(*versionEntry).version, true
}

func (v *versions) put(id string, version int64) {
	if e, ok := v.byID[id]; ok {
		e.Value.(*versionEntry).version = version
		v.order.MoveToFront(e)
		return
	}
	v.byID[id] = v.order.PushFront(&versionEntry{id, version})
	for len(v.byID) > v.limit {
		last := v.order.Back()
		delete(v.byID, v.order.Remove(last).(*versionEntry).id)
	}
}

func (v *versions) drop(id string) {
	if e, ok := v.byID[id]; ok {
		v.order.Remove(e)
		delete(v.byID, id)
	}
}
