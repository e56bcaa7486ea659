package cluster

// vector is a list that grows without being copied, so that growing costs
// neither a pause nor twice the memory. The elements hold no pointers, which
// keeps them out of the garbage collector's way.
type vector[T any] struct {
	pages [][]T
	n     int
}

const (
	pageBits = 13
	pageSize = 1 << pageBits
)

func (v *vector[T]) len() int { return v.n }

func (v *vector[T]) at(i uint32) *T { return &v.pages[i>>pageBits][i&(pageSize-1)] }

func (v *vector[T]) push(x T) uint32 {
	i := v.n
	if i>>pageBits == len(v.pages) {
		v.pages = append(v.pages, make([]T, pageSize))
	}
	v.pages[i>>pageBits][i&(pageSize-1)] = x
	v.n++
	return uint32(i)
}

// dropFront removes the first k elements.
func (v *vector[T]) dropFront(k int) {
	var w vector[T]
	for i := k; i < v.n; i++ {
		w.push(*v.at(uint32(i)))
	}
	*v = w
}

func (v *vector[T]) bytes(size int) int64 { return int64(len(v.pages)) * pageSize * int64(size) }
