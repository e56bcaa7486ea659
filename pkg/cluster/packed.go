package cluster

import "math"

// generationBits is the width of a generation's number in packed values.
const generationBits = 24

// content is what is remembered of a text.
type content struct {
	cluster    uint32
	generation uint32  // in which it was last seen
	similarity float64 // with the representative of cluster, in steps of 1/255
}

func (c content) pack() uint64 {
	step := uint64(math.Round(min(max(c.similarity, 0), 1) * 255))
	return uint64(c.cluster)<<32 | uint64(c.generation)<<8 | step
}

func contentOf(v uint64) content {
	return content{
		cluster:    uint32(v >> 32),
		generation: uint32(v) >> 8,
		similarity: float64(v&0xff) / 255,
	}
}

// document is what is remembered of an advert.
type document struct {
	revision   uint32
	generation uint32 // in which it was last seen
}

func (d document) pack() uint64 { return uint64(d.revision)<<32 | uint64(d.generation) }

func documentOf(v uint64) document {
	return document{revision: uint32(v >> 32), generation: uint32(v)}
}
