package ml

import (
	"context"
	"fmt"
	"math"
)

// search is what SearchCV and RegressorSearchCV do.
type search struct {
	params   []Params // of the candidates
	learners []cvLearner
	cv       Splitter
	opts     []CVOption

	results []SearchResult
	best    int // of results
	model   cvModel
}

func (s *search) add(p Params, l cvLearner) {
	s.params, s.learners = append(s.params, p), append(s.learners, l)
}

// run cross-validates all candidates on the same folds, ranks them and fits the
// best on all rows.
func (s *search) run(ctx context.Context, X Data, y Targets) error {
	if len(s.learners) == 0 {
		return errorf("no candidates, at least one is needed")
	}
	c, err := newCVConfig(s.learners[0].kind(), s.opts)
	if err != nil {
		return err
	}
	if len(c.scorers) == 0 {
		return errorf("no scorer, at least one is needed")
	}
	folds, err := foldsFor(X, y, s.cv)
	if err != nil {
		return err
	}
	jobs := make([]cvJob, len(s.learners))
	for i, l := range s.learners {
		jobs[i] = cvJob{l, folds, s.place(i)}
	}
	ctx = withPool(ctx, c.workers)
	results, err := c.run(ctx, jobs, X, y)
	if err != nil {
		return err
	}
	s.rank(results, c.scorers[0].Name)
	s.model, err = s.learners[s.best].fit(ctx, X, y)
	return at("the best candidate on all rows", err)
}

// place names candidate i in errors.
func (s *search) place(i int) string {
	name := fmt.Sprintf("candidate %d of %d", i+1, len(s.learners))
	if p := s.params[i]; len(p) > 0 {
		name += " (" + p.String() + ")"
	}
	return name
}

func (s *search) rank(results []*CVResult, scorer string) {
	for i, r := range results {
		mean, std := meanStd(r.TestScores[scorer])
		s.results = append(s.results, SearchResult{s.params[i], mean, std, 1, r})
	}
	for i := range s.results {
		for _, other := range s.results {
			if better(other.Mean, s.results[i].Mean) {
				s.results[i].Rank++
			}
		}
	}
	for i, r := range s.results {
		if r.Rank < s.results[s.best].Rank {
			s.best = i
		}
	}
}

func better(a, b float64) bool { return a > b || math.IsNaN(b) && !math.IsNaN(a) }

// meanStd adds in numpy's order: candidates that are equally good in theory tie, or
// do not, by the last bit, and the first of the best ones wins.
func meanStd(values []float64) (mean, std float64) {
	n := float64(len(values))
	mean = numpySumOf(values) / n
	squares := numpySum(len(values), func(i int) float64 { return (values[i] - mean) * (values[i] - mean) })
	return mean, math.Sqrt(squares / n)
}
