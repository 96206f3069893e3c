package ml

import (
	"context"
	"math"
	"slices"
)

// LogisticRegressionModel is a fitted LogisticRegression. Its fields are to be read
// only.
type LogisticRegressionModel struct {
	Codes      []int       // the labels seen, sorted; class c has label Codes[c]
	Coef       [][]float64 // with two classes one row, whose positive values speak for the second one; else one per class
	Intercept  []float64   // per row of Coef
	Iterations []int       // steps; per class with OneVsRest
	Converged  bool        // false if MaxIter stopped any of them
	OneVsRest  bool        // as in LogisticRegression

	columns columnSet
}

var (
	_ ClassifierModel  = (*LogisticRegressionModel)(nil)
	_ ProbabilityModel = (*LogisticRegressionModel)(nil)
	_ DecisionModel    = (*LogisticRegressionModel)(nil)
)

func (m *LogisticRegressionModel) checkFinite() error {
	for k, w := range m.Coef {
		for _, v := range append(w[:len(w):len(w)], m.Intercept[k]) {
			if !isFinite(v) {
				return errorf("coefficients grow beyond all bounds, scale the columns")
			}
		}
	}
	return nil
}

// Decision returns the linear function of every row: one column with two classes, else
// one per class. A cell that is not finite is an error, and so is a value that
// overflows.
func (m *LogisticRegressionModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	if err := ctx.Err(); err != nil {
		return nil, at("LogisticRegression", err)
	}
	if err := m.columns.check(X); err != nil {
		return nil, at("LogisticRegression", err)
	}
	if err := checkFinite(X); err != nil {
		return nil, at("LogisticRegression", err)
	}
	out := newMatrix(X.rows, len(m.Coef), nil)
	for k, w := range m.Coef {
		z := out.Col(k)
		for i := range z {
			z[i] = m.Intercept[k]
		}
		for j, v := range w {
			for i, x := range X.Col(j) {
				z[i] += float64(v * x)
			}
		}
		if row := slices.IndexFunc(z, notFinite); row >= 0 {
			return nil, errorf("LogisticRegression: the decision value of row %d is more than a float64 can hold, scale the columns", row)
		}
	}
	return out, nil
}

// Predict returns the label with the largest value of Decision, the lowest one of
// several. With two classes it is the second one if its value is above 0.
func (m *LogisticRegressionModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	z, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	return labelsByDecision(z, m.Codes), nil
}

// PredictProba returns one row per row of X and one column per class. With OneVsRest
// they are the probabilities of each class against the others, divided by their
// sum.
func (m *LogisticRegressionModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	z, err := m.Decision(ctx, X)
	if err != nil {
		return nil, err
	}
	out := newMatrix(X.rows, len(m.Codes), nil)
	var row []float64
	for i := range X.rows {
		row = z.Row(row, i)
		switch {
		case len(row) == 1:
			row = []float64{logistic(-row[0]), logistic(row[0])}
		case m.OneVsRest:
			for k, v := range row {
				row[k] = logistic(v)
			}
			toShares(row)
		default:
			most := row[argmax(row)]
			for k, v := range row {
				row[k] = math.Exp(v - most)
			}
			toShares(row)
		}
		for k, v := range row {
			out.Col(k)[i] = v
		}
	}
	return out, nil
}

func logistic(z float64) float64 {
	if z >= 0 {
		return 1 / (1 + math.Exp(-z))
	}
	e := math.Exp(z)
	return e / (1 + e)
}

// toShares divides values by their sum; if that is 0 they become alike.
func toShares(values []float64) {
	var sum float64
	for _, v := range values {
		sum += v
	}
	for i := range values {
		if sum > 0 {
			values[i] /= sum
		} else {
			values[i] = 1 / float64(len(values))
		}
	}
}
