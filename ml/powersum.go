package ml

import "math"

// powerSum adds up powers of a column's distances from a mean, in numpy's order.
type powerSum struct {
	col, weights []float64 // weights may be nil
	hasNaN       bool      // which does not count
	isPairwise   bool      // else down the column

	mean  float64
	power int
	terms [numpyBlock]float64
}

func (s *powerSum) total(mean float64, power int) float64 {
	s.mean, s.power = mean, power
	if s.isPairwise {
		return numpySumBlocks(0, len(s.col), s.block)
	}
	sum := 0.0
	for lo := 0; lo < len(s.col); lo += numpyBlock {
		for _, v := range s.block(lo, min(lo+numpyBlock, len(s.col))) {
			sum += v
		}
	}
	return sum
}

// block returns weight·(v − mean)^power of some rows, 0 where v is NaN.
func (s *powerSum) block(lo, hi int) []float64 {
	col, terms := s.col[lo:hi], s.terms[:hi-lo]
	values := col
	if s.hasNaN {
		values = terms
		replaceNaN(values, col, s.mean)
	}
	switch s.power {
	case 0:
		for i, v := range col {
			terms[i] = float64(1 - oneIfNaN(v))
		}
	case 1:
		for i, v := range values {
			terms[i] = v - s.mean
		}
	case 2:
		for i, v := range values {
			d := v - s.mean
			terms[i] = d * d
		}
	}
	if s.weights != nil {
		multiplyInto(terms, terms, s.weights[lo:hi])
	}
	return terms
}

// multiplyInto sets dst to a·b.
func multiplyInto(dst, a, b []float64) {
	dst, b = dst[:len(a)], b[:len(a)]
	for i, v := range a {
		dst[i] = v * b[i]
	}
}

// replaceNaN copies src to dst with a number in place of NaN. It has no branch to be
// mispredicted.
func replaceNaN(dst, src []float64, number float64) {
	by := math.Float64bits(number)
	dst = dst[:len(src)]
	for i, v := range src {
		is := oneIfNaN(v)
		dst[i] = math.Float64frombits(math.Float64bits(v)&uint64(is-1) | by&uint64(-is))
	}
}

// oneIfNaN is 1 for NaN, else 0.
func oneIfNaN(v float64) int {
	if v != v {
		return 1
	}
	return 0
}
