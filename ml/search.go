package ml

import (
	"context"
	"fmt"
	"math"
)

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
	return NewSearchCV(space.Sample(n, seed, build), opts...)
}

// Fit tries all candidates on the same folds and fits the best on all rows of X, a
// matrix or a frame. Of several that are equally good it takes the first.
// Errors name the candidate and the fold.
func (s SearchCV) Fit(ctx context.Context, X Data, y []int) (*SearchModel, error) {
	m, err := s.fit(ctx, X, y)
	return m, at("SearchCV", err)
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

func (s SearchCV) fit(ctx context.Context, X Data, y []int) (*SearchModel, error) {
	if len(s.Candidates) == 0 {
		return nil, errorf("no candidates, at least one is needed")
	}
	c, err := newCVConfig(s.Options)
	if err != nil {
		return nil, err
	}
	if len(c.scorers) == 0 {
		return nil, errorf("no scorer, at least one is needed")
	}
	folds, err := foldsFor(X, y, s.CV)
	if err != nil {
		return nil, err
	}
	jobs := make([]cvJob, len(s.Candidates))
	for i, candidate := range s.Candidates {
		jobs[i] = cvJob{candidate.Classifier, folds, candidateName(i, s.Candidates)}
	}
	ctx = withPool(ctx, c.workers)
	results, err := c.run(ctx, jobs, X, y)
	if err != nil {
		return nil, err
	}
	m := newSearchModel(s.Candidates, results, c.scorers[0].Name)
	best := s.Candidates[m.Best]
	if m.model, err = fitData(ctx, best.Classifier, X, y); err != nil {
		return nil, at("the best candidate on all rows", err)
	}
	return m, nil
}

func candidateName(i int, candidates []Candidate) string {
	name := fmt.Sprintf("candidate %d of %d", i+1, len(candidates))
	if p := candidates[i].Params; len(p) > 0 {
		name += " (" + p.String() + ")"
	}
	return name
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

func newSearchModel(candidates []Candidate, results []*CVResult, scorer string) *SearchModel {
	m := &SearchModel{Results: make([]SearchResult, len(candidates))}
	for i, r := range results {
		mean, std := meanStd(r.TestScores[scorer])
		m.Results[i] = SearchResult{candidates[i].Params, mean, std, 1, r}
	}
	for i := range m.Results {
		for _, other := range m.Results {
			if better(other.Mean, m.Results[i].Mean) {
				m.Results[i].Rank++
			}
		}
	}
	for i, r := range m.Results {
		if r.Rank < m.Results[m.Best].Rank {
			m.Best = i
		}
	}
	return m
}

func better(a, b float64) bool { return a > b || math.IsNaN(b) && !math.IsNaN(a) }

func meanStd(values []float64) (mean, std float64) {
	for _, v := range values {
		mean += v
	}
	mean /= float64(len(values))
	var squares float64
	for _, v := range values {
		squares += float64((v - mean) * (v - mean))
	}
	return mean, math.Sqrt(squares / float64(len(values)))
}

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
