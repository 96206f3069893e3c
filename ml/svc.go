package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// SVC is a support vector machine with an RBF kernel (Cortes and Vapnik 1995).
// More than two classes are told apart by one machine per pair. It takes the steps
// of libsvm without shrinking: scikit-learn's SVC(shrinking=False).
//
// Columns should be scaled first, see StandardScaler. Time grows with n² to n³;
// rows of the kernel matrix are kept within 200 MB.
type SVC struct {
	C       float64 // penalty on errors, above 0; small values regularise more
	Gamma   Gamma   // width of the kernel
	Tol     float64 // how far the optimality conditions may be violated, above 0
	MaxIter int     // limit on the steps of each machine; -1 means none
}

var _ Classifier = SVC{}

// NewSVC returns scikit-learn's defaults: C 1, GammaScale, Tol 1e-3, no limit.
func NewSVC() SVC { return SVC{C: 1, Gamma: GammaScale, Tol: 1e-3, MaxIter: -1} }

// Fit learns from the rows of X, labelled by y. It is an error if y has fewer
// than two classes (ErrOneClass), if a cell is not finite, if the cells are so
// large or small that their squares are not numbers to work with, or if ctx ends.
func (s SVC) Fit(ctx context.Context, X *Matrix, y []int) (*SVCModel, error) {
	m, err := s.fit(ctx, X, y, gramBytes)
	return m, at("SVC", err)
}

// FitClassifier is Fit.
func (s SVC) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := s.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s SVC) fit(ctx context.Context, X *Matrix, y []int, cacheBytes int) (*SVCModel, error) {
	set, err := s.check(X, y)
	if err != nil {
		return nil, err
	}
	cells := X.rowMajor()
	samples := slices.Collect(slices.Chunk(cells, X.cols))
	if err := checkLengths(samples); err != nil {
		return nil, err
	}
	gamma := s.Gamma.of(cells, X.cols)
	if gamma <= 0 || !isFinite(gamma) {
		return nil, errorf("Gamma %v is %v for these cells, scale the columns", s.Gamma, gamma)
	}
	t := &svcTraining{
		SVC: s, cacheBytes: cacheBytes, kernel: rbf{gamma}, samples: samples, members: membersOf(set),
	}
	if err := t.solvePairs(ctx); err != nil {
		return nil, err
	}
	return t.model(set.codes), nil
}

func (s SVC) check(X *Matrix, y []int) (*trainingSet, error) {
	var c paramCheck
	c.want(s.C > 0 && isFinite(s.C), "C", s.C, "a finite number > 0")
	c.want(s.Gamma.valid(), "Gamma", s.Gamma, "a finite number > 0, GammaScale or GammaAuto")
	c.want(s.Tol > 0 && isFinite(s.Tol), "Tol", s.Tol, "a finite number > 0")
	c.want(s.MaxIter >= -1, "MaxIter", s.MaxIter, "-1 (no limit) or >= 0")
	if err := c.err(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	if len(set.codes) < 2 {
		return nil, fmt.Errorf("%w: all %d labels are %d", ErrOneClass, len(y), set.codes[0])
	}
	return set, checkFinite(X)
}

// checkLengths keeps the kernel, which adds four squares of lengths, from
// overflowing to NaN.
func checkLengths(samples [][]float64) error {
	for row, x := range samples {
		if l := dot(x, x); l > math.MaxFloat64/4 {
			return errorf("row %d is too long for float64 with %v as the sum of its squares, scale the columns", row, l)
		}
	}
	return nil
}

// svcTraining is one Fit under way.
type svcTraining struct {
	SVC
	cacheBytes int // for rows of the kernel matrix
	kernel     rbf
	samples    [][]float64
	members    [][]int // rows of each class, ascending
	duals      []*dual // of each pair of classes, (0,1) (0,2) … (1,2) …
}

func (t *svcTraining) solvePairs(ctx context.Context) error {
	for i := range t.members {
		for j := i + 1; j < len(t.members); j++ {
			d, err := t.solvePair(ctx, t.members[i], t.members[j])
			if err != nil {
				return err
			}
			t.duals = append(t.duals, d)
		}
	}
	return nil
}

// solvePair separates two classes: the first is +1 and comes first, an order
// that the solver's ties depend on.
func (t *svcTraining) solvePair(ctx context.Context, first, second []int) (*dual, error) {
	var samples [][]float64
	var y []float64
	for _, row := range first {
		samples, y = append(samples, t.samples[row]), append(y, 1)
	}
	for _, row := range second {
		samples, y = append(samples, t.samples[row]), append(y, -1)
	}
	q := newGram(t.kernel, samples, y, t.cacheBytes)
	return newSMO(q, t.C).solve(ctx, t.Tol, t.MaxIter)
}

// model keeps the rows that carry weight in any pair.
func (t *svcTraining) model(codes []int) *SVCModel {
	k := len(codes)
	m := &SVCModel{
		Codes: codes, Gamma: t.kernel.gamma, Converged: true,
		DualCoef: make([][]float64, k-1), kernel: t.kernel, features: len(t.samples[0]),
	}
	for class, rows := range t.members {
		start := len(m.Support)
		for place, row := range rows {
			if weights, used := t.weights(class, place); used {
				m.Support = append(m.Support, row)
				m.samples = append(m.samples, slices.Clone(t.samples[row]))
				for r, w := range weights {
					m.DualCoef[r] = append(m.DualCoef[r], w)
				}
			}
		}
		m.NumSupport = append(m.NumSupport, len(m.Support)-start)
	}
	for _, d := range t.duals {
		m.Intercept = append(m.Intercept, -d.rho)
		m.Iterations = append(m.Iterations, d.iterations)
		m.Converged = m.Converged && d.converged
	}
	m.orient()
	return m
}

// weights returns α·y of a row against each other class in turn, the row being
// the given place among the members of its class.
func (t *svcTraining) weights(class, place int) (weights []float64, used bool) {
	k := len(t.members)
	for other := range k {
		if other == class {
			continue
		}
		var w float64
		if class < other {
			w = t.duals[pairIndex(class, other, k)].alpha[place]
		} else {
			w = -t.duals[pairIndex(other, class, k)].alpha[len(t.members[other])+place]
		}
		weights = append(weights, w)
		used = used || w != 0
	}
	return weights, used
}

// pairIndex numbers the pairs i < j of k classes: (0,1) (0,2) … (1,2) ….
func pairIndex(i, j, k int) int { return i*(2*k-i-1)/2 + j - i - 1 }

func membersOf(set *trainingSet) [][]int {
	members := make([][]int, len(set.codes))
	for row, class := range set.class {
		members[class] = append(members[class], row)
	}
	return members
}
