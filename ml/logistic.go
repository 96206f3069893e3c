package ml

import (
	"context"
	"fmt"
)

// Penalty is what keeps coefficients small.
type Penalty uint8

// The penalties of scikit-learn, for coefficients w. The intercept has none.
const (
	L2Penalty         Penalty = iota // ½Σw²
	L1Penalty                        // Σ|w|, which makes some coefficients 0
	ElasticNetPenalty                // L1Ratio·Σ|w| + (1−L1Ratio)·½Σw²
	NoPenalty
)

// String returns scikit-learn's name.
func (p Penalty) String() string {
	if names := []string{"l2", "l1", "elasticnet", "none"}; int(p) < len(names) {
		return names[p]
	}
	return fmt.Sprintf("Penalty(%d)", uint8(p))
}

// LogisticRegression gives classes probabilities whose logarithms are linear in the
// columns. It minimises C·Σloss + penalty, the sum being over rows.
//
// Unlike scikit-learn's default solver, which stops about 1e-4 from it, this one goes
// on to the minimum itself: Newton's method converges quadratically.
type LogisticRegression struct {
	C            float64 // above 0; small values regularise more
	Penalty      Penalty
	L1Ratio      float64 // of ElasticNetPenalty, 0 to 1
	FitIntercept bool
	ClassWeight  ClassWeight
	OneVsRest    bool    // with more than two classes, tell each from the others, and do not model all at once; BalancedClasses then balances each with the others
	Tol          float64 // stop after a step that changes no coefficient by more than Tol, or Tol times the largest one; above 0
	MaxIter      int     // limit on the steps, at least 1
}

var _ Classifier = LogisticRegression{}

// NewLogisticRegression returns scikit-learn's model: C 1, L2Penalty, an intercept, all
// classes at once; and Tol 1e-8, 100 steps.
func NewLogisticRegression() LogisticRegression {
	return LogisticRegression{C: 1, FitIntercept: true, Tol: 1e-8, MaxIter: 100}
}

// Fit learns from the rows of X, labelled by y. It is an error if y has fewer than two
// classes (ErrOneClass), if a cell is not finite or its square overflows, or if ctx
// ends.
func (l LogisticRegression) Fit(ctx context.Context, X *Matrix, y []int) (*LogisticRegressionModel, error) {
	return l.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its loss
// is multiplied by. A weight of 2 is the row given twice.
func (l LogisticRegression) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*LogisticRegressionModel, error) {
	m, err := l.fit(ctx, X, y, weights)
	return m, at("LogisticRegression", err)
}

// FitClassifier is Fit.
func (l LogisticRegression) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := l.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (l LogisticRegression) fit(ctx context.Context, X *Matrix, y []int, rowWeights []float64) (_ *LogisticRegressionModel, err error) {
	defer recoverGonum(&err)
	set, err := l.check(X, y)
	if err != nil {
		return nil, err
	}
	all, err := l.ClassWeight.ofRows(set, rowWeights)
	if err != nil {
		return nil, err
	}
	m := &LogisticRegressionModel{Codes: set.codes, OneVsRest: l.OneVsRest, Converged: true, columns: columnsOf(X)}
	k := len(set.codes)
	if k > 2 && !l.OneVsRest {
		return m, l.solve(ctx, m, newLogisticLoss(X, set.class, all, k, l.FitIntercept))
	}
	outputs := k
	if k == 2 {
		outputs = 1
	}
	parts := make([]*LogisticRegressionModel, outputs)
	err = forEach(ctx, outputs, 0, func(ctx context.Context, c int) error {
		parts[c] = &LogisticRegressionModel{Converged: true, columns: columnsOf(X)}
		class, weights := isClass(set.class, k-outputs+c), all
		if l.ClassWeight.isBalanced() { // between the class and the rest
			var err error
			if weights, err = l.ClassWeight.ofRows(&trainingSet{[]int{0, 1}, class}, rowWeights); err != nil {
				return err
			}
		}
		return l.solve(ctx, parts[c], newLogisticLoss(X, class, weights, 1, l.FitIntercept))
	})
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		m.Coef, m.Intercept = append(m.Coef, p.Coef...), append(m.Intercept, p.Intercept...)
		m.Iterations, m.Converged = append(m.Iterations, p.Iterations...), m.Converged && p.Converged
	}
	return m, nil
}

func (l LogisticRegression) check(X *Matrix, y []int) (*trainingSet, error) {
	var c paramCheck
	c.want(l.C > 0 && isFinite(l.C), "C", l.C, "a finite number > 0")
	c.want(l.Penalty <= NoPenalty, "Penalty", l.Penalty, "L2Penalty, L1Penalty, ElasticNetPenalty or NoPenalty")
	c.want(l.L1Ratio >= 0 && l.L1Ratio <= 1, "L1Ratio", l.L1Ratio, ">= 0 and <= 1")
	l.ClassWeight.check(&c)
	c.want(l.Tol > 0 && isFinite(l.Tol), "Tol", l.Tol, "a finite number > 0")
	c.want(l.MaxIter >= 1, "MaxIter", l.MaxIter, ">= 1")
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

// isClass marks the rows of a class with 1.
func isClass(class []int, c int) []int {
	out := make([]int, len(class))
	for i, v := range class {
		if v == c {
			out[i] = 1
		}
	}
	return out
}

// solve adds the outputs of a loss to the model. The penalty is divided by C, so that
// rows weigh 1.
func (l LogisticRegression) solve(ctx context.Context, m *LogisticRegressionModel, loss *logisticLoss) error {
	l1, l2 := l.strengths()
	for j := range loss.l2 {
		loss.zeroSum[j] = j >= m.columns.count || l1 == 0
		if j < m.columns.count {
			loss.l2[j] = l2
		}
	}
	o := newton{f: loss, tol: l.Tol, maxIter: l.MaxIter}
	if l1 > 0 {
		o.l1 = make([]float64, loss.size())
		for k := range loss.outputs {
			for j := range m.columns.count {
				loss.of(o.l1, k)[j] = l1
			}
		}
	}
	x, iterations, converged, err := o.minimize(ctx)
	if err != nil {
		return err
	}
	for k := range loss.outputs {
		w := loss.of(x, k)
		m.Coef = append(m.Coef, w[:m.columns.count:m.columns.count])
		if l.FitIntercept {
			m.Intercept = append(m.Intercept, w[m.columns.count])
		} else {
			m.Intercept = append(m.Intercept, 0)
		}
	}
	m.Iterations, m.Converged = []int{iterations}, converged
	return m.checkFinite()
}

func (l LogisticRegression) strengths() (l1, l2 float64) {
	switch l.Penalty {
	case L2Penalty:
		return 0, 1 / l.C
	case L1Penalty:
		return 1 / l.C, 0
	case ElasticNetPenalty:
		return l.L1Ratio / l.C, (1 - l.L1Ratio) / l.C
	}
	return 0, 0
}
