package ml

import "context"

// NumpyArgsort is numpyArgsort.
func NumpyArgsort(values []int) []int { return numpyArgsort(values) }

// PruneCorrelated is CorrelationFilter on the correlations themselves.
func PruneCorrelated(r *Matrix, cutoff float64) *CorrelationFilterModel {
	return newCorrelationPruning(r).run(cutoff)
}

// WithPool is withPool.
func WithPool(ctx context.Context, workers int) context.Context { return withPool(ctx, workers) }

// NumpySum is numpySum.
func NumpySum(n int, f func(i int) float64) float64 { return numpySum(n, f) }
