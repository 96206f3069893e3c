package ml

import (
	"cmp"
	"log/slog"
	"slices"
)

// KFold divides the rows into K test parts whose sizes differ by at most one;
// each is trained on with all the others. NewKFold makes it.
type KFold struct {
	K       int  // number of folds, at least 2
	Shuffle bool // draw the parts at random; otherwise they are consecutive rows
	Seed    Seed // of the shuffle
}

var _ Splitter = KFold{}

// KFoldOption changes how NewKFold and NewStratifiedKFold divide.
type KFoldOption func(*KFold)

// NewKFold returns a splitter into k consecutive parts, or random ones with
// Shuffle.
func NewKFold(k int, opts ...KFoldOption) KFold {
	f := KFold{K: k}
	for _, opt := range opts {
		opt(&f)
	}
	return f
}

// Shuffle draws the folds at random: the same seed gives the same folds, in
// scikit-learn too.
func Shuffle(seed Seed) KFoldOption {
	return func(f *KFold) { f.Shuffle, f.Seed = true, seed }
}

// Split returns K folds of the rows 0..n−1 in ascending order. The first n mod K
// test parts have one row more. y is not used. It is an error if K is below 2 or
// above n.
func (f KFold) Split(n int, _ []int) ([]Fold, error) {
	if err := f.check(n); err != nil {
		return nil, at("KFold", err)
	}
	order := upTo(0, n)
	if f.Shuffle {
		NewRandomState(f.Seed).Shuffle(order)
	}
	part := make([]int, n)
	start := 0
	for k := range f.K {
		size := n / f.K
		if k < n%f.K {
			size++
		}
		for _, row := range order[start : start+size] {
			part[row] = k
		}
		start += size
	}
	return foldsOf(part, f.K), nil
}

func (f KFold) check(n int) error {
	if f.K < 2 {
		return errorf("K is %d, at least 2 folds are needed", f.K)
	}
	if n < f.K {
		return errorf("%d rows cannot be divided into %d folds", n, f.K)
	}
	return nil
}

// StratifiedKFold divides the rows like KFold, with about the same share of every
// class in each test part. A class with fewer than K rows is missing from some of
// them: Split says so to slog.Default, where scikit-learn has a warning.
// NewStratifiedKFold makes it.
type StratifiedKFold struct {
	K       int  // number of folds, at least 2
	Shuffle bool // draw the parts at random; otherwise rows of a class keep their order
	Seed    Seed // of the shuffle
}

var _ Splitter = StratifiedKFold{}

// NewStratifiedKFold returns a splitter into k parts of rows in their order, or at
// random with Shuffle.
func NewStratifiedKFold(k int, opts ...KFoldOption) StratifiedKFold {
	return StratifiedKFold(NewKFold(k, opts...))
}

// Split returns K folds of the rows 0..n−1 in ascending order. It is an error if K
// is below 2 or above n, if y has not n labels, and if no class has K rows.
func (f StratifiedKFold) Split(n int, y []int) ([]Fold, error) {
	part, err := f.parts(n, y)
	if err != nil {
		return nil, at("StratifiedKFold", err)
	}
	return foldsOf(part, f.K), nil
}

// parts returns, for each row, the fold that tests it. Were the rows sorted by
// class, every Kth of them would go to the same fold: that says how many rows of
// a class each fold gets. Which ones, the order of the rows or the dice decide.
func (f StratifiedKFold) parts(n int, y []int) ([]int, error) {
	if err := KFold(f).check(n); err != nil {
		return nil, err
	}
	if err := checkLabels(n, y); err != nil {
		return nil, err
	}
	members := byAppearance(y)
	bySize := func(a, b []int) int { return cmp.Compare(len(a), len(b)) }
	if most := slices.MaxFunc(members, bySize); len(most) < f.K {
		return nil, errorf("K is %d, but no class has more than %d rows", f.K, len(most))
	}
	if least := slices.MinFunc(members, bySize); len(least) < f.K {
		slog.Warn("ml: StratifiedKFold: a class has fewer rows than there are folds, some will test none of it",
			"label", y[least[0]], "rows", len(least), "folds", f.K)
	}
	rng := NewRandomState(f.Seed)
	part := make([]int, n)
	start := 0 // of the class among the sorted rows
	for _, rows := range members {
		folds := make([]int, len(rows))
		for i := range folds {
			folds[i] = (start + i) % f.K
		}
		start += len(rows)
		slices.Sort(folds)
		if f.Shuffle {
			rng.Shuffle(folds)
		}
		for i, row := range rows {
			part[row] = folds[i]
		}
	}
	return part, nil
}

// byAppearance returns the rows of each class, the class that appears first in
// front.
func byAppearance(y []int) [][]int {
	place := make(map[int]int)
	var members [][]int
	for row, code := range y {
		k, seen := place[code]
		if !seen {
			k = len(members)
			place[code] = k
			members = append(members, nil)
		}
		members[k] = append(members[k], row)
	}
	return members
}

// LeaveOneOut tests every row with a model of all others.
type LeaveOneOut struct{}

var _ Splitter = LeaveOneOut{}

// Split returns n folds. y is not used. It is an error if n is below 2.
func (LeaveOneOut) Split(n int, _ []int) ([]Fold, error) {
	if n < 2 {
		return nil, errorf("LeaveOneOut: %d rows, at least 2 are needed", n)
	}
	return foldsOf(upTo(0, n), n), nil
}
