package ml

import (
	"cmp"
	"math"
	"slices"
)

// standardized is a matrix brought to mean 0, and to standard deviation 1 if that
// was asked for.
type standardized struct {
	z           *Matrix
	mean, scale []float64 // per column: z is (x − mean) / scale
}

func standardize(X *Matrix, scale bool) (*standardized, error) {
	s := &standardized{newMatrix(X.rows, X.cols, nil), make([]float64, X.cols), make([]float64, X.cols)}
	for j := range X.cols {
		z := s.z.Col(j)
		s.mean[j] = columnMean(X, j)
		for i, v := range X.Col(j) {
			z[i] = v - s.mean[j]
		}
		s.scale[j] = 1
		if scale {
			s.scale[j] = cmp.Or(columnStd(s.z, j), 1)
		}
		if !isFinite(s.mean[j]) || !isFinite(s.scale[j]) {
			return nil, errorf("column %d: the numbers are so large that their mean or deviation is beyond float64", j)
		}
		for i := range z {
			z[i] /= s.scale[j]
		}
	}
	return s, nil
}

// noise returns the rounding error of the cells of z, per column, in z's unit: a
// number is known to about 2^-52 of its size.
func (s *standardized) noise(X *Matrix) []float64 {
	noise := make([]float64, X.cols)
	for j := range noise {
		noise[j] = epsilon * maxAbs(X.Col(j)) / s.scale[j]
	}
	return noise
}

// columnMean has the bits of numpy's mean(axis=0), which adds in pairs only if there
// is no more than one column; a constant column's is the constant, without numpy's
// rounding error.
func columnMean(X *Matrix, j int) float64 {
	col := X.Col(j)
	if isUniform(col) {
		return col[0]
	}
	return columnSum(X.cols, col) / float64(X.rows)
}

// columnStd has the bits of numpy's std(axis=0, ddof=1), unless squares would be too
// large or too small for float64: a power of two keeps them in range.
func columnStd(X *Matrix, j int) float64 {
	mean := columnMean(X, j)
	deviations := slices.Clone(X.Col(j))
	for i := range deviations {
		deviations[i] -= mean
	}
	unit := unitOf(deviations)
	for i, d := range deviations {
		deviations[i] = float64(d*unit) * float64(d*unit)
	}
	return math.Sqrt(columnSum(X.cols, deviations)/float64(X.rows-1)) / unit
}

// unitOf is the power of two that brings the largest of the values close to 1.
func unitOf(values []float64) float64 {
	_, exponent := math.Frexp(maxAbs(values))
	return math.Ldexp(1, -min(max(exponent, -1000), 1000))
}

func columnSum(cols int, col []float64) float64 {
	if cols == 1 {
		return pairwiseSum(col)
	}
	var sum float64
	for _, v := range col {
		sum += v
	}
	return sum
}

func isUniform(col []float64) bool {
	for _, v := range col {
		if v != col[0] {
			return false
		}
	}
	return true
}
