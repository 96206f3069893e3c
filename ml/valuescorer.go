package ml

import "context"

// ScoreValues makes a scorer for regressors of a metric that compares values. More
// must be better, so an error counts with a minus sign.
func ScoreValues(name string, metric func(want, got []float64) (float64, error)) Scorer {
	return Scorer{Name: name, values: func(ctx context.Context, p *valuePredictions, y []float64) (float64, error) {
		got, err := p.all(ctx)
		if err != nil {
			return 0, err
		}
		return metric(y, got)
	}}
}

// R2Scorer scores by R2. Cross-validation of regressors uses it unless told
// otherwise. Its name is r2, as in scikit-learn.
func R2Scorer() Scorer {
	return ScoreValues("r2", func(want, got []float64) (float64, error) { return R2(want, got) })
}

// valuePredictions are what a regressor says of some rows. Scorers share them, so
// that it is asked once.
type valuePredictions struct {
	model RegressorModel
	X     Data
	got   []float64
}

func (p *valuePredictions) all(ctx context.Context) (_ []float64, err error) {
	if p.got == nil {
		p.got, err = predictValues(ctx, p.model, p.X)
	}
	return p.got, err
}
