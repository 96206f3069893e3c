package ml

import (
	"cmp"
	"math/bits"
)

// numpyArgsort returns the order that sorts values as numpy's argsort has it by
// default. That sort is not stable, and where scikit-learn uses it, the order of
// equal values shows in the result. It is Musser's introsort (1997): quicksort by
// the median of three, insertion sort for up to 16 values, and heapsort below
// a depth of twice the logarithm.
func numpyArgsort[T cmp.Ordered](values []T) []int {
	order := upTo(0, len(values))
	s := introsort[T]{values, order}
	s.sort(0, len(order)-1, 2*(bits.Len(uint(len(order)))-1))
	return order
}

type introsort[T cmp.Ordered] struct {
	v     []T
	order []int
}

// less compares the values at two places of the order.
func (s introsort[T]) less(i, j int) bool { return s.v[s.order[i]] < s.v[s.order[j]] }

func (s introsort[T]) swap(i, j int) { s.order[i], s.order[j] = s.order[j], s.order[i] }

// sort sorts the places lo..hi. The larger part of a division is sorted by a call
// of its own; only these look at the depth.
func (s introsort[T]) sort(lo, hi, depth int) {
	if depth < 0 {
		s.heapsort(lo, hi)
		return
	}
	const small = 15
	for hi-lo > small {
		depth--
		middle := s.partition(lo, hi)
		if middle-lo < hi-middle {
			s.sort(middle+1, hi, depth)
			hi = middle - 1
		} else {
			s.sort(lo, middle-1, depth)
			lo = middle + 1
		}
	}
	s.insertion(lo, hi)
}

// partition brings smaller values before the returned place and larger ones
// behind it.
func (s introsort[T]) partition(lo, hi int) int {
	mid := lo + (hi-lo)>>1
	if s.less(mid, lo) {
		s.swap(mid, lo)
	}
	if s.less(hi, mid) {
		s.swap(hi, mid)
	}
	if s.less(mid, lo) {
		s.swap(mid, lo)
	}
	pivot := s.v[s.order[mid]]
	i, j := lo, hi-1
	s.swap(mid, j)
	for {
		i++
		for s.v[s.order[i]] < pivot {
			i++
		}
		j--
		for pivot < s.v[s.order[j]] {
			j--
		}
		if i >= j {
			break
		}
		s.swap(i, j)
	}
	s.swap(i, hi-1)
	return i
}

func (s introsort[T]) insertion(lo, hi int) {
	for i := lo + 1; i <= hi; i++ {
		for j := i; j > lo && s.less(j, j-1); j-- {
			s.swap(j, j-1)
		}
	}
}

func (s introsort[T]) heapsort(lo, hi int) {
	n := hi - lo + 1
	for root := n / 2; root > 0; root-- {
		s.sift(lo-1, root, n)
	}
	for end := n; end > 1; end-- {
		s.swap(lo, lo-1+end)
		s.sift(lo-1, 1, end-1)
	}
}

// sift lets the value at a root sink in a heap of n places that starts behind
// base.
func (s introsort[T]) sift(base, root, n int) {
	for child := 2 * root; child <= n; child = 2 * root {
		if child < n && s.less(base+child, base+child+1) {
			child++
		}
		if !s.less(base+root, base+child) {
			return
		}
		s.swap(base+root, base+child)
		root = child
	}
}
