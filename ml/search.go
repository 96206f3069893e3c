package ml

import "context"

// SearchCV cross-validates candidates and fits the best one on all rows. It is a
// Classifier itself, so that a search can be cross-validated in turn. It is made by
// NewGridSearchCV, NewRandomizedSearchCV, or NewSearchCV of any candidates.
type SearchCV struct {
	Candidates []Candidate
	CV         Splitter
	Options    []CVOption // of the cross-validation; the first scorer decides
}

var _ FrameClassifier = SearchCV{}

// NewSearchCV returns a search over candidates by five stratified folds.
func NewSearchCV(candidates []Candidate, opts ...CVOption) SearchCV {
	return SearchCV{candidates, NewStratifiedKFold(5), opts}
}

// NewGridSearchCV returns a search over all combinations of a grid by five
// stratified folds. build makes a classifier of a combination.
func NewGridSearchCV(grid ParamGrid, build func(Params) Classifier, opts ...CVOption) SearchCV {
	return NewSearchCV(grid.Candidates(build), opts...)
}

// NewRandomizedSearchCV returns a search over n candidates drawn from a ParamGrid or
// from ParamDistributions by five stratified folds. build makes a classifier of
// parameters drawn.
func NewRandomizedSearchCV(space ParamSpace, n int, seed Seed, build func(Params) Classifier, opts ...CVOption) SearchCV {
	return NewSearchCV(newCandidates(space.Draw(n, seed), build), opts...)
}

// Fit tries all candidates on the same folds and fits the best on all rows of X, a
// matrix or a frame. Of several that are equally good it takes the first.
// Errors name the candidate and the fold.
func (s SearchCV) Fit(ctx context.Context, X Data, y []int) (*SearchModel, error) {
	found := search{cv: s.CV, opts: s.Options}
	for _, c := range s.Candidates {
		found.add(c.Params, cvClassifier{c.Classifier})
	}
	if err := found.run(ctx, X, labelTargets(y)); err != nil {
		return nil, at("SearchCV", err)
	}
	return &SearchModel{found.best, found.results, found.model.(cvClassifierModel).model}, nil
}

// FitClassifier is Fit.
func (s SearchCV) FitClassifier(ctx context.Context, X *Matrix, y []int) (ClassifierModel, error) {
	m, err := s.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// FitFrameClassifier is Fit.
func (s SearchCV) FitFrameClassifier(ctx context.Context, X *Frame, y []int) (FrameClassifierModel, error) {
	m, err := s.Fit(ctx, X, y)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// SearchModel is the best candidate, fitted on all rows, and what the search found.
// Its fields are to be read only.
type SearchModel struct {
	Best    int // of Results
	Results []SearchResult

	model ClassifierModel
}

// SearchResult is what the search found about a candidate.
type SearchResult struct {
	Params Params
	Mean   float64 // of the first scorer's test scores over the folds
	Std    float64 // of the same, divided by n and not n−1
	Rank   int     // by Mean from 1; equal ones share the lowest, NaN is last
	CV     *CVResult
}

var (
	_ FrameClassifierModel = (*SearchModel)(nil)
	_ ProbabilityModel     = (*SearchModel)(nil)
	_ DecisionModel        = (*SearchModel)(nil)
)

// Model returns the fitted best candidate.
func (m *SearchModel) Model() ClassifierModel { return m.model }

// Predict is that of the best candidate.
func (m *SearchModel) Predict(ctx context.Context, X *Matrix) ([]int, error) {
	return m.model.Predict(ctx, X)
}

// PredictFrame is that of the best candidate.
func (m *SearchModel) PredictFrame(ctx context.Context, X *Frame) ([]int, error) {
	return predictData(ctx, m.model, X)
}

// PredictProba is that of the best candidate. It is an error if it has none.
func (m *SearchModel) PredictProba(ctx context.Context, X *Matrix) (*Matrix, error) {
	return m.proba(ctx, X)
}

// Decision is that of the best candidate. It is an error if it has none.
func (m *SearchModel) Decision(ctx context.Context, X *Matrix) (*Matrix, error) {
	return m.decision(ctx, X)
}

func (m *SearchModel) proba(ctx context.Context, X Data) (*Matrix, error) {
	return probaOf(ctx, m.model, X)
}

func (m *SearchModel) decision(ctx context.Context, X Data) (*Matrix, error) {
	return decisionOf(ctx, m.model, X)
}
