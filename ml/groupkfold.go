package ml

import (
	"cmp"
	"slices"
)

// GroupKFold divides the rows into K test parts without dividing a group: rows
// that belong together, such as those of one customer, are either trained on or
// tested. The largest groups are dealt out first, each to the smallest part.
// NewGroupKFold makes it.
type GroupKFold struct {
	K      int   // number of folds, at least 2
	Groups []int // of each row; any numbers
}

var _ Splitter = GroupKFold{}

// NewGroupKFold returns a splitter into k parts of whole groups, where groups[i]
// is the group of row i.
func NewGroupKFold(k int, groups []int) GroupKFold { return GroupKFold{k, groups} }

// Split returns K folds of the rows 0..n−1 in ascending order. y is not used. It
// is an error if K is below 2, if there are not n entries in Groups, and if there
// are fewer than K groups.
func (f GroupKFold) Split(n int, _ []int) ([]Fold, error) {
	if f.K < 2 {
		return nil, errorf("GroupKFold: K is %d, at least 2 folds are needed", f.K)
	}
	if len(f.Groups) != n {
		return nil, errorf("GroupKFold: groups for %d rows, there are %d", len(f.Groups), n)
	}
	groups, _ := distinctCodes(f.Groups, cmp.Compare)
	sizes := make([]int, 0, n)
	for _, g := range groups {
		for g >= len(sizes) {
			sizes = append(sizes, 0)
		}
		sizes[g]++
	}
	if len(sizes) < f.K {
		return nil, errorf("GroupKFold: %d groups cannot be divided into %d folds", len(sizes), f.K)
	}
	foldOf := f.deal(sizes)
	part := make([]int, n)
	for row, g := range groups {
		part[row] = foldOf[g]
	}
	return foldsOf(part, f.K), nil
}

// deal returns the fold of each group.
func (f GroupKFold) deal(sizes []int) []int {
	order := numpyArgsort(sizes)
	slices.Reverse(order)
	foldOf := make([]int, len(sizes))
	filled := make([]int, f.K)
	for _, g := range order {
		lightest := 0
		for k, rows := range filled {
			if rows < filled[lightest] {
				lightest = k
			}
		}
		foldOf[g] = lightest
		filled[lightest] += sizes[g]
	}
	return foldOf
}
