package ml

import (
	"context"
	"errors"
	"fmt"
)

// CalibratedClassifier gives a classifier probabilities, or better ones: from decision
// values, or else from probabilities, of rows that the classifier was not fitted on, it
// learns how often labels are right. Each of more than two classes is compared with all
// others, and the probabilities are divided by their sum. It is scikit-learn's
// CalibratedClassifierCV.
type CalibratedClassifier struct {
	Classifier Classifier
	Method     CalibrationMethod
	CV         Splitter // nil stands for NewStratifiedKFold(5)

	// With Ensemble there is a classifier for each fold, fitted on its training rows and
	// calibrated on the others; probabilities are the means of theirs. Without there is one,
	// fitted on all rows, and calibrated by the answers that those of the folds gave.
	Ensemble bool
}

// CalibrationMethod says how a probability depends on a decision value.
type CalibrationMethod uint8

// The methods of scikit-learn.
const (
	// SigmoidCalibration is 1/(1+exp(a·value+b)), after Platt. Unlike scikit-learn, which
	// stops about 1e-5 from it, this one goes on to the best a and b.
	SigmoidCalibration CalibrationMethod = iota
	// IsotonicCalibration is any function that does not fall. It wants 1000 rows or more.
	IsotonicCalibration
)

var _ Classifier = CalibratedClassifier{}

// NewCalibratedClassifier returns scikit-learn's defaults: SigmoidCalibration, an Ensemble of
// five stratified folds.
func NewCalibratedClassifier(clf Classifier) CalibratedClassifier {
	return CalibratedClassifier{Classifier: clf, Ensemble: true}
}

// Fit learns from the rows of X, labelled by y. It is an error if a class has fewer rows than
// there are folds, or if the classifier has neither decision values nor probabilities.
func (c CalibratedClassifier) Fit(ctx context.Context, X *Matrix, y []int) (*CalibratedClassifierModel, error) {
	m, err := c.fit(withPool(ctx, 0), X, y)
	return m, at("CalibratedClassifier", err)
}

// FitClassifier is Fit.
func (c CalibratedClassifier) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := c.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Calibrate makes a model of a fitted one, by rows that it was not fitted on. y has all the
// labels that the model knows.
func Calibrate(ctx context.Context, model ClassifierModel, method CalibrationMethod, X *Matrix, y []int) (*CalibratedClassifierModel, error) {
	m, err := calibrate(ctx, model, method, X, y)
	return m, at("Calibrate", err)
}

func calibrate(ctx context.Context, model ClassifierModel, method CalibrationMethod, X *Matrix, y []int) (*CalibratedClassifierModel, error) {
	if err := method.check(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	if len(set.codes) < 2 {
		return nil, fmt.Errorf("%w: all %d labels are %d", ErrOneClass, len(y), set.codes[0])
	}
	scores, err := scoresOf(ctx, model, X, len(set.codes))
	if err != nil {
		return nil, err
	}
	part := CalibratedPart{Model: model, Calibrations: method.fit(scores, set)}
	return &CalibratedClassifierModel{Codes: set.codes, Parts: []CalibratedPart{part}}, nil
}

func (c CalibratedClassifier) fit(ctx context.Context, X *Matrix, y []int) (*CalibratedClassifierModel, error) {
	set, folds, err := c.prepare(X, y)
	if err != nil {
		return nil, err
	}
	parts := make([]CalibratedPart, len(folds))
	all := newMatrix(X.rows, scoreColumns(len(set.codes)), nil)
	err = forEach(ctx, len(folds), 0, func(ctx context.Context, k int) error {
		scores, err := c.fitFold(ctx, &parts[k], X, set, folds[k])
		if err != nil {
			return at(foldName(k, len(folds)), err)
		}
		for j := range all.cols {
			for i, row := range folds[k].Test {
				all.Col(j)[row] = scores.Col(j)[i]
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !c.Ensemble {
		model, err := c.Classifier.FitClassifier(ctx, X, y)
		if err != nil {
			return nil, err
		}
		parts = []CalibratedPart{{Model: model, Calibrations: c.Method.fit(all, set)}}
	}
	return &CalibratedClassifierModel{Codes: set.codes, Parts: parts}, nil
}

func (c CalibratedClassifier) prepare(X *Matrix, y []int) (*trainingSet, []Fold, error) {
	if c.Classifier == nil {
		return nil, nil, errorf("there is no Classifier")
	}
	if err := c.Method.check(); err != nil {
		return nil, nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, nil, err
	}
	if len(set.codes) < 2 {
		return nil, nil, fmt.Errorf("%w: all %d labels are %d", ErrOneClass, len(y), set.codes[0])
	}
	cv := c.CV
	if cv == nil {
		cv = NewStratifiedKFold(5)
	}
	folds, err := foldsFor(X, labelTargets(y), cv)
	if err != nil {
		return nil, nil, err
	}
	counts := make([]int, len(set.codes))
	for _, class := range set.class {
		counts[class]++
	}
	for class, n := range counts {
		if n < len(folds) {
			return nil, nil, errorf("label %d has %d rows, every class needs one for each of the %d folds", set.codes[class], n, len(folds))
		}
	}
	return set, folds, c.checkTested(X.rows, folds)
}

// checkTested wants each row in one fold, unless folds have models of their own.
func (c CalibratedClassifier) checkTested(rows int, folds []Fold) error {
	if c.Ensemble {
		return nil
	}
	times := make([]int, rows)
	for _, fold := range folds {
		for _, row := range fold.Test {
			times[row]++
		}
	}
	for row, n := range times {
		if n != 1 {
			return errorf("row %d is tested %d times, without Ensemble it must be once", row, n)
		}
	}
	return nil
}

// fitFold returns what the model of a fold says of the fold's test rows.
func (c CalibratedClassifier) fitFold(ctx context.Context, part *CalibratedPart, X *Matrix, set *trainingSet, fold Fold) (*Matrix, error) {
	train, test := set.take(fold.Train), set.take(fold.Test)
	if known := distinct(train.class); len(known) < len(set.codes) {
		return nil, errorf("the training rows have %d of %d labels; StratifiedKFold divides every label's rows", len(known), len(set.codes))
	}
	model, err := c.Classifier.FitClassifier(ctx, X.Take(fold.Train), train.labels())
	if err != nil {
		return nil, err
	}
	scores, err := scoresOf(ctx, model, X.Take(fold.Test), len(set.codes))
	if err != nil {
		return nil, err
	}
	if c.Ensemble {
		*part = CalibratedPart{Model: model, Calibrations: c.Method.fit(scores, test)}
	}
	return scores, nil
}

// take keeps the codes, also those that the rows do not have.
func (s *trainingSet) take(rows []int) *trainingSet {
	return &trainingSet{s.codes, takeFrom(s.class, rows)}
}

func (s *trainingSet) labels() []int {
	y := make([]int, len(s.class))
	for i, class := range s.class {
		y[i] = s.codes[class]
	}
	return y
}

// scoreColumns is how many numbers a row has to tell so many classes apart.
func scoreColumns(classes int) int {
	if classes == 2 {
		return 1
	}
	return classes
}

// scoresOf returns decision values, or probabilities if the model has none: one column for
// the second of two classes, or one per class.
func scoresOf(ctx context.Context, model ClassifierModel, X *Matrix, classes int) (*Matrix, error) {
	scores, err := decisionOf(ctx, model, X)
	if errors.Is(err, errNoDecision) {
		if scores, err = probaOf(ctx, model, X); err == nil && scores.cols == 2 {
			scores = &Matrix{rows: scores.rows, cols: 1, data: scores.Col(1)}
		}
	}
	if err != nil {
		return nil, err
	}
	if want := scoreColumns(classes); scores.cols != want || scores.rows != X.rows {
		return nil, errorf("%s gives %d×%d values for %d rows of %d classes", typeName(model), scores.rows, scores.cols, X.rows, classes)
	}
	return scores, at("the values of "+typeName(model), checkFinite(scores))
}

func (m CalibrationMethod) check() error {
	var c paramCheck
	c.want(m <= IsotonicCalibration, "Method", m, "SigmoidCalibration or IsotonicCalibration")
	return c.err()
}

// fit makes a calibration of each column.
func (m CalibrationMethod) fit(scores *Matrix, set *trainingSet) []Calibration {
	out := make([]Calibration, scores.cols)
	for j := range out {
		class := j
		if len(set.codes) == 2 {
			class = 1
		}
		positive, y := make([]bool, scores.rows), make([]float64, scores.rows)
		for i, c := range set.class {
			positive[i], y[i] = c == class, boolToFloat(c == class)
		}
		if m == IsotonicCalibration {
			out[j].Isotonic = IsotonicRegression{}.curve(scores.Col(j), y, nil)
		} else {
			s := bestSigmoid(scores.Col(j), positive)
			out[j].A, out[j].B = s.a, s.b
		}
	}
	return out
}

// String returns scikit-learn's name.
func (m CalibrationMethod) String() string {
	if names := []string{"sigmoid", "isotonic"}; int(m) < len(names) {
		return names[m]
	}
	return fmt.Sprintf("CalibrationMethod(%d)", uint8(m))
}
