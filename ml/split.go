package ml

// Fold is one way to divide the rows: a model learns from Train and is judged on
// Test. Both are row numbers, in the order scikit-learn has them.
type Fold struct{ Train, Test []int }

// Splitter divides n rows into folds. y holds their labels for splitters that
// look at them and may be nil for those that do not; it is nil when a regressor is
// cross-validated.
type Splitter interface {
	Split(n int, y []int) ([]Fold, error)
}

// foldsOf returns k folds of which fold i tests the rows with part i and trains on
// the others, both in ascending order.
func foldsOf(part []int, k int) []Fold {
	size := make([]int, k)
	for _, p := range part {
		size[p]++
	}
	folds := make([]Fold, k)
	for i := range folds {
		// One entry too many, as every row is written and then stays or not:
		// which of the two cannot be predicted.
		train := make([]int, len(part)-size[i]+1)
		n := 0
		for row, p := range part {
			train[n] = row
			if p != i {
				n++
			}
		}
		folds[i] = Fold{Train: train[:n:n], Test: make([]int, 0, size[i])}
	}
	for row, p := range part {
		folds[p].Test = append(folds[p].Test, row)
	}
	return folds
}

// upTo returns the numbers lo..hi−1.
func upTo(lo, hi int) []int {
	a := make([]int, hi-lo)
	for i := range a {
		a[i] = lo + i
	}
	return a
}

// checkLabels holds for splitters that look at the labels.
func checkLabels(n int, y []int) error {
	if y == nil {
		return errorf("there are no labels to divide the rows by; KFold and ShuffleSplit need none")
	}
	if len(y) != n {
		return errorf("%d labels for %d rows", len(y), n)
	}
	return nil
}
