package ml

// sortKeyed sorts rows by their keys. It is not stable: rows of equal keys come out
// in the order in which scikit-learn's trees have them, by quicksort with the median
// of three as pivot and a partition in three parts (Bentley and McIlroy 1993), and
// heapsort where that goes too deep (Musser 1997).
func sortKeyed(rows []keyed) {
	depth := 2 * int(log2(float64(len(rows))))
	quicksort(rows, depth)
}

func quicksort(rows []keyed, depth int) {
	for len(rows) > 1 {
		if depth == 0 {
			heapsort(rows)
			return
		}
		depth--
		pivot := median(rows[0]>>32, rows[len(rows)/2]>>32, rows[len(rows)-1]>>32)
		less, i, more := 0, 0, len(rows)
		for i < more {
			// A swap with place less or more−1, or with itself: there is no telling which
			// comes next, so that a branch would cost more than the arithmetic.
			k := rows[i]
			isLess, isMore := int((k>>32-pivot)>>63), int((pivot-k>>32)>>63)
			j := i + (less-i)&-isLess + (more-1-i)&-isMore
			rows[i], rows[j] = rows[j], k
			less += isLess
			more -= isMore
			i += 1 - isMore
		}
		quicksort(rows[:less], depth)
		rows = rows[more:]
	}
}

func median(a, b, c uint64) uint64 {
	return max(min(a, b), min(max(a, b), c))
}

func heapsort(rows []keyed) {
	for start := (len(rows) - 2) / 2; start >= 0; start-- {
		siftDown(rows, start)
	}
	for end := len(rows) - 1; end > 0; end-- {
		rows[0], rows[end] = rows[end], rows[0]
		siftDown(rows[:end], 0)
	}
}

// siftDown lets the row at root sink until no child of it is larger.
func siftDown(rows []keyed, root int) {
	for {
		largest := root
		for child := 2*root + 1; child <= 2*root+2 && child < len(rows); child++ {
			if rows[largest]>>32 < rows[child]>>32 {
				largest = child
			}
		}
		if largest == root {
			return
		}
		rows[root], rows[largest] = rows[largest], rows[root]
		root = largest
	}
}
