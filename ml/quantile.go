package ml

import (
	"math/bits"
	"slices"
)

// quantileOf returns the value below which the part q of the values lies, with q from
// 0 to 1, by linear interpolation between two of them, as numpy's percentile does.
// There must be a value and none may be NaN; their order changes.
func quantileOf(values []float64, q float64) float64 {
	last := len(values) - 1
	place := q * float64(last)
	k := min(int(place), last)
	below, above := neighbours(values, k, min(k+1, last))
	gap, part := above-below, place-float64(k)
	if part >= 0.5 { // from the nearer side, so that the ends are exact
		return above - float64(gap*(1-part))
	}
	return below + float64(gap*part)
}

// medianOf is the middle value, or the mean of the middle two, without overflow.
// There must be a value and none may be NaN; their order changes.
func medianOf(values []float64) float64 {
	n := len(values)
	below, above := neighbours(values, (n-1)/2, n/2)
	if mean := (below + above) / 2; isFinite(mean) {
		return mean
	}
	return below/2 + above/2
}

// neighbours returns the values at the places k and next of the sorted values; next
// is k or k+1.
func neighbours(values []float64, k, next int) (at, after float64) {
	at = selectPlace(values, k)
	if next == k {
		return at, at
	}
	return at, slices.Min(values[next:])
}

// selectPlace reorders the values until the one at place k of the sorted values is
// there, nothing larger before it and nothing smaller behind it. It is Hoare's FIND
// (1961), which sorts what is left should its pivots keep on being bad.
func selectPlace(values []float64, k int) float64 {
	rest := values
	for tries := 2 * bits.Len(uint(len(values))); len(rest) > 16 && tries > 0; tries-- {
		left, right := splitAtPivot(rest)
		switch {
		case k < left:
			rest = rest[:left]
		case k >= right:
			rest, k = rest[right:], k-right
		default:
			return rest[k]
		}
	}
	slices.Sort(rest)
	return rest[k]
}

// splitAtPivot moves values until those before left are at most as large as those
// from left on, those from right on at least as large as those before, and all
// between are the same.
func splitAtPivot(values []float64) (left, right int) {
	n := len(values)
	pivot := medianOfThree(values[0], values[n/2], values[n-1])
	i, j := 0, n-1
	for i <= j {
		for values[i] < pivot {
			i++
		}
		for values[j] > pivot {
			j--
		}
		if i <= j {
			values[i], values[j] = values[j], values[i]
			i++
			j--
		}
	}
	return j + 1, i
}

// medianOfThree is the one between the others.
func medianOfThree(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }
