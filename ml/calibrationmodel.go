package ml

import "context"

// CalibratedClassifierModel is a fitted CalibratedClassifier. Its fields are to be read only.
type CalibratedClassifierModel struct {
	Codes []int            // the labels seen, sorted; class c has label Codes[c]
	Parts []CalibratedPart // one per fold, or a single one
}

// CalibratedPart is a model and what makes probabilities of its values: with two classes one
// calibration, of the second one's, else one per class.
type CalibratedPart struct {
	Model        ClassifierModel
	Calibrations []Calibration
}

// Calibration makes a probability of a value: by Isotonic, or if that is nil by
// 1/(1+exp(A·value+B)).
type Calibration struct {
	A, B     float64
	Isotonic *IsotonicRegressionModel
}

// At returns the probability.
func (c Calibration) At(value float64) float64 {
	if c.Isotonic != nil {
		return c.Isotonic.At(value)
	}
	return sigmoid{c.A, c.B}.at(value)
}

var (
	_ ClassifierModel  = (*CalibratedClassifierModel)(nil)
	_ ProbabilityModel = (*CalibratedClassifierModel)(nil)
)

// PredictProba returns one row per row of X and one column per class. Where isotonic
// calibration has 0 for all classes they are alike.
func (m *CalibratedClassifierModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	parts := make([]*Matrix, len(m.Parts))
	err := forEach(ctx, len(parts), 0, func(ctx context.Context, k int) (err error) {
		parts[k], err = m.Parts[k].proba(ctx, X, len(m.Codes))
		return err
	})
	if err != nil {
		return nil, at("CalibratedClassifier", err)
	}
	out := newMatrix(X.rows, len(m.Codes), nil)
	for _, part := range parts {
		for i, p := range part.data {
			out.data[i] += p
		}
	}
	for i := range out.data {
		out.data[i] /= float64(len(parts))
	}
	return out, nil
}

func (p CalibratedPart) proba(ctx context.Context, X *Matrix, classes int) (*Matrix, error) {
	scores, err := scoresOf(ctx, p.Model, X, classes)
	if err != nil {
		return nil, err
	}
	out := newMatrix(X.rows, classes, nil)
	shares := make([]float64, classes)
	for i := range X.rows {
		if classes == 2 {
			shares[1] = p.Calibrations[0].At(scores.At(i, 0))
			shares[0] = 1 - shares[1]
		} else {
			for c := range shares {
				shares[c] = p.Calibrations[c].At(scores.At(i, c))
			}
			toShares(shares)
		}
		for c, share := range shares {
			out.Col(c)[i] = share
		}
	}
	return out, nil
}

// Predict returns the label with the largest probability, the lowest one of several.
func (m *CalibratedClassifierModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	proba, err := m.PredictProba(ctx, X)
	if err != nil {
		return nil, err
	}
	y := make([]int, X.rows)
	var row []float64
	for i := range y {
		row = proba.Row(row, i)
		y[i] = m.Codes[argmax(row)]
	}
	return y, nil
}
