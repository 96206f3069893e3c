package ml

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

func (m *SearchModel) archive(a *archive) {
	whole(a, "best", &m.Best)
	objects(a, "results", &m.Results, func(r *SearchResult) { r.archive(a) })
	model(a, "model", &m.model)
}

func (m *SearchModel) verify() error {
	if m.model == nil {
		return errors.New("there is no model")
	}
	return checkResults(m.Results, m.Best)
}

func (m *RegressorSearchModel) archive(a *archive) {
	whole(a, "best", &m.Best)
	objects(a, "results", &m.Results, func(r *SearchResult) { r.archive(a) })
	model(a, "model", &m.model)
}

func (m *RegressorSearchModel) verify() error {
	if m.model == nil {
		return errors.New("there is no model")
	}
	return checkResults(m.Results, m.Best)
}

func checkResults(results []SearchResult, best int) error {
	for i, r := range results {
		if r.CV == nil {
			return fmt.Errorf("results[%d] has no scores", i)
		}
		if r.Rank < 1 || r.Rank > len(results) {
			return fmt.Errorf("the rank of results[%d] is %d of %d", i, r.Rank, len(results))
		}
		if err := r.CV.verify(); err != nil {
			return fmt.Errorf("results[%d]: %w", i, err)
		}
	}
	if best < 0 || best >= len(results) {
		return fmt.Errorf("result %d of %d is the best", best, len(results))
	}
	return nil
}

func (r *SearchResult) archive(a *archive) {
	params := byName(r.Params)
	objects(a, "params", &params, func(p *entry[any]) {
		a.text("name", &p.name)
		archiveParam(a, &p.value)
	})
	a.number("mean", &r.Mean)
	a.number("std", &r.Std)
	whole(a, "rank", &r.Rank)
	if a.reading {
		r.Params, r.CV = mapOf(a, params), &CVResult{}
	}
	a.object("cv", func() { r.CV.archive(a) })
}

func (r *CVResult) archive(a *archive) {
	archiveScores(a, "testScores", &r.TestScores)
	archiveScores(a, "trainScores", &r.TrainScores)
	wholes(a, "fitTime", &r.FitTime)
	wholes(a, "scoreTime", &r.ScoreTime)
	models(a, "models", &r.Models)
	models(a, "regressorModels", &r.RegressorModels)
}

func (r *CVResult) verify() error {
	folds := len(r.FitTime)
	err := wantLength("scoreTime", len(r.ScoreTime), folds)
	for _, scores := range []map[string][]float64{r.TestScores, r.TrainScores} {
		for name, values := range scores {
			err = cmp.Or(err, wantLength("the scores "+name, len(values), folds))
		}
	}
	if n := len(r.Models) + len(r.RegressorModels); n > 0 {
		err = cmp.Or(err, wantLength("models", n, folds))
	}
	return err
}

func archiveScores(a *archive, name string, scores *map[string][]float64) {
	all := byName(*scores)
	objects(a, name, &all, func(s *entry[[]float64]) {
		a.text("name", &s.name)
		a.numbers("scores", &s.value)
	})
	if a.reading {
		*scores = mapOf(a, all)
	}
}

// entry is one of a map.
type entry[T any] struct {
	name  string
	value T
}

func byName[T any, M ~map[string]T](m M) []entry[T] {
	var all []entry[T]
	for _, name := range slices.Sorted(maps.Keys(m)) {
		all = append(all, entry[T]{name, m[name]})
	}
	return all
}

// mapOf is the inverse of byName; of nothing it is nil.
func mapOf[T any](a *archive, all []entry[T]) map[string]T {
	if len(all) == 0 {
		return nil
	}
	m := make(map[string]T, len(all))
	for i, e := range all {
		if i > 0 && e.name <= all[i-1].name {
			a.fail(fmt.Errorf("%q does not come before %q", all[i-1].name, e.name))
		}
		m[e.name] = e.value
	}
	return m
}
