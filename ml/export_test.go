package ml

// NumpyArgsort is numpyArgsort.
func NumpyArgsort(values []int) []int { return numpyArgsort(values) }

// NumpySum is numpySum.
func NumpySum(n int, f func(i int) float64) float64 { return numpySum(n, f) }
