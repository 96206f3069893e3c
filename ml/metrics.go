package ml

import "math"

// Accuracy returns the share of labels that are equal, NaN if there are none. It
// panics if the slices differ in length.
func Accuracy(want, got []int) float64 {
	if len(want) != len(got) {
		panic(errorf("Accuracy: %d labels against %d", len(want), len(got)))
	}
	if len(want) == 0 {
		return math.NaN()
	}
	equal := 0
	for i, w := range want {
		if got[i] == w {
			equal++
		}
	}
	return float64(equal) / float64(len(want))
}
