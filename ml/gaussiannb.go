package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// GaussianNB is naive Bayes: within a class the columns are taken to be independent and
// normally distributed, and Bayes' rule gives the probabilities of the classes.
type GaussianNB struct {
	VarSmoothing float64   // this part of the largest variance of a column is added to all variances; at least 0
	Priors       []float64 // the probability of each class beforehand, by rising labels; nil takes the shares that the classes have
}

var _ Classifier = GaussianNB{}

// NewGaussianNB returns scikit-learn's defaults: VarSmoothing 1e-9, and priors from the data.
func NewGaussianNB() GaussianNB { return GaussianNB{VarSmoothing: 1e-9} }

// Fit learns from the rows of X, labelled by y. It is an error if a cell is not finite, and
// if a column is constant within a class and VarSmoothing adds nothing to its variance. A
// single class is allowed.
func (g GaussianNB) Fit(ctx context.Context, X *Matrix, y []int) (*GaussianNBModel, error) {
	return g.PartialFitWeighted(ctx, nil, X, y, nil)
}

// FitWeighted is Fit with a weight for each row, finite and not negative. A weight of 2 is
// the row given twice, but for VarSmoothing, which goes by the rows as they are.
func (g GaussianNB) FitWeighted(ctx context.Context, X *Matrix, y []int, weights []float64) (*GaussianNBModel, error) {
	return g.PartialFitWeighted(ctx, nil, X, y, weights)
}

// PartialFit returns a model of the rows that previous has learnt from and of those of X.
// previous may be nil and is not changed; labels that it has not seen are added to it.
// VarSmoothing goes by X alone, as in scikit-learn.
func (g GaussianNB) PartialFit(ctx context.Context, previous *GaussianNBModel, X *Matrix, y []int) (*GaussianNBModel, error) {
	return g.PartialFitWeighted(ctx, previous, X, y, nil)
}

// PartialFitWeighted is PartialFit with a weight for each row of X.
func (g GaussianNB) PartialFitWeighted(ctx context.Context, previous *GaussianNBModel, X *Matrix, y []int, weights []float64) (*GaussianNBModel, error) {
	m, err := g.fit(ctx, previous, X, y, weights)
	return m, at("GaussianNB", err)
}

// FitClassifier is Fit.
func (g GaussianNB) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := g.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (g GaussianNB) fit(ctx context.Context, previous *GaussianNBModel, X *Matrix, y []int, weights []float64) (*GaussianNBModel, error) {
	set, err := g.check(X, y, weights)
	if err != nil {
		return nil, err
	}
	m := &GaussianNBModel{Codes: set.codes, columns: columnsOf(X)}
	if previous != nil {
		if err := previous.columns.check(X); err != nil {
			return nil, err
		}
		m.Codes = distinct(append(slices.Clone(previous.Codes), set.codes...))
	}
	m.start(previous, X.cols)
	members := make([][]int, len(set.codes))
	for i, c := range set.class {
		members[c] = append(members[c], i)
	}
	err = forColumns(ctx, X.cols, X.rows, func(j int) error {
		for c, rows := range members {
			k, _ := slices.BinarySearch(m.Codes, set.codes[c])
			m.merge(k, j, takeFrom(X.Col(j), rows), takeWeights(weights, rows))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i, c := range set.class {
		k, _ := slices.BinarySearch(m.Codes, set.codes[c])
		if weights == nil {
			m.Count[k]++
		} else {
			m.Count[k] += weights[i]
		}
	}
	m.Smoothing = g.VarSmoothing * largestVariance(X)
	return m, m.finish(g.Priors)
}

func (g GaussianNB) check(X *Matrix, y []int, weights []float64) (*trainingSet, error) {
	var c paramCheck
	c.want(g.VarSmoothing >= 0 && isFinite(g.VarSmoothing), "VarSmoothing", g.VarSmoothing, "a finite number >= 0")
	sum := 0.0
	for k, p := range g.Priors {
		c.want(p >= 0, fmt.Sprintf("Priors[%d]", k), p, ">= 0")
		sum += p
	}
	if g.Priors != nil {
		c.want(math.Abs(sum-1) <= 1e-5, "the sum of Priors", sum, "1")
	}
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
	return set, checkFinite(X)
}

func takeWeights(weights []float64, rows []int) []float64 {
	if weights == nil {
		return nil
	}
	return takeFrom(weights, rows)
}

func largestVariance(X *Matrix) float64 {
	most := 0.0
	for j := range X.cols {
		_, v := meanAndVariance(X.Col(j), nil)
		most = max(most, v)
	}
	return most
}

// meanAndVariance divides by the number of the values, or by the sum of the weights.
func meanAndVariance(values, weights []float64) (mean, variance float64) {
	if isUniform(values) {
		return values[0], 0
	}
	mean = weightedMean(values, weights)
	squares := make([]float64, len(values))
	for i, v := range values {
		squares[i] = (v - mean) * (v - mean)
	}
	return mean, weightedMean(squares, weights)
}

// GaussianNBModel is a fitted GaussianNB. Its fields are to be read only. Tables have a row
// for each class and a column for each column of X.
type GaussianNBModel struct {
	Codes     []int       // the labels seen, sorted; class c has label Codes[c]
	Count     []float64   // per class, its rows or their weight
	Prior     []float64   // per class, its probability before X is looked at
	Mean      [][]float64 // of the rows of a class
	Var       [][]float64 // the same, divided by n, and Smoothing
	Smoothing float64     // what is added to the variances, in their unit

	columns  columnSet
	variance [][]float64 // without Smoothing
}

var (
	_ ClassifierModel  = (*GaussianNBModel)(nil)
	_ ProbabilityModel = (*GaussianNBModel)(nil)
)

// start copies what a previous model knows of its classes.
func (m *GaussianNBModel) start(previous *GaussianNBModel, features int) {
	m.Count = make([]float64, len(m.Codes))
	for range m.Codes {
		m.Mean, m.variance = append(m.Mean, make([]float64, features)), append(m.variance, make([]float64, features))
	}
	if previous == nil {
		return
	}
	for c, code := range previous.Codes {
		k, _ := slices.BinarySearch(m.Codes, code)
		m.Count[k] = previous.Count[c]
		copy(m.Mean[k], previous.Mean[c])
		copy(m.variance[k], previous.variance[c])
	}
}

// merge adds values of a column to those of a class, by the update of Chan, Golub and
// LeVeque (1979).
func (m *GaussianNBModel) merge(class, col int, values, weights []float64) {
	count := float64(len(values))
	if weights != nil {
		count = numpySumOf(weights)
	}
	if count == 0 {
		return
	}
	mean, variance := meanAndVariance(values, weights)
	if before := m.Count[class]; before > 0 {
		all, d := before+count, m.Mean[class][col]-mean
		squares := float64(before*m.variance[class][col]) + float64(count*variance) + float64(count*before/all*d*d)
		mean, variance = (float64(count*mean)+float64(before*m.Mean[class][col]))/all, squares/all
	}
	m.Mean[class][col], m.variance[class][col] = mean, variance
}

// finish derives the variances and the priors.
func (m *GaussianNBModel) finish(priors []float64) error {
	m.Prior = slices.Clone(priors)
	if priors == nil {
		all := numpySumOf(m.Count)
		for _, n := range m.Count {
			m.Prior = append(m.Prior, n/all)
		}
	}
	if len(m.Prior) != len(m.Codes) {
		return errorf("there are %d Priors for %d classes", len(m.Prior), len(m.Codes))
	}
	m.smooth()
	for c, code := range m.Codes {
		for j, v := range m.Var[c] {
			if !(v > 0 && isFinite(v)) && m.Count[c] > 0 {
				return errorf("the variance of column %d among rows with label %d is %v, must be a finite number > 0: leave the column out, scale it or set VarSmoothing", j, code, v)
			}
		}
	}
	return nil
}

func (m *GaussianNBModel) smooth() {
	m.Var = make([][]float64, len(m.variance))
	for c, variances := range m.variance {
		for _, v := range variances {
			m.Var[c] = append(m.Var[c], v+m.Smoothing)
		}
	}
}

// Predict returns the label with the largest probability, the lowest one of several.
func (m *GaussianNBModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	y := make([]int, X.rows)
	err := m.each(ctx, X, func(row int, logs []float64) { y[row] = m.Codes[argmax(logs)] })
	if err != nil {
		return nil, err
	}
	return y, nil
}

// PredictProba returns one row per row of X and one column per class.
func (m *GaussianNBModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.Codes), nil)
	err := m.each(ctx, X, func(row int, logs []float64) {
		most := logs[argmax(logs)]
		for c, v := range logs {
			if logs[c] = math.Exp(v - most); v == most { // even if both are infinite
				logs[c] = 1
			}
		}
		toShares(logs)
		for c, v := range logs {
			out.Col(c)[row] = v
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each calls f with the logarithms of Prior·density of every row, several rows at a time.
// The slice is reused.
func (m *GaussianNBModel) each(ctx context.Context, X *Matrix, f func(row int, logs []float64)) error {
	if err := m.columns.check(X); err != nil {
		return at("GaussianNB", err)
	}
	if err := checkFinite(X); err != nil {
		return at("GaussianNB", err)
	}
	const part = 256
	return at("GaussianNB", forEach(ctx, (X.rows+part-1)/part, 0, func(_ context.Context, p int) error {
		lo, hi := p*part, min((p+1)*part, X.rows)
		logs := make([]float64, len(m.Codes)*(hi-lo)) // class by class
		for c := range m.Codes {
			m.logs(logs[c*(hi-lo):(c+1)*(hi-lo)], c, X, lo)
		}
		row := make([]float64, len(m.Codes))
		for i := range hi - lo {
			for c := range row {
				row[c] = logs[c*(hi-lo)+i]
			}
			f(lo+i, row)
		}
		return nil
	}))
}

// logs sets dst to the logarithms for one class and the rows of X from lo on.
func (m *GaussianNBModel) logs(dst []float64, class int, X *Matrix, lo int) {
	var sum float64
	for j, v := range m.Var[class] {
		sum += math.Log(2 * math.Pi * v)
		mean := m.Mean[class][j]
		for i, x := range X.Col(j)[lo : lo+len(dst)] {
			dst[i] += (x - mean) * (x - mean) / v
		}
	}
	start := math.Log(m.Prior[class]) - 0.5*sum
	for i, squares := range dst {
		dst[i] = start - 0.5*squares
		if m.Prior[class] == 0 {
			dst[i] = math.Inf(-1)
		}
	}
}
