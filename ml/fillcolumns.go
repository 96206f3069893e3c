package ml

import "context"

// fillColumns makes a new matrix by giving each column of X to f, which fills the
// new one. Large matrices are shared out among workers. The error is that of the
// leftmost column.
func fillColumns(X *Matrix, f func(j int, from, to []float64) error) (*Matrix, error) {
	out := newMatrix(X.rows, X.cols, X.names)
	err := forColumns(context.Background(), X.cols, X.rows, func(j int) error {
		return f(j, X.Col(j), out.Col(j))
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
