package ml

import "context"

// RegressorSearchCV is SearchCV for regressors: it cross-validates candidates and
// fits the best one on all rows. It is made by NewRegressorGridSearchCV,
// NewRegressorRandomizedSearchCV, or NewRegressorSearchCV of any candidates.
type RegressorSearchCV struct {
	Candidates []RegressorCandidate
	CV         Splitter   // must need no labels
	Options    []CVOption // of the cross-validation; the first scorer decides
}

var _ FrameRegressor = RegressorSearchCV{}

// RegressorCandidate is a regressor that a search tries. Params are for the reader
// of the results.
type RegressorCandidate struct {
	Params    Params
	Regressor Regressor
}

// NewRegressorSearchCV returns a search over candidates by five folds of consecutive
// rows.
func NewRegressorSearchCV(candidates []RegressorCandidate, opts ...CVOption) RegressorSearchCV {
	return RegressorSearchCV{candidates, NewKFold(5), opts}
}

// NewRegressorGridSearchCV returns a search over all combinations of a grid by five
// folds of consecutive rows. build makes a regressor of a combination.
func NewRegressorGridSearchCV(grid ParamGrid, build func(Params) Regressor, opts ...CVOption) RegressorSearchCV {
	return NewRegressorSearchCV(newRegressorCandidates(grid.all(), build), opts...)
}

// NewRegressorRandomizedSearchCV returns a search over n candidates drawn from a
// ParamGrid or from ParamDistributions by five folds of consecutive rows. build
// makes a regressor of parameters drawn.
func NewRegressorRandomizedSearchCV(space ParamSpace, n int, seed Seed, build func(Params) Regressor, opts ...CVOption) RegressorSearchCV {
	return NewRegressorSearchCV(newRegressorCandidates(space.Draw(n, seed), build), opts...)
}

func newRegressorCandidates(params []Params, build func(Params) Regressor) []RegressorCandidate {
	candidates := make([]RegressorCandidate, len(params))
	for i, p := range params {
		candidates[i] = RegressorCandidate{p, build(p)}
	}
	return candidates
}

// Fit tries all candidates on the same folds and fits the best on all rows of X, a
// matrix or a frame. Of several that are equally good it takes the first.
// Errors name the candidate and the fold.
func (s RegressorSearchCV) Fit(ctx context.Context, X Data, y []float64) (*RegressorSearchModel, error) {
	found := search{cv: s.CV, opts: s.Options}
	for _, c := range s.Candidates {
		found.add(c.Params, cvRegressor{c.Regressor})
	}
	if err := found.run(ctx, X, valueTargets(y)); err != nil {
		return nil, at("RegressorSearchCV", err)
	}
	return &RegressorSearchModel{found.best, found.results, found.model.(cvRegressorModel).model}, nil
}

// FitRegressor is Fit.
func (s RegressorSearchCV) FitRegressor(ctx context.Context, X *Matrix, y []float64) (RegressorModel, error) {
	return asRegressor(s.Fit(ctx, X, y))
}

// FitFrameRegressor is Fit.
func (s RegressorSearchCV) FitFrameRegressor(ctx context.Context, X *Frame, y []float64) (FrameRegressorModel, error) {
	m, err := s.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// RegressorSearchModel is the best candidate, fitted on all rows, and what the
// search found. Its fields are to be read only.
type RegressorSearchModel struct {
	Best    int // of Results
	Results []SearchResult

	model RegressorModel
}

var _ FrameRegressorModel = (*RegressorSearchModel)(nil)

// Model returns the fitted best candidate.
func (m *RegressorSearchModel) Model() RegressorModel { return m.model }

// Predict is that of the best candidate.
func (m *RegressorSearchModel) Predict(ctx context.Context, X *Matrix) ([]float64, error) {
	return m.model.Predict(ctx, X)
}

// PredictFrame is that of the best candidate.
func (m *RegressorSearchModel) PredictFrame(ctx context.Context, X *Frame) ([]float64, error) {
	return predictValues(ctx, m.model, X)
}
