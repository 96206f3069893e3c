package ml

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// labelIndex numbers labels 0, 1, ….
type labelIndex struct {
	labels []int // by number
	low    int
	dense  []int32       // number of label low+i, −1 if it has none; nil if the labels lie too far apart
	sparse map[int]int32 // then
}

// newLabelIndex numbers the labels that occur, in ascending order. The slices are
// not all empty.
func newLabelIndex(occur ...[]int) *labelIndex {
	low, span, rows := bounds(occur)
	if span < uint(4*rows+1024) {
		return denseIndex(distinctNear(occur, low, span), low, span)
	}
	seen := make(map[int]bool)
	for _, labels := range occur {
		for _, label := range labels {
			seen[label] = true
		}
	}
	return indexOf(slices.Sorted(maps.Keys(seen)))
}

// indexOf numbers the given labels, which are distinct, in their order.
func indexOf(labels []int) *labelIndex {
	if low, span, n := bounds([][]int{labels}); span < uint(4*n+1024) {
		return denseIndex(labels, low, span)
	}
	x := &labelIndex{labels: labels, sparse: make(map[int]int32, len(labels))}
	for i, label := range labels {
		x.sparse[label] = int32(i)
	}
	return x
}

func denseIndex(labels []int, low int, span uint) *labelIndex {
	x := &labelIndex{labels: labels, low: low, dense: make([]int32, span+1)}
	for i := range x.dense {
		x.dense[i] = -1
	}
	for i, label := range labels {
		x.dense[label-low] = int32(i)
	}
	return x
}

// number returns the number of a label, −1 if it has none.
func (x *labelIndex) number(label int) int32 {
	if x.dense == nil {
		if n, ok := x.sparse[label]; ok {
			return n
		}
		return -1
	}
	// A label below low wraps around to a number beyond all.
	if i := uint(label) - uint(x.low); i < uint(len(x.dense)) {
		return x.dense[i]
	}
	return -1
}

// bounds returns the lowest label, how far it is to the highest, and the number
// of all.
func bounds(occur [][]int) (low int, span uint, n int) {
	first := true
	high := 0
	for _, labels := range occur {
		if len(labels) == 0 {
			continue
		}
		if first {
			low, high, first = labels[0], labels[0], false
		}
		for _, label := range labels {
			low, high = min(low, label), max(high, label)
		}
		n += len(labels)
	}
	return low, uint(high) - uint(low), n
}

// distinctNear returns the labels that occur, ascending, if they lie within span
// of low.
func distinctNear(occur [][]int, low int, span uint) []int {
	seen := make([]bool, span+1)
	for _, labels := range occur {
		for _, label := range labels {
			seen[label-low] = true
		}
	}
	var distinct []int
	for i, yes := range seen {
		if yes {
			distinct = append(distinct, low+i)
		}
	}
	return distinct
}

// describeLabels names the labels for messages, the first three of many.
func describeLabels(labels []int) string {
	text := make([]string, min(len(labels), 3))
	for i := range text {
		text[i] = strconv.Itoa(labels[i])
	}
	if len(labels) > 3 {
		return fmt.Sprintf("there are %d labels (%s, …)", len(labels), strings.Join(text, ", "))
	}
	if last := len(text) - 1; last > 0 {
		return "the labels are " + strings.Join(text[:last], ", ") + " and " + text[last]
	}
	return "the label is " + text[0]
}
