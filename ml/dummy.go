package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// DummyClassifier predicts without looking at the columns: what it scores is what another
// classifier has to do better than.
type DummyClassifier struct {
	Strategy DummyStrategy
	Constant int  // the label that DummyConstant predicts
	Seed     Seed // of DummyStratified and DummyUniform
}

// DummyStrategy says how a DummyClassifier predicts.
type DummyStrategy uint8

// The strategies of scikit-learn.
const (
	DummyPrior        DummyStrategy = iota // the most frequent label; probabilities are the shares of the classes
	DummyMostFrequent                      // the same with probability 1
	DummyStratified                        // labels drawn with the shares of the classes as probabilities
	DummyUniform                           // labels drawn with equal probabilities
	DummyConstant                          // Constant
)

var _ Classifier = DummyClassifier{}

// NewDummyClassifier returns scikit-learn's default, DummyPrior.
func NewDummyClassifier() DummyClassifier { return DummyClassifier{} }

// Fit counts the labels. It is an error if there are none, or if Constant is not among them.
func (d DummyClassifier) Fit(ctx context.Context, X *Matrix, y []int) (*DummyClassifierModel, error) {
	return d.FitWeighted(ctx, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative, that it counts.
func (d DummyClassifier) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*DummyClassifierModel, error) {
	m, err := d.fit(ctx, X, y, weights)
	return m, at("DummyClassifier", err)
}

// FitClassifier is Fit.
func (d DummyClassifier) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := d.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (d DummyClassifier) fit(ctx context.Context, X *Matrix, y []int, weights []float64) (*DummyClassifierModel, error) {
	var c paramCheck
	c.want(d.Strategy <= DummyConstant, "Strategy", d.Strategy, "one of the DummyStrategy constants")
	if err := c.err(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	if err := checkWeights(weights, X.rows); err != nil {
		return nil, err
	}
	m := &DummyClassifierModel{Codes: set.codes, Prior: make([]float64, len(set.codes)), params: d, features: X.cols}
	for i, class := range set.class {
		if weights == nil {
			m.Prior[class]++
		} else {
			m.Prior[class] += weights[i]
		}
	}
	toShares(m.Prior)
	if d.Strategy == DummyConstant && !slices.Contains(m.Codes, d.Constant) {
		return nil, errorf("Constant is %d, must be a label of the data: %s", d.Constant, describeLabels(m.Codes))
	}
	return m, ctx.Err()
}

// String returns scikit-learn's name.
func (s DummyStrategy) String() string {
	if names := []string{"prior", "most_frequent", "stratified", "uniform", "constant"}; int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("DummyStrategy(%d)", uint8(s))
}

// DummyClassifierModel is a fitted DummyClassifier. Its fields are to be read only.
type DummyClassifierModel struct {
	Codes []int     // the labels seen, sorted; class c has label Codes[c]
	Prior []float64 // per class, its share of the rows

	params   DummyClassifier
	features int
}

var (
	_ ClassifierModel  = (*DummyClassifierModel)(nil)
	_ ProbabilityModel = (*DummyClassifierModel)(nil)
)

// Predict returns labels. What is drawn begins anew with every call: the same Seed and the
// same number of rows give the same labels, those of scikit-learn.
func (m *DummyClassifierModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	if err := m.check(ctx, X); err != nil {
		return nil, err
	}
	r := NewRandomState(m.params.Seed)
	y := make([]int, X.rows)
	for i := range y {
		switch m.params.Strategy {
		case DummyStratified:
			y[i] = m.Codes[r.category(m.Prior)]
		case DummyUniform:
			y[i] = m.Codes[r.Randint(0, int64(len(m.Codes)))]
		case DummyConstant:
			y[i] = m.params.Constant
		default:
			y[i] = m.Codes[argmax(m.Prior)]
		}
	}
	return y, nil
}

// PredictProba returns one row per row of X and one column per class. For DummyStratified
// they are 1 for the label that Predict draws.
func (m *DummyClassifierModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	if err := m.check(ctx, X); err != nil {
		return nil, err
	}
	out := newMatrix(X.rows, len(m.Codes), nil)
	if m.params.Strategy == DummyPrior || m.params.Strategy == DummyUniform {
		for c, p := range m.Prior {
			if m.params.Strategy == DummyUniform {
				p = 1 / float64(len(m.Codes))
			}
			col := out.Col(c)
			for i := range col {
				col[i] = p
			}
		}
		return out, nil
	}
	y, err := m.Predict(ctx, X)
	if err != nil {
		return nil, err
	}
	for i, label := range y {
		class, _ := slices.BinarySearch(m.Codes, label)
		out.Col(class)[i] = 1
	}
	return out, nil
}

func (m *DummyClassifierModel) check(ctx context.Context, X *Matrix) error {
	if err := ctx.Err(); err != nil {
		return at("DummyClassifier", err)
	}
	return at("DummyClassifier", checkWidth(X, m.features))
}

// category draws one of several numbers with the given probabilities, as numpy's
// multinomial(1, p) does: one after the other is drawn to be it or not.
func (r *RandomState) category(p []float64) int {
	rest := 1.0
	for k, v := range p[:len(p)-1] {
		if r.isHit(v / rest) {
			return k
		}
		rest -= v
	}
	return len(p) - 1
}

// isHit is numpy's binomial(1, p) by inversion, which asks for the rarer of both outcomes.
func (r *RandomState) isHit(p float64) bool {
	if p == 0 {
		return false
	}
	rare := min(p, 1-p)
	for {
		u, common := r.RandomSample(), math.Exp(preciseLog(1-rare))
		if u <= common {
			return p > 0.5
		}
		if u-common <= rare*common/(1-rare) { // else rounding has left u beyond both
			return p <= 0.5
		}
	}
}
