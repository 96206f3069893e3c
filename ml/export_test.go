package ml

// NumpyArgsort is numpyArgsort.
func NumpyArgsort(values []int) []int { return numpyArgsort(values) }
