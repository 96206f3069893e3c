package ml

import (
	"math"

	"github.com/penstock/penstock/internal/vec"
)

// label returns the label that Predict gives to a row with the given values of pairs. room
// is for a number per class.
func (m *SVCModel) label(pairs, room []float64) int {
	if m.BreakTies && len(m.Codes) > 2 {
		m.classValues(room, pairs)
	} else {
		m.votes(room, pairs)
	}
	return m.Codes[argmax(room)]
}

// votes sets dst to the number of pairs that each class wins. A value of exactly 0 goes to
// the second class of the pair.
func (m *SVCModel) votes(dst, pairs []float64) {
	clear(dst)
	k := len(m.Codes)
	for i := range k {
		for j := i + 1; j < k; j++ {
			v := pairs[pairIndex(i, j, k)]
			if k == 2 {
				v = -v // see orient
			}
			if v > 0 {
				dst[i]++
			} else {
				dst[j]++
			}
		}
	}
}

// classValues sets dst to scikit-learn's one-versus-rest view of the pairs: the votes
// decide, and the summed values s break ties as s/(3(|s|+1)). Unlike Predict it
// gives a pair of exactly 0 to the first class.
func (m *SVCModel) classValues(dst, pairs []float64) {
	k := len(m.Codes)
	for class := range k {
		var votes, sum float64
		for other := range k {
			switch {
			case other < class:
				v := pairs[pairIndex(other, class, k)]
				sum -= v
				if v < 0 {
					votes++
				}
			case other > class:
				v := pairs[pairIndex(class, other, k)]
				sum += v
				if v >= 0 {
					votes++
				}
			}
		}
		dst[class] = votes + sum/(3*(math.Abs(sum)+1))
	}
}

// argmax returns the place of the largest value, the first of several.
func argmax[T int | float64](values []T) int {
	best := 0
	for i, v := range values {
		if v > values[best] {
			best = i
		}
	}
	return best
}

// Predict1 is Predict for one row. It does not allocate if the model has at most 16
// classes and the kernel is not a function of one's own that does.
func (m *SVCModel) Predict1(row []float64) (int, error) {
	var pairRoom [16 * 15 / 2]float64
	var classRoom [16]float64
	pairs := grow(pairRoom[:0], len(m.Intercept))
	if err := m.pairs1(row, pairs); err != nil {
		return 0, at("SVC", err)
	}
	return m.label(pairs, grow(classRoom[:0], len(m.Codes))), nil
}

// Decision1 is Decision for one row: it sets dst, which must have as many places as that
// has columns. It allocates no more than Predict1.
func (m *SVCModel) Decision1(row, dst []float64) error {
	want := len(m.Codes)
	if want == 2 {
		want = 1
	}
	if len(dst) != want {
		return at("SVC", errorf("%d places for %d decision values", len(dst), want))
	}
	if want == 1 {
		return at("SVC", m.pairs1(row, dst))
	}
	var room [16 * 15 / 2]float64
	pairs := grow(room[:0], len(m.Intercept))
	if err := m.pairs1(row, pairs); err != nil {
		return at("SVC", err)
	}
	m.classValues(dst, pairs)
	return nil
}

// pairs1 sets sums to the values of the pairs. They have the bits of pairValues: each adds
// the support vectors in their order.
func (m *SVCModel) pairs1(row, sums []float64) error {
	if err := m.checkRow(row); err != nil {
		return err
	}
	const part = 16 * vec.Panel
	var kernels [part]float64
	clear(sums)
	k, class, left := len(m.Codes), 0, m.NumSupport[0]
	for start := 0; start < len(m.Support); start += part {
		n := min(part, len(m.Support)-start)
		m.someKernels(kernels[:wholePanels(n)], start, row, m.Support)
		for i, value := range kernels[:n] {
			for ; left == 0; class++ {
				left = m.NumSupport[class+1]
			}
			left--
			for r, coef := range m.DualCoef {
				if r < class {
					sums[pairIndex(r, class, k)] += float64(coef[start+i] * value)
				} else {
					sums[pairIndex(class, r+1, k)] += float64(coef[start+i] * value)
				}
			}
		}
	}
	for p, v := range m.Intercept {
		if sums[p] += v; notFinite(sums[p]) {
			return errorf("the decision value is %v, scale the columns", sums[p])
		}
	}
	return nil
}

func (v *supportVectors) checkRow(row []float64) error {
	if len(row) != v.columns.count {
		return errorf("the row has %d values, the model was fitted on %d columns", len(row), v.columns.count)
	}
	for j, x := range row {
		if !isFinite(x) {
			return errorf("column %d is %v, only finite numbers are allowed", j, x)
		}
	}
	return nil
}
