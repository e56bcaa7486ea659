package clusterer

import (
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"palermo.internal/pkg/cluster"
)

// Field numbers of palermo.events.v1, of ClusteredEvent, Assignment and Merge.
const (
	eventAssignment = 1
	eventMerge      = 2

	assignmentSeq        = 1
	assignmentCluster    = 2
	assignmentFounded    = 3
	assignmentRepeated   = 4
	assignmentUpdated    = 5
	assignmentSimilarity = 6
	assignmentAd         = 7

	mergeSeq  = 1
	mergeFrom = 2
	mergeInto = 3
)

// encodeAssignment encodes a ClusteredEvent with an assignment. The advert goes
// in as it came, which spares decoding and encoding it, and keeps fields that a
// newer normalizer may have set. scratch is used and returned for the next call.
func encodeAssignment(scratch []byte, o *cluster.Outcome, ad []byte) (event, head []byte) {
	head = protowire.AppendTag(scratch[:0], assignmentSeq, protowire.VarintType)
	head = protowire.AppendVarint(head, o.Seq)
	head = protowire.AppendTag(head, assignmentCluster, protowire.BytesType)
	head = protowire.AppendString(head, o.Cluster)
	for _, flag := range [...]struct {
		field protowire.Number
		set   bool
	}{
		{assignmentFounded, o.Founded},
		{assignmentRepeated, o.Repeated},
		{assignmentUpdated, o.Updated},
	} {
		if flag.set {
			head = protowire.AppendTag(head, flag.field, protowire.VarintType)
			head = protowire.AppendVarint(head, 1)
		}
	}
	if o.Similarity != 0 {
		head = protowire.AppendTag(head, assignmentSimilarity, protowire.Fixed64Type)
		head = protowire.AppendFixed64(head, math.Float64bits(o.Similarity))
	}
	head = protowire.AppendTag(head, assignmentAd, protowire.BytesType)
	head = protowire.AppendVarint(head, uint64(len(ad)))

	size := len(head) + len(ad)
	event = make([]byte, 0, protowire.SizeTag(eventAssignment)+protowire.SizeBytes(size))
	event = protowire.AppendTag(event, eventAssignment, protowire.BytesType)
	event = protowire.AppendVarint(event, uint64(size))
	event = append(event, head...)
	return append(event, ad...), head
}

// encodeMerge encodes a ClusteredEvent with a merge.
func encodeMerge(seq uint64, m cluster.Merge) []byte {
	var b []byte
	b = protowire.AppendTag(b, mergeSeq, protowire.VarintType)
	b = protowire.AppendVarint(b, seq)
	b = protowire.AppendTag(b, mergeFrom, protowire.BytesType)
	b = protowire.AppendString(b, m.From)
	b = protowire.AppendTag(b, mergeInto, protowire.BytesType)
	b = protowire.AppendString(b, m.Into)
	event := protowire.AppendTag(nil, eventMerge, protowire.BytesType)
	return protowire.AppendBytes(event, b)
}
