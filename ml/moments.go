package ml

import "context"

// moments are sums over the values of a column that are not NaN.
type moments struct {
	count   float64 // the values' number, or their weight
	sum     float64
	rest    float64 // of the distances from the mean: zero, but for rounding
	squares float64 // of the squared distances from the mean
}

// spread is the sum of squared distances from the mean by the corrected two-pass
// algorithm of Chan, Golub and LeVeque (1983): the second term would be zero
// without rounding and takes away most of its effect.
func (m moments) spread() float64 { return m.squares - m.rest*m.rest/m.count }

// columnMoments measures every column. weights has one finite number ≥ 0 for every
// row, or is nil. An infinite value is an error, and a sum that overflows is too.
//
// Values are added in the order in which numpy adds them: down the column, but
// pairwise in a matrix of one column. So results are the same to the last bit.
func columnMoments(ctx context.Context, X *Matrix, weights []float64) ([]moments, error) {
	all := make([]moments, X.cols)
	if weights == nil && X.cols > 1 {
		return all, forColumns(ctx, (X.cols+3)/4, 4*X.rows, func(q int) error {
			return fourMoments(X, 4*q, all)
		})
	}
	return all, forColumns(ctx, X.cols, X.rows, func(j int) (err error) {
		all[j], err = momentsOf(X, j, weights)
		return err
	})
}

// fourMoments measures the columns j to j+3, or those of them that there are. A sum
// has to wait for its last addition, but not for those of other columns.
func fourMoments(X *Matrix, j int, all []moments) error {
	var cols [4][]float64
	for k := range cols {
		cols[k] = X.Col(min(j+k, X.cols-1))
	}
	var m [4]moments
	m[0].sum, m[1].sum, m[2].sum, m[3].sum = sumOfFour(cols[0], cols[1], cols[2], cols[3])
	n := float64(X.rows)
	for k := 0; k < len(cols); k += 2 {
		m[k].count, m[k+1].count = n, n
		m[k].rest, m[k+1].rest, m[k].squares, m[k+1].squares = distances(cols[k], cols[k+1], m[k].sum/n, m[k+1].sum/n)
	}
	for k := range min(len(cols), X.cols-j) {
		if !isFinite(m[k].sum) { // NaN and infinite values show in the sum
			var err error
			if m[k], err = momentsOf(X, j+k, nil); err != nil {
				return err
			}
		}
		all[j+k] = m[k]
	}
	return nil
}

// sumOfFour adds up each of four columns.
func sumOfFour(a, b, c, d []float64) (sumA, sumB, sumC, sumD float64) {
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for i, v := range a {
		sumA += v
		sumB += b[i]
		sumC += c[i]
		sumD += d[i]
	}
	return sumA, sumB, sumC, sumD
}

// distances adds up the distances from the mean, and their squares, of each of two
// columns.
func distances(a, b []float64, meanA, meanB float64) (restA, restB, squaresA, squaresB float64) {
	b = b[:len(a)]
	for i, v := range a {
		dA, dB := v-meanA, b[i]-meanB
		restA += dA
		restB += dB
		squaresA += float64(dA * dA)
		squaresB += float64(dB * dB)
	}
	return restA, restB, squaresA, squaresB
}

// momentsOf is for weights, for NaN and for a single column.
func momentsOf(X *Matrix, j int, weights []float64) (moments, error) {
	s := powerSum{col: X.Col(j), weights: weights, isPairwise: X.cols == 1}
	m := moments{count: float64(X.rows), sum: s.total(0, 1)}
	if !isFinite(m.sum) {
		if err := checkColumnNotInfinite(X, j); err != nil {
			return moments{}, err
		}
		s.hasNaN = true
		m.sum = s.total(0, 1)
	}
	if weights != nil || s.hasNaN {
		m.count = s.total(0, 0)
	}
	mean := m.sum / m.count
	m.rest, m.squares = s.total(mean, 1), s.total(mean, 2)
	return m, checkSum(X, j, m.sum)
}

func checkSum(X *Matrix, j int, sum float64) error {
	if isFinite(sum) {
		return nil
	}
	return X.columnError(j, "the sum of the values is more than a float64 can hold")
}
