package ml

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"

	"github.com/penstock/penstock/internal/fastblas"
)

// LinearSVC is a support vector machine whose decision is linear in the columns; more than
// two classes are each told from all others. It minimises
//
//	½(Σw² + intercept²/InterceptScaling²) + C·Σloss
//
// by dual coordinate descent (Hsieh and others 2008), as liblinear does, which
// scikit-learn's LinearSVC is made of. As the intercept is kept small with the
// coefficients, results depend on where 0 is: columns should be scaled first.
type LinearSVC struct {
	C                float64 // penalty on errors, above 0; small values regularise more
	Loss             HingeLoss
	FitIntercept     bool
	InterceptScaling float64     // above 0; with larger values the intercept is less kept small
	ClassWeight      ClassWeight // with more than two classes, of the rows that a machine finds; the rest weighs 1 to it
	Tol              float64     // how far the slopes of the dual may be apart at its end, above 0
	MaxIter          int         // limit on the rounds through all rows, at least 1
	Seed             Seed        // of the order of the rows
}

// HingeLoss is what an error costs: a row is wrong by 1 − its decision value, if that is
// above 0 and the sign is that of the row's class.
type HingeLoss uint8

// The losses of scikit-learn.
const (
	SquaredHingeLoss HingeLoss = iota
	PlainHingeLoss
)

var _ Classifier = LinearSVC{}

// NewLinearSVC returns scikit-learn's defaults: C 1, SquaredHingeLoss, an intercept of
// scaling 1, Tol 1e-4 and 1000 rounds.
func NewLinearSVC() LinearSVC {
	return LinearSVC{C: 1, FitIntercept: true, InterceptScaling: 1, Tol: 1e-4, MaxIter: 1000}
}

// Fit learns from the rows of X, labelled by y. It is an error if y has fewer than two
// classes (ErrOneClass), if a cell is not finite, or if ctx ends. A fit that MaxIter ends is
// none: see Converged of the model.
func (l LinearSVC) Fit(ctx context.Context, X *Matrix, y []int) (*LinearSVCModel, error) {
	return l.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that its C is
// multiplied by.
func (l LinearSVC) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*LinearSVCModel, error) {
	m, err := l.fit(ctx, X, y, weights)
	return m, at("LinearSVC", err)
}

// FitClassifier is Fit.
func (l LinearSVC) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := l.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (l LinearSVC) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*LinearSVCModel, error) {
	set, err := l.check(X, y)
	if err != nil {
		return nil, err
	}
	all, err := l.ClassWeight.ofRows(set, weights)
	if err != nil {
		return nil, err
	}
	if _, err := membersOf(set, all); err != nil {
		return nil, err
	}
	k := len(set.codes)
	outputs := k
	if k == 2 {
		outputs = 1
	}
	rows := l.rows(X)
	m := &LinearSVCModel{
		Codes: set.codes, Coef: make([][]float64, outputs), Intercept: make([]float64, outputs),
		Iterations: make([]int, outputs), Converged: true, columns: columnsOf(X),
	}
	converged := make([]bool, outputs)
	err = forEach(ctx, outputs, 0, func(ctx context.Context, c int) error {
		positive := isClass(set.class, k-outputs+c)
		machine := all
		if outputs > 1 {
			machine = l.weightsOfMachine(positive, all, weights)
		}
		d := newDualDescent(l, rows, positive, machine)
		err := d.run(ctx, l.Tol, l.MaxIter)
		m.Coef[c], m.Iterations[c], converged[c] = d.w[:X.cols:X.cols], d.rounds, d.converged
		if l.FitIntercept {
			m.Intercept[c] = d.w[X.cols] * l.InterceptScaling
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	m.Converged = !slices.Contains(converged, false)
	for c, w := range m.Coef {
		if wantFinite("", w) != nil || !isFinite(m.Intercept[c]) {
			return nil, errorf("the cells are too large to work with, scale the columns")
		}
	}
	return m, nil
}

func (l LinearSVC) check(X *Matrix, y []int) (*trainingSet, error) {
	var c paramCheck
	c.want(l.C > 0 && isFinite(l.C), "C", l.C, "a finite number > 0")
	c.want(l.Loss <= PlainHingeLoss, "Loss", l.Loss, "SquaredHingeLoss or PlainHingeLoss")
	c.want(l.InterceptScaling > 0 && isFinite(l.InterceptScaling), "InterceptScaling", l.InterceptScaling, "a finite number > 0")
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
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	return set, checkLengths(X)
}

// rows are those of X, with one more cell for the intercept.
func (l LinearSVC) rows(X *Matrix) [][]float64 {
	cols := X.cols
	if l.FitIntercept {
		cols++
	}
	cells := make([]float64, X.rows*cols)
	rows := make([][]float64, X.rows)
	for i := range rows {
		rows[i] = cells[i*cols : (i+1)*cols]
		if l.FitIntercept {
			rows[i][X.cols] = l.InterceptScaling
		}
	}
	for j := range X.cols {
		for i, v := range X.Col(j) {
			rows[i][j] = v
		}
	}
	return rows
}

// weightsOfMachine returns the weights of rows for the machine that tells a class from all others.
// As in liblinear, ClassWeight is for the rows of that class alone: the others have their own weights.
func (l LinearSVC) weightsOfMachine(positive []int, all, own []float64) []float64 {
	if l.ClassWeight.rule == equalWeights {
		return all
	}
	weights := slices.Clone(all)
	for i, p := range positive {
		if p == 1 {
			continue
		}
		weights[i] = 1
		if own != nil {
			weights[i] = own[i]
		}
	}
	return weights
}

// String returns scikit-learn's name.
func (h HingeLoss) String() string {
	if names := []string{"squared_hinge", "hinge"}; int(h) < len(names) {
		return names[h]
	}
	return fmt.Sprintf("HingeLoss(%d)", uint8(h))
}

// dualDescent minimises ½‖Σα·y·x‖² + ½Σα²·d − Σα over 0 ≤ α ≤ c, one α after the other.
type dualDescent struct {
	blas   blas.Float64
	rows   [][]float64
	y      []float64 // ±1
	alpha  []float64
	c, d   []float64 // per row; for the squared loss c is infinite, else d is 0
	square []float64 // x·x + d
	order  []int     // the first active are worked on
	random *RandomState

	w         []float64 // Σα·y·x
	rounds    int
	converged bool
}

func newDualDescent(l LinearSVC, rows [][]float64, positive []int, weights []float64) *dualDescent {
	d := &dualDescent{blas: fastblas.InForce(), rows: rows, random: NewRandomState(l.Seed), w: make([]float64, len(rows[0]))}
	n := len(rows)
	d.y, d.alpha, d.c, d.d, d.square = make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	for i, row := range rows {
		d.y[i], d.c[i] = -1+2*float64(positive[i]), l.C
		if weights != nil {
			d.c[i] *= weights[i]
		}
		if d.c[i] == 0 {
			continue
		}
		if l.Loss == SquaredHingeLoss {
			d.c[i], d.d[i] = math.Inf(1), 0.5/d.c[i]
		}
		d.square[i] = d.dot(row, row) + d.d[i]
		if d.square[i] > 0 {
			d.order = append(d.order, i)
		}
	}
	return d
}

func (d *dualDescent) dot(a, b []float64) float64 { return d.blas.Ddot(len(a), a, 1, b, 1) }

// run goes through the rows in random order until no slope that an α can follow is
// steeper than tol. Rows at a bound whose slope keeps them there are left out, and looked at
// again before the end.
func (d *dualDescent) run(ctx context.Context, tol float64, maxIter int) error {
	active := len(d.order)
	high, low := math.Inf(1), math.Inf(-1) // what slopes may be to be left out
	for d.rounds < maxIter {
		if err := ctx.Err(); err != nil {
			return err
		}
		d.random.Shuffle(d.order[:active])
		most, least := math.Inf(-1), math.Inf(1)
		for s := 0; s < active; s++ {
			i := d.order[s]
			slope := d.y[i]*d.dot(d.w, d.rows[i]) - 1 + d.d[i]*d.alpha[i]
			if d.alpha[i] == 0 && slope > high || d.alpha[i] == d.c[i] && slope < low {
				active--
				d.order[s], d.order[active] = d.order[active], d.order[s]
				s--
				continue
			}
			if free := d.follow(i, slope); free != 0 {
				most, least = max(most, free), min(least, free)
			} else {
				most, least = max(most, 0), min(least, 0)
			}
		}
		d.rounds++
		if !(most-least > tol) {
			if active == len(d.order) {
				d.converged = true
				return nil
			}
			active, high, low = len(d.order), math.Inf(1), math.Inf(-1)
			continue
		}
		if high = most; !(high > 0) {
			high = math.Inf(1)
		}
		if low = least; !(low < 0) {
			low = math.Inf(-1)
		}
	}
	return nil
}

// follow minimises over one α, and returns the slope as far as bounds let α follow it.
func (d *dualDescent) follow(i int, slope float64) float64 {
	if d.alpha[i] == 0 && slope > 0 || d.alpha[i] == d.c[i] && slope < 0 {
		return 0
	}
	old := d.alpha[i]
	d.alpha[i] = min(max(old-slope/d.square[i], 0), d.c[i])
	if change := d.alpha[i] - old; change != 0 {
		d.blas.Daxpy(len(d.w), change*d.y[i], d.rows[i], 1, d.w, 1)
	}
	return slope
}

// LinearSVCModel is a fitted LinearSVC. Its fields are to be read only.
type LinearSVCModel struct {
	Codes      []int       // the labels seen, sorted; class c has label Codes[c]
	Coef       [][]float64 // with two classes one row, whose positive values speak for the second one; else one per class
	Intercept  []float64   // per row of Coef
	Iterations []int       // rounds, per row of Coef
	Converged  bool        // false if MaxIter stopped any of them

	columns columnSet
}

var (
	_ ClassifierModel = (*LinearSVCModel)(nil)
	_ DecisionModel   = (*LinearSVCModel)(nil)
)

// Decision returns the linear function of every row: one column with two classes, else one
// per class.
func (m *LinearSVCModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	coef := &Matrix{rows: len(m.Coef[0]), cols: len(m.Coef), data: slices.Concat(m.Coef...)}
	z, err := linearFunction(ctx, m.columns, X, coef, m.Intercept, nil)
	return z, at("LinearSVC", err)
}

// Predict returns the label with the largest value of Decision, the lowest one of several.
// With two classes it is the second one if its value is above 0.
func (m *LinearSVCModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	z, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return labelsByDecision(z, m.Codes), nil
}

// labelsByDecision returns the label of the largest value in each row. A single column is
// for the second of two.
func labelsByDecision(z *Matrix, codes []int) []int {
	y := make([]int, z.rows)
	var row []float64
	for i := range y {
		row = z.Row(row, i)
		if len(row) == 1 {
			y[i] = codes[int(boolToFloat(row[0] > 0))]
		} else {
			y[i] = codes[argmax(row)]
		}
	}
	return y
}
