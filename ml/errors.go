package ml

import (
	"errors"
	"fmt"
	"strings"
)

// ErrOneClass is the cause when labels hold a single class and the learner
// needs at least two to tell apart.
var ErrOneClass = errors.New("the labels hold one class, at least two are needed")

// CellError is the cause when one cell of a table or matrix is refused.
type CellError struct {
	Row     int    // from 0
	Col     int    // from 0, in the matrix or in the list of names asked for
	Name    string // of the column; empty if it has none
	Problem string // what was found and what is allowed
}

// Error names the row, the column and the problem.
func (e *CellError) Error() string {
	if e.Name == "" {
		return fmt.Sprintf("row %d, column %d: %s", e.Row, e.Col, e.Problem)
	}
	return fmt.Sprintf("row %d, column %q: %s", e.Row, e.Name, e.Problem)
}

// located is every error this package returns: the places it passed through,
// outermost first, and the cause.
type located struct {
	places []string
	err    error
}

func (e *located) Error() string {
	return "ml: " + strings.Join(append(e.places[:len(e.places):len(e.places)], e.err.Error()), ": ")
}

func (e *located) Unwrap() error { return e.err }

// at adds a place in front of err, nil staying nil. It looks at err itself and
// not at what err wraps: only then can the places be merged behind one "ml: "
// without losing what somebody else wrote around them.
func at(place string, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := err.(*located); ok { //nolint:errorlint // see above
		return &located{append([]string{place}, inner.places...), inner.err}
	}
	return &located{[]string{place}, err}
}

func errorf(format string, args ...any) error {
	return &located{err: fmt.Errorf(format, args...)}
}
