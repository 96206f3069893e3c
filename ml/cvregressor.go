package ml

import "context"

// CrossValidateRegressor is CrossValidate for a regressor: it fits r on the training
// rows of each fold and judges it on the test rows, by R2Scorer unless told
// otherwise. cv must be a splitter that needs no labels, such as KFold. X is a
// matrix, or a frame if r takes one.
func CrossValidateRegressor(ctx context.Context, r Regressor, X Data, y []float64, cv Splitter, opts ...CVOption) (*CVResult, error) {
	result, err := crossValidate(ctx, cvRegressor{r}, X, valueTargets(y), cv, opts)
	return result, at("CrossValidateRegressor", err)
}

// CrossValScoreRegressor returns CrossValidateRegressor's test scores by one scorer,
// R2Scorer unless told otherwise: one per fold.
func CrossValScoreRegressor(ctx context.Context, r Regressor, X Data, y []float64, cv Splitter, opts ...CVOption) ([]float64, error) {
	scores, err := crossValScore(ctx, cvRegressor{r}, X, valueTargets(y), cv, opts)
	return scores, at("CrossValScoreRegressor", err)
}

// CrossValPredictRegressor is CrossValPredict for a regressor: it predicts every
// row with a model that has not seen it. The result has one value per row of X, in
// the unit of y.
func CrossValPredictRegressor(ctx context.Context, r Regressor, X Data, y []float64, cv Splitter, opts ...CVOption) ([]float64, error) {
	pred := make([]float64, X.NumRows())
	if err := crossValPredict(ctx, cvRegressor{r}, X, valueTargets(y), cv, opts, valueTargets(pred)); err != nil {
		return nil, at("CrossValPredictRegressor", err)
	}
	return pred, nil
}

// LearningCurveRegressor is LearningCurve for a regressor. It takes one scorer,
// R2Scorer unless told otherwise.
func LearningCurveRegressor(ctx context.Context, r Regressor, X Data, y []float64, cv Splitter, sizes []Size, opts ...CVOption) (*LearningCurveResult, error) {
	curve, err := learningCurve(ctx, cvRegressor{r}, X, valueTargets(y), cv, sizes, opts)
	return curve, at("LearningCurveRegressor", err)
}
