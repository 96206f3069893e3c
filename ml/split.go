package ml

// Fold is one way to divide the rows: a model learns from Train and is judged
// on Test. Both are row numbers in ascending order.
type Fold struct{ Train, Test []int }

// Splitter divides n rows into folds. y holds their labels for splitters that
// look at them and may be nil for those that do not.
type Splitter interface {
	Split(n int, y []int) ([]Fold, error)
}

// KFold divides the rows into K test parts whose sizes differ by at most one;
// each is trained on with all the others. NewKFold makes it.
type KFold struct {
	K       int  // number of folds, at least 2
	Shuffle bool // draw the parts at random; otherwise they are consecutive rows
	Seed    Seed // of the shuffle
}

var _ Splitter = KFold{}

// KFoldOption changes how NewKFold divides.
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

// Split returns K folds of the rows 0..n−1. The first n mod K test parts have
// one row more. y is not used. It is an error if K is below 2 or above n.
func (f KFold) Split(n int, _ []int) ([]Fold, error) {
	if f.K < 2 {
		return nil, errorf("KFold: K is %d, at least 2 folds are needed", f.K)
	}
	if n < f.K {
		return nil, errorf("KFold: %d rows cannot be divided into %d folds", n, f.K)
	}
	part := f.parts(n)
	folds := make([]Fold, f.K)
	for k := range folds {
		folds[k] = foldOf(part, k)
	}
	return folds, nil
}

// parts returns, for each row, the fold that tests it.
func (f KFold) parts(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
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
	return part
}

func foldOf(part []int, k int) Fold {
	var f Fold
	for row, p := range part {
		if p == k {
			f.Test = append(f.Test, row)
		} else {
			f.Train = append(f.Train, row)
		}
	}
	return f
}
