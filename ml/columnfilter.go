package ml

// columnFilter takes some columns of a matrix and leaves out the others.
type columnFilter struct {
	columns columnSet
	kept    []int // ascending
}

// take returns the columns that are kept. Those without a name are called x0, x1, …
// by the places they had, for they change them.
func (f columnFilter) take(X *Matrix) (*Matrix, error) {
	if err := f.columns.check(X); err != nil {
		return nil, err
	}
	names := X.names
	if names == nil {
		names = f.columns.known()
	}
	out := newMatrix(X.rows, len(f.kept), takeFrom(names, f.kept))
	for k, j := range f.kept {
		copy(out.Col(k), X.Col(j))
	}
	return out, nil
}

// putBack returns the columns at the places they had, with zeros in all others.
func (f columnFilter) putBack(X *Matrix) (*Matrix, error) {
	if X.cols != len(f.kept) {
		return nil, errorf("the matrix has %d columns, the model keeps %d", X.cols, len(f.kept))
	}
	out := newMatrix(X.rows, f.columns.count, f.columns.names)
	for k, j := range f.kept {
		copy(out.Col(j), X.Col(k))
	}
	return out, nil
}
