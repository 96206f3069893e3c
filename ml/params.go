package ml

import (
	"fmt"
	"slices"
	"strings"
)

// ParamError is the cause when a learner's parameters are refused. It lists
// every bad field, not only the first.
type ParamError struct {
	Problems []string // "C is -1, must be a finite number > 0"
}

// Error joins the problems.
func (e *ParamError) Error() string { return strings.Join(e.Problems, "; ") }

// paramCheck collects the problems of one learner.
type paramCheck struct{ problems []string }

func (c *paramCheck) want(ok bool, field string, value any, allowed string) {
	if !ok {
		c.problems = append(c.problems, fmt.Sprintf("%s is %v, must be %s", field, value, allowed))
	}
}

func (c *paramCheck) err() error {
	if c.problems == nil {
		return nil
	}
	return &ParamError{c.problems}
}

// isFinite reports whether v is neither NaN nor infinite: only then is the difference
// a zero.
func isFinite(v float64) bool { return v-v == 0 }

func notFinite(v float64) bool { return !isFinite(v) }

// trainingSet is what classifiers fit: labels as indices into the sorted
// distinct codes.
type trainingSet struct {
	codes []int // sorted, distinct
	class []int // per row, index into codes
}

// newTrainingSet checks that there is something to learn from and that every
// row has a label.
func newTrainingSet(X *Matrix, y []int) (*trainingSet, error) {
	if err := checkLabelled(X, y); err != nil {
		return nil, err
	}
	codes := distinct(y)
	class := make([]int, len(y))
	for i, code := range y {
		class[i], _ = slices.BinarySearch(codes, code)
	}
	return &trainingSet{codes, class}, nil
}

func checkLabelled(X *Matrix, y []int) error {
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	if len(y) != X.rows {
		return errorf("%d labels for %d rows", len(y), X.rows)
	}
	return nil
}

func checkNotEmpty(X *Matrix) error {
	if X.rows == 0 || X.cols == 0 {
		return errorf("the matrix is %d×%d, at least one row and one column are needed", X.rows, X.cols)
	}
	return nil
}

func checkWidth(X *Matrix, want int) error {
	if X.cols != want {
		return errorf("the matrix has %d columns, the model was fitted on %d", X.cols, want)
	}
	return nil
}

func checkFinite(X *Matrix) error {
	for j := range X.cols {
		for i, v := range X.Col(j) {
			if !isFinite(v) {
				return X.cellError(i, j, fmt.Sprintf("%v, only finite numbers are allowed", v))
			}
		}
	}
	return nil
}
