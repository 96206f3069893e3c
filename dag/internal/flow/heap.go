package flow

// ordered is what a heap holds. Unlike container/heap these functions box nothing.
type ordered[T any] interface{ before(T) bool }

// siftUp puts the last element of h in its place.
func siftUp[T ordered[T]](h []T) []T {
	for i := len(h) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h[i].before(h[parent]) {
			break
		}
		h[i], h[parent] = h[parent], h[i]
		i = parent
	}
	return h
}

// popFirst takes the least element off the heap.
func popFirst[T ordered[T]](heap *[]T) T {
	h := *heap
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*heap = h
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h); child++ {
			if h[child].before(h[least]) {
				least = child
			}
		}
		if least == i {
			return first
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
