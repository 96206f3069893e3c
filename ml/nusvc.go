package ml

import "context"

// NuSVC is SVC with another parameter in the place of C (Schölkopf and others 2000). Nu is, of the
// rows, the most that may lie on the wrong side of their margin and the least that are support
// vectors. It takes the steps of libsvm, which scikit-learn's NuSVC is made of.
//
// There is no ClassWeight: scikit-learn's has no effect on this machine. FitWeighted does.
type NuSVC struct {
	Nu float64 // above 0, at most 1; see Fit for what is feasible

	// What follows is as in SVC.

	Kernel      Kernel
	Degree      int
	Gamma       Gamma
	Coef0       float64
	KernelFunc  func(x, z []float64) float64
	Shrinking   bool
	Tol         float64
	MaxIter     int
	CacheSize   float64
	BreakTies   bool
	Probability bool
	Seed        Seed
}

var _ Classifier = NuSVC{}

// NewNuSVC returns scikit-learn's defaults: Nu 0.5, and those of NewSVC.
func NewNuSVC() NuSVC {
	s := NewSVC()
	return NuSVC{
		Nu: 0.5, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
	}
}

// svc has the parameters that both have in common.
func (s NuSVC) svc() SVC {
	return SVC{
		C: 1, Kernel: s.Kernel, Degree: s.Degree, Gamma: s.Gamma, Coef0: s.Coef0, KernelFunc: s.KernelFunc,
		Shrinking: s.Shrinking, Tol: s.Tol, MaxIter: s.MaxIter, CacheSize: s.CacheSize,
		BreakTies: s.BreakTies, Probability: s.Probability, Seed: s.Seed,
	}
}

// Fit learns from the rows of X, labelled by y. Beyond what is an error in SVC.Fit it is one
// if Nu is infeasible: of two classes with m and n rows it may be at most 2·min(m, n)/(m+n).
func (s NuSVC) Fit(ctx context.Context, X *Matrix, y []int) (*SVCModel, error) {
	return s.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative: a row counts as so
// many rows. Rows of weight 0 are left out.
func (s NuSVC) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*SVCModel, error) {
	m, err := s.fit(ctx, X, y, weights)
	return m, at("NuSVC", err)
}

// FitClassifier is Fit.
func (s NuSVC) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := s.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s NuSVC) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*SVCModel, error) {
	var c paramCheck
	checkNu(&c, s.Nu)
	s.svc().checkParams(&c)
	if err := c.err(); err != nil {
		return nil, err
	}
	return (&svcTraining{SVC: s.svc(), nu: s.Nu, X: X}).run(ctx, y, weights)
}

func checkNu(c *paramCheck, nu float64) { c.want(nu > 0 && nu <= 1, "Nu", nu, "> 0 and <= 1") }

// checkNu refuses a ν for which a class has too few rows to be half of all support vectors.
func (t *svcTraining) checkNu(set *trainingSet) error {
	if t.nu == 0 {
		return nil
	}
	weigh := make([]float64, len(set.codes))
	for row, class := range set.class {
		weigh[class] += t.penalties[row]
	}
	for i, a := range weigh {
		for j, b := range weigh[i+1:] {
			if t.nu*(a+b)/2 > min(a, b) {
				return errorf("Nu %v is infeasible: the rows of labels %d and %d weigh %v and %v, it may be at most %.4g",
					t.nu, set.codes[i], set.codes[i+1+j], a, b, 2*min(a, b)/(a+b))
			}
		}
	}
	return nil
}

// solveNu shares out ν times the weight of all rows among them, half of it to each label, and
// brings the solution to the scale of SVC.
func (t *svcTraining) solveNu(ctx context.Context, cache *kernelCache, y, c []float64) (*dual, error) {
	n := len(y)
	var sum float64
	for _, v := range c {
		sum += float64(t.nu * v)
	}
	rest := [2]float64{sum / 2, sum / 2}
	alpha := make([]float64, n)
	solver := newSMO(cache, y, c, make([]float64, n))
	solver.nu = true
	for i := range alpha {
		left := &rest[solver.label(i)]
		alpha[i] = min(c[i], *left)
		*left -= alpha[i]
	}
	solver.begin(alpha)
	d, err := solver.solve(ctx, t.Tol, t.MaxIter, t.Shrinking)
	if err != nil {
		return nil, err
	}
	if d.margin == 0 || !isFinite(d.margin) {
		return nil, errorf("Nu %v leaves no margin between two classes: their rows are too much alike", t.nu)
	}
	scale := 1 / d.margin
	for i := range d.alpha {
		d.alpha[i] *= scale
	}
	d.rho /= d.margin
	d.objective /= d.margin * d.margin
	return d, nil
}
