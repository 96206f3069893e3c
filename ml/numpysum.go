package ml

// numpySum adds f(0), …, f(n−1) in the order in which numpy adds what lies
// together in memory, so that even the last bits are the same: halves apart, down
// to 128 values or less, and these in eight sums side by side (Higham 1993). The
// error grows with the logarithm of n only.
func numpySum(n int, f func(i int) float64) float64 { return numpySumFrom(0, n, f) }

func numpySumFrom(lo, n int, f func(i int) float64) float64 {
	const block, lanes = 128, 8
	if n > block {
		half := n / 2 / lanes * lanes
		return numpySumFrom(lo, half, f) + numpySumFrom(lo+half, n-half, f)
	}
	sum, i := 0.0, 0
	if n >= lanes {
		var s [lanes]float64
		for ; i+lanes <= n; i += lanes {
			for k := range s {
				s[k] += f(lo + i + k)
			}
		}
		sum = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]))
	}
	for ; i < n; i++ {
		sum += f(lo + i)
	}
	return sum
}

// numpySumOf is numpySum of the values of a slice.
func numpySumOf(values []float64) float64 {
	return numpySum(len(values), func(i int) float64 { return values[i] })
}
