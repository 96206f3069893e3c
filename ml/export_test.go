package ml

import "context"

// FitWithCache is SVC.Fit with another bound on the memory of cached rows.
func FitWithCache(ctx context.Context, s SVC, X *Matrix, y []int, bytes int) (*SVCModel, error) {
	return s.fit(ctx, X, y, bytes)
}

// NumpyArgsort is numpyArgsort.
func NumpyArgsort(values []int) []int { return numpyArgsort(values) }
