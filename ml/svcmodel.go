package ml

import (
	"context"
	"slices"
)

// SVCModel is a fitted SVC or NuSVC. Its fields are to be read only.
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
	Converged  bool        // false if MaxIter stopped any of them, or float64 allows no gap as small as MaxGap
	Gamma      float64     // the number used; 0 for a kernel of one's own or a precomputed one
	BreakTies  bool        // as in SVC

	// With Probability the numbers of Platt's sigmoid, per pair; else nil. The probability of
	// class i is 1/(1+exp(ProbA·value+ProbB)), with a value that is positive for class i.
	ProbA, ProbB []float64

	supportVectors

	gaps []float64
}

var (
	_ ClassifierModel  = (*SVCModel)(nil)
	_ ProbabilityModel = (*SVCModel)(nil)
	_ DecisionModel    = (*SVCModel)(nil)
)

// DualityGap returns, per pair, how far the value of the primal problem lies above that of
// the dual one: Objective is no further from its minimum. Both problems have the kernel
// rounded to float32, as libsvm's have. It is nil for a model that was loaded, and for one of
// NuSVC.
func (m *SVCModel) DualityGap() []float64 { return slices.Clone(m.gaps) }

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
	err := m.eachRow(ctx, X, func(row int, pairs, room []float64) {
		m.classValues(room, pairs)
		for class, v := range room {
			out.Col(class)[row] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PairDecision returns one row per row of X and one column per pair of classes. A
// value that is not finite, as that of a row far from those of Fit may be, is an
// error in all that the model does.
func (m *SVCModel) PairDecision(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Intercept), nil)
	err := m.eachRow(ctx, X, func(row int, pairs, _ []float64) {
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
	err := m.eachRow(ctx, X, func(row int, pairs, room []float64) { y[row] = m.label(pairs, room) })
	if err != nil {
		return nil, err
	}
	return y, nil
}

// eachRow calls f with the pair values of every row of X, parts of which are worked
// on side by side. The slice is reused, as is room for a number per class.
func (m *SVCModel) eachRow(ctx context.Context, X *Matrix, f func(row int, pairs, room []float64)) error {
	if err := m.checkInput(X); err != nil {
		return at("SVC", err)
	}
	const part = 64
	return at("SVC", forEach(ctx, (X.rows+part-1)/part, 0, func(_ context.Context, k int) error {
		w := m.newRowWork()
		for row := k * part; row < min((k+1)*part, X.rows); row += rowsAtATime {
			n := min(rowsAtATime, X.rows-row)
			for i := range n {
				w.x = X.Row(w.x, row+i)
				m.kernels(w.kernels[i], w.x, m.Support)
			}
			m.pairValues(w)
			for i := range n {
				if p := slices.IndexFunc(w.pairs[i], notFinite); p >= 0 {
					return errorf("the decision value of row %d is %v, scale the columns", row+i, w.pairs[i][p])
				}
				f(row+i, w.pairs[i], w.classes)
			}
		}
		return nil
	}))
}

// rowsAtATime is for sums that wait for each term to be added before the next:
// several of them do not wait for each other.
const rowsAtATime = 4

// rowWork is room for the values of some rows.
type rowWork struct {
	x       []float64
	kernels [rowsAtATime][]float64 // of each support vector; whole panels
	pairs   [rowsAtATime][]float64
	classes []float64
}

func (m *SVCModel) newRowWork() *rowWork {
	w := &rowWork{x: make([]float64, m.columns.count), classes: make([]float64, len(m.Codes))}
	for i := range rowsAtATime {
		w.kernels[i] = m.room()
		w.pairs[i] = make([]float64, len(m.Intercept))
	}
	return w
}

// pairValues adds in the order of libsvm: where rows of both labels are at one place,
// the sign of a value is what the rounding of this sum leaves.
func (m *SVCModel) pairValues(w *rowWork) {
	k := len(m.Codes)
	startI := 0
	for i := range k {
		endI := startI + m.NumSupport[i]
		startJ := endI
		for j := i + 1; j < k; j++ {
			endJ := startJ + m.NumSupport[j]
			var sums [rowsAtATime]float64
			w.addWeighted(&sums, m.DualCoef[j-1], startI, endI)
			w.addWeighted(&sums, m.DualCoef[i], startJ, endJ)
			p := pairIndex(i, j, k)
			for r, sum := range sums {
				w.pairs[r][p] = sum + m.Intercept[p]
			}
			startJ = endJ
		}
		startI = endI
	}
}

func (w *rowWork) addWeighted(sums *[rowsAtATime]float64, coef []float64, start, end int) {
	coef = coef[start:end]
	a, b, c, d := w.kernels[0][start:end], w.kernels[1][start:end], w.kernels[2][start:end], w.kernels[3][start:end]
	s := *sums
	for i, v := range coef {
		s[0] += float64(v * a[i])
		s[1] += float64(v * b[i])
		s[2] += float64(v * c[i])
		s[3] += float64(v * d[i])
	}
	*sums = s
}
