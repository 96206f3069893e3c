package ml

// numpyBlock is the number of values that numpy adds without dividing them.
const numpyBlock = 128

// numpySum adds f(0), …, f(n−1) in the order in which numpy adds what lies
// together in memory, so that even the last bits are the same: halves apart, down
// to 128 values or less, and these in eight sums side by side (Higham 1993). The
// error grows with the logarithm of n only.
func numpySum(n int, f func(i int) float64) float64 {
	var terms [numpyBlock]float64
	return numpySumBlocks(0, n, func(lo, hi int) []float64 {
		for i := lo; i < hi; i++ {
			terms[i-lo] = f(i)
		}
		return terms[:hi-lo]
	})
}

// numpySumOf is numpySum of the values of a slice.
func numpySumOf(values []float64) float64 {
	return numpySumBlocks(0, len(values), func(lo, hi int) []float64 { return values[lo:hi] })
}

// numpySumBlocks is numpySum of values that come by the block: those from lo to
// hi−1, at most numpyBlock of them, which may be overwritten by the next.
func numpySumBlocks(lo, hi int, block func(lo, hi int) []float64) float64 {
	n := hi - lo
	if n <= numpyBlock {
		return sumOfBlock(block(lo, hi))
	}
	half := n / 2 / 8 * 8
	return numpySumBlocks(lo, lo+half, block) + numpySumBlocks(lo+half, hi, block)
}

func sumOfBlock(values []float64) float64 {
	sum := 0.0
	if len(values) >= 8 {
		var s0, s1, s2, s3, s4, s5, s6, s7 float64
		for ; len(values) >= 8; values = values[8:] {
			s0 += values[0]
			s1 += values[1]
			s2 += values[2]
			s3 += values[3]
			s4 += values[4]
			s5 += values[5]
			s6 += values[6]
			s7 += values[7]
		}
		sum = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
	}
	for _, v := range values {
		sum += v
	}
	return sum
}
