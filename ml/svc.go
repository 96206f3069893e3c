package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// SVC is a support vector machine (Cortes and Vapnik 1995). More than two classes
// are told apart by one machine per pair. It takes the steps of libsvm, which
// scikit-learn's SVC is made of.
//
// Columns should be scaled first, see StandardScaler. Time grows with n² to n³.
type SVC struct {
	C      float64 // penalty on errors, above 0; small values regularise more
	Kernel Kernel
	Degree int     // of KernelPoly, at least 0
	Gamma  Gamma   // of KernelRBF, KernelPoly and KernelSigmoid
	Coef0  float64 // of KernelPoly and KernelSigmoid

	// KernelFunc takes the place of Kernel if it is not nil. It must be symmetric and
	// safe for concurrent use, and may keep neither of its arguments.
	KernelFunc func(x, z []float64) float64

	ClassWeight ClassWeight // C of a row is multiplied by the weight of its class

	Shrinking bool    // leave variables alone that seem to stay at a bound
	Tol       float64 // how far the optimality conditions may be violated, above 0
	MaxGap    float64 // go on, beyond Tol, until SVCModel.DualityGap is at most this part of |Objective|, such as 1e-10; 0 means that Tol decides
	MaxIter   int     // limit on the steps of each machine; -1 means none
	CacheSize float64 // limit on the memory for rows of the kernel matrix, in MB (2^20 bytes), above 0; see CacheTooSmall of the model
	BreakTies bool    // Predict settles equal votes by the values of Decision, not by the order of labels

	// Probability gives the model PredictProba, by Platt's method: five more machines per pair
	// say what the values of rows look like that are not known. CalibratedClassifier does the
	// same with fewer surprises; this is for the numbers of scikit-learn.
	Probability bool
	Seed        Seed // of the order of the rows with Probability
}

var _ Classifier = SVC{}

// NewSVC returns scikit-learn's defaults: C 1, KernelRBF with GammaScale, Degree 3,
// Shrinking, Tol 1e-3, no limit, 200 MB.
func NewSVC() SVC {
	return SVC{C: 1, Degree: 3, Gamma: GammaScale, Shrinking: true, Tol: 1e-3, MaxIter: -1, CacheSize: 200}
}

// Fit learns from the rows of X, labelled by y. It is an error if y has fewer
// than two classes (ErrOneClass), if a cell is not finite, if the cells are so
// large or small that values of the kernel are not numbers to work with, if
// KernelPrecomputed gets a matrix that is not square, or if ctx ends.
func (s SVC) Fit(ctx context.Context, X *Matrix, y []int) (*SVCModel, error) {
	return s.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its C is
// multiplied by. Rows of weight 0 are left out; it is an error if a class has no
// others.
func (s SVC) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*SVCModel, error) {
	m, err := s.fit(ctx, X, y, weights)
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

func (s SVC) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*SVCModel, error) {
	return (&svcTraining{SVC: s, X: X}).run(ctx, y, weights)
}

func (s SVC) check(X *Matrix, y []int) (*trainingSet, error) {
	var c paramCheck
	s.checkParams(&c)
	s.ClassWeight.check(&c)
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

func (s SVC) checkParams(c *paramCheck) {
	c.want(s.C > 0 && isFinite(s.C), "C", s.C, "a finite number > 0")
	c.want(int(s.Kernel) < len(kernelNames), "Kernel", s.Kernel, "one of the Kernel constants")
	c.want(s.Degree >= 0, "Degree", s.Degree, ">= 0")
	c.want(s.Gamma.valid(), "Gamma", s.Gamma, "a finite number > 0, GammaScale or GammaAuto")
	c.want(isFinite(s.Coef0), "Coef0", s.Coef0, "a finite number")
	c.want(s.Tol > 0 && isFinite(s.Tol), "Tol", s.Tol, "a finite number > 0")
	c.want(s.MaxGap >= 0 && isFinite(s.MaxGap), "MaxGap", s.MaxGap, "a finite number >= 0")
	c.want(s.MaxIter >= -1, "MaxIter", s.MaxIter, "-1 (no limit) or >= 0")
	c.want(s.CacheSize > 0 && s.CacheSize <= math.MaxInt32, "CacheSize", s.CacheSize, "> 0 MB")
}

// kernel returns the kernel with its numbers for the training data.
func (s SVC) kernel(X *Matrix) (kernel, error) {
	k := kernel{kind: s.Kernel, coef0: s.Coef0, degree: s.Degree, custom: s.KernelFunc}
	switch {
	case k.custom != nil:
		return k, nil
	case k.kind == KernelPrecomputed:
		if X.rows != X.cols {
			return k, errorf("a precomputed kernel is square, the matrix is %d×%d", X.rows, X.cols)
		}
		return k, nil
	}
	if err := checkLengths(X); err != nil {
		return k, err
	}
	k.gamma = s.Gamma.of(X.rowMajor(), X.cols)
	if k.kind != KernelLinear && (k.gamma <= 0 || !isFinite(k.gamma)) {
		return k, errorf("Gamma %v is %v for these cells, scale the columns", s.Gamma, k.gamma)
	}
	return k, nil
}

// checkLengths keeps the kernel, which adds four squares of lengths, from
// overflowing to NaN.
func checkLengths(X *Matrix) error {
	var x []float64
	for row := range X.rows {
		x = X.Row(x, row)
		if l := dot(x, x); l > math.MaxFloat64/4 {
			return errorf("row %d is too long for float64 with %v as the sum of its squares, scale the columns", row, l)
		}
	}
	return nil
}

// svcTraining is one Fit under way.
type svcTraining struct {
	SVC
	nu        float64 // of NuSVC, else 0
	X         *Matrix
	kernel    kernel
	penalties []float64 // C of each row
	members   [][]int   // rows of each class, ascending
	duals     []*dual   // of each pair of classes, (0,1) (0,2) … (1,2) …
}

func (t *svcTraining) run(ctx context.Context, y []int, weights []float64) (*SVCModel, error) {
	set, err := t.check(t.X, y)
	if err != nil {
		return nil, err
	}
	if t.penalties, err = t.SVC.penalties(set, weights); err != nil {
		return nil, err
	}
	if err := t.checkNu(set); err != nil {
		return nil, err
	}
	if t.members, err = membersOf(set, t.penalties); err != nil {
		return nil, err
	}
	if t.kernel, err = t.SVC.kernel(t.X); err != nil {
		return nil, err
	}
	ctx = withPool(ctx, 0)
	if err := t.solvePairs(ctx); err != nil {
		return nil, err
	}
	m, err := t.model(set.codes)
	if err != nil || !t.Probability {
		return m, err
	}
	if err := t.fitSigmoids(ctx, m); err != nil {
		return nil, err
	}
	return m, nil
}

// penalties multiplies in the order of libsvm, C by the weight of the class and then by that of
// the row: the last bit of a bound can lead the solver elsewhere.
func (s SVC) penalties(set *trainingSet, weights []float64) ([]float64, error) {
	byClass, err := s.ClassWeight.ofRows(set, nil)
	if err == nil {
		err = checkWeights(weights, len(set.class))
	}
	if err != nil {
		return nil, err
	}
	c := make([]float64, len(set.class))
	for row := range c {
		c[row] = s.C
		if byClass != nil {
			c[row] *= byClass[row]
		}
		if weights != nil {
			c[row] *= weights[row]
		}
	}
	return c, nil
}

// solvePairs solves the machines of all pairs, which share the memory for rows.
func (t *svcTraining) solvePairs(ctx context.Context) error {
	pairs := t.pairs()
	t.duals = make([]*dual, len(pairs))
	bytes := int(t.CacheSize*(1<<20)) / min(len(pairs), poolSize(ctx))
	return forEach(ctx, len(pairs), 0, func(ctx context.Context, p int) (err error) {
		t.duals[p], err = t.solvePair(ctx, t.members[pairs[p][0]], t.members[pairs[p][1]], bytes)
		return err
	})
}

// pairs are the numbers of two classes each.
func (t *svcTraining) pairs() (pairs [][2]int) {
	for i := range t.members {
		for j := i + 1; j < len(t.members); j++ {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	return pairs
}

// solvePair separates two classes: the first is +1 and comes first, an order
// that the solver's ties depend on.
func (t *svcTraining) solvePair(ctx context.Context, first, second []int, bytes int) (*dual, error) {
	rows := slices.Concat(first, second)
	y, c, p := make([]float64, len(rows)), make([]float64, len(rows)), make([]float64, len(rows))
	for i, row := range rows {
		y[i], c[i], p[i] = 1, t.penalties[row], -1
		if i >= len(first) {
			y[i] = -1
		}
	}
	cache := newKernelCache(t.kernel.samples(ctx, t.X, rows), len(rows), bytes)
	if t.nu > 0 {
		return t.solveNu(ctx, cache, y, c)
	}
	solver := newSMO(cache, y, c, p)
	d, err := solver.solve(ctx, t.Tol, t.MaxIter, t.Shrinking)
	if err == nil && t.MaxGap > 0 {
		err = solver.polish(ctx, d, t.MaxGap, t.Tol, t.MaxIter, t.Shrinking)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// model keeps the rows that carry weight in any pair.
func (t *svcTraining) model(codes []int) (*SVCModel, error) {
	k := len(codes)
	m := &SVCModel{
		Codes: codes, Gamma: t.kernel.gamma, Converged: true, BreakTies: t.BreakTies,
		DualCoef: make([][]float64, k-1), supportVectors: supportVectors{kernel: t.kernel, columns: columnsOf(t.X)},
	}
	for class, rows := range t.members {
		start := len(m.Support)
		for place, row := range rows {
			if weights, used := t.weights(class, place); used {
				m.Support = append(m.Support, row)
				m.samples = append(m.samples, t.X.Row(nil, row))
				for r, w := range weights {
					m.DualCoef[r] = append(m.DualCoef[r], w)
				}
			}
		}
		m.NumSupport = append(m.NumSupport, len(m.Support)-start)
	}
	for _, d := range t.duals {
		if !isFinite(d.rho) || !isFinite(d.objective) {
			return nil, errorf("values of the kernel %v are too large to work with, scale the columns", t.Kernel)
		}
		m.Intercept = append(m.Intercept, -d.rho)
		m.Objective = append(m.Objective, d.objective)
		if t.nu == 0 {
			m.gaps = append(m.gaps, d.gap)
		}
		m.Iterations = append(m.Iterations, d.iterations)
		m.Converged = m.Converged && d.converged
		m.evicted = m.evicted || d.evicted
	}
	m.orient()
	m.pack()
	return m, nil
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

// membersOf leaves out rows of weight 0; nil stands for equal ones.
func membersOf(set *trainingSet, weights []float64) ([][]int, error) {
	members := make([][]int, len(set.codes))
	for row, class := range set.class {
		if weights == nil || weights[row] > 0 {
			members[class] = append(members[class], row)
		}
	}
	for class, rows := range members {
		if len(rows) == 0 {
			return nil, errorf("all rows with label %d weigh 0, every class needs one that does not", set.codes[class])
		}
	}
	return members, nil
}
