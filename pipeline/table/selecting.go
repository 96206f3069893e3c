package table

import "slices"

// sortRanks moves values, none of which is NaN, so that those of the ranks, which rise, are
// where sorting would put them: quicksort that leaves alone the parts in which no rank is
// (Hoare 1961).
func sortRanks(values []float64, ranks []int) { sortRanksFrom(values, ranks, 0, 64) }

// smallPart is a part that is sorted as a whole.
const smallPart = 64

// sortRanksFrom does it for a part that begins at an offset. When depth is used up, which
// no ordinary data does, the part is sorted.
func sortRanksFrom(values []float64, ranks []int, offset, depth int) {
	for len(ranks) > 0 && len(values) > 0 {
		if len(values) <= smallPart || depth == 0 {
			slices.Sort(values)
			return
		}
		below, above := divide(values)
		depth--
		left := 0 // ranks in the part below the pivot
		for left < len(ranks) && ranks[left] < offset+below {
			left++
		}
		right := left // ranks of values equal to it are done
		for right < len(ranks) && ranks[right] < offset+above {
			right++
		}
		sortRanksFrom(values[:below], ranks[:left], offset, depth)
		values, ranks, offset = values[above:], ranks[right:], offset+above
	}
}

// divide moves what is less than a pivot to the front and what is greater to the end, and
// returns where those equal to it begin and end.
func divide(values []float64) (below, above int) {
	pivot := middle(ninth(values, 0), ninth(values, 1), ninth(values, 2))
	i, below, above := 0, 0, len(values)
	for i < above {
		switch x := values[i]; {
		case x < pivot:
			values[i], values[below] = values[below], x
			below++
			i++
		case x > pivot:
			above--
			values[i], values[above] = values[above], x
		default:
			i++
		}
	}
	return below, above
}

// ninth is the middle one of three values of a third of the slice.
func ninth(values []float64, third int) float64 {
	n := len(values)
	at := third * n / 3
	return middle(values[at], values[at+n/6], values[min(at+n/3, n)-1])
}

// middle is the value between two others.
func middle(a, b, c float64) float64 { return max(min(a, b), min(max(a, b), c)) }
