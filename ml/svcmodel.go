package ml

import (
	"context"
	"math"
)

// SVCModel is a fitted SVC. Its fields are to be read only.
//
// With K classes there are K(K−1)/2 machines, one per pair i < j in the order
// (0,1), (0,2), …, (1,2), …. The machine of a pair gives
//
//	Σ coef·K(support vector, x) + intercept
//
// over the support vectors of both classes. With two classes a positive value
// speaks for the second one, with more it speaks for class i: scikit-learn has it
// that way.
type SVCModel struct {
	Codes      []int       // the labels seen, sorted; class c has label Codes[c]
	Support    []int       // training rows that are support vectors, class after class
	NumSupport []int       // support vectors of each class
	DualCoef   [][]float64 // (K−1) × len(Support): for a vector of class c, row r is its coef against class r if r < c, else r+1
	Intercept  []float64   // per pair
	Objective  []float64   // value of the dual problem, ½αᵀQα − Σα, per pair
	Iterations []int       // steps of the solver, per pair
	Converged  bool        // false if MaxIter stopped any of them
	Gamma      float64     // the number used; 0 for a kernel of one's own or a precomputed one
	BreakTies  bool        // as in SVC

	kernel   kernel
	features int
	samples  [][]float64 // the support vectors
}

var _ ClassifierModel = (*SVCModel)(nil)

// orient turns the sign of a two-class machine: the solver has the first class
// as +1.
func (m *SVCModel) orient() {
	if len(m.Codes) != 2 {
		return
	}
	for i, w := range m.DualCoef[0] {
		m.DualCoef[0][i] = -w
	}
	m.Intercept[0] = -m.Intercept[0]
}

// Decision returns one row per row of X. With two classes it has one column,
// positive for the second class. With more it has one per class: the number of
// pairs the class won, and a fraction within ±⅓ that grows with the sum of its
// values.
func (m *SVCModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	if len(m.Codes) == 2 {
		return m.PairDecision(ctx, X)
	}
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.eachRow(ctx, X, func(row int, pairs []float64) {
		for class, v := range m.classValues(pairs) {
			out.Col(class)[row] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PairDecision returns one row per row of X and one column per pair of classes.
func (m *SVCModel) PairDecision(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Intercept), nil)
	err := m.eachRow(ctx, X, func(row int, pairs []float64) {
		for p, v := range pairs {
			out.Col(p)[row] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Predict returns the label that wins the most pairs. Of several it is the lowest,
// or with BreakTies the one with the largest value of Decision.
func (m *SVCModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	y := make([]int, X.rows)
	err := m.eachRow(ctx, X, func(row int, pairs []float64) {
		if m.BreakTies && len(m.Codes) > 2 {
			y[row] = m.Codes[argmax(m.classValues(pairs))]
		} else {
			y[row] = m.Codes[argmax(m.votes(pairs))]
		}
	})
	if err != nil {
		return nil, err
	}
	return y, nil
}

// eachRow calls f with the pair values of every row of X. The slice is reused.
func (m *SVCModel) eachRow(ctx context.Context, X *Matrix, f func(row int, pairs []float64)) error {
	if err := m.checkInput(X); err != nil {
		return at("SVC", err)
	}
	const checkEvery = 1000
	x := make([]float64, m.features)
	kernels := make([]float64, len(m.samples))
	pairs := make([]float64, len(m.Intercept))
	for row := range X.rows {
		if row%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return at("SVC", err)
			}
		}
		x = X.Row(x, row)
		for i, sample := range m.samples {
			kernels[i] = m.kernel.of(x, sample, m.Support[i])
		}
		m.pairValues(kernels, pairs)
		f(row, pairs)
	}
	return nil
}

func (m *SVCModel) checkInput(X *Matrix) error {
	if err := checkWidth(X, m.features); err != nil {
		return err
	}
	return checkFinite(X)
}

func (m *SVCModel) pairValues(kernels, pairs []float64) {
	k := len(m.Codes)
	startI := 0
	for i := range k {
		endI := startI + m.NumSupport[i]
		startJ := endI
		for j := i + 1; j < k; j++ {
			endJ := startJ + m.NumSupport[j]
			var sum float64
			for s := startI; s < endI; s++ {
				sum += float64(m.DualCoef[j-1][s] * kernels[s])
			}
			for s := startJ; s < endJ; s++ {
				sum += float64(m.DualCoef[i][s] * kernels[s])
			}
			p := pairIndex(i, j, k)
			pairs[p] = sum + m.Intercept[p]
			startJ = endJ
		}
		startI = endI
	}
}

// votes counts the pairs each class wins. A value of exactly 0 goes to the
// second class of the pair.
func (m *SVCModel) votes(pairs []float64) []int {
	k := len(m.Codes)
	votes := make([]int, k)
	for i := range k {
		for j := i + 1; j < k; j++ {
			v := pairs[pairIndex(i, j, k)]
			if k == 2 {
				v = -v // see orient
			}
			if v > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
		}
	}
	return votes
}

// classValues is scikit-learn's one-versus-rest view of the pairs: the votes
// decide, and the summed values s break ties as s/(3(|s|+1)). Unlike Predict it
// gives a pair of exactly 0 to the first class.
func (m *SVCModel) classValues(pairs []float64) []float64 {
	k := len(m.Codes)
	votes, sums := make([]float64, k), make([]float64, k)
	for i := range k {
		for j := i + 1; j < k; j++ {
			v := pairs[pairIndex(i, j, k)]
			sums[i] += v
			sums[j] -= v
			if v < 0 {
				votes[j]++
			} else {
				votes[i]++
			}
		}
	}
	for c, s := range sums {
		votes[c] += s / (3 * (math.Abs(s) + 1))
	}
	return votes
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
