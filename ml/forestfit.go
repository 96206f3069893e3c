package ml

import (
	"context"
	"math"
	"slices"
)

// forestFit is what the tree learners share: a forest of one or more trees, before
// it sees data.
type forestFit struct {
	name string // of the learner, for errors
	TreeParams
	ForestParams
	classWeight ClassWeight
	random      bool   // thresholds
	plain       bool   // use plainSplitter even where countingSplitter would do, for tests
	seeds       []Seed // of the trees; nil to draw them by Seed
}

// run fits. Trees of the model more come first, if it is not nil.
func (f forestFit) run(ctx context.Context, X *Matrix, y []int, weights []float64, more *ForestModel) (*ForestModel, error) {
	t, err := f.prepare(ctx, X, y, weights, more)
	if err != nil {
		return nil, at(f.name, err)
	}
	m, err := t.grow(ctx, more)
	return m, at(f.name, err)
}

func (f forestFit) check() error {
	var c paramCheck
	c.want(f.Criterion.forClasses(), "Criterion", f.Criterion, "Gini, Entropy or LogLossCriterion")
	f.TreeParams.check(&c)
	f.ForestParams.check(&c)
	f.classWeight.check(&c)
	return c.err()
}

// prepare checks everything there is to check.
func (f forestFit) prepare(ctx context.Context, X *Matrix, y []int, weights []float64, more *ForestModel) (*forestTraining, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	set, err := newTrainingSet(X, y)
	if err != nil {
		return nil, err
	}
	t := &forestTraining{forestFit: f, X: X, codes: set.codes, rows: X.rows, cols: X.cols, limits: f.limits(X.rows, X.cols)}
	if t.draws, err = f.draws(X.rows); err != nil {
		return nil, err
	}
	if err := f.checkModel(more, t); err != nil {
		return nil, err
	}
	t.class = make([]int32, len(set.class))
	for i, c := range set.class {
		t.class[i] = int32(c)
	}
	if err := t.weigh(weights); err != nil {
		return nil, err
	}
	if t.seeds == nil {
		t.seeds = f.drawSeeds()
	}
	return t, t.rank(ctx)
}

func (f forestFit) checkModel(more *ForestModel, t *forestTraining) error {
	switch {
	case more == nil:
		return nil
	case more.features != t.cols:
		return errorf("the matrix has %d columns, the model was fitted on %d", t.cols, more.features)
	case !slices.Equal(more.Codes, t.codes):
		return errorf("the labels are %v, those of the model are %v", t.codes, more.Codes)
	case len(more.Trees) > f.NEstimators:
		return errorf("NEstimators is %d, the model has %d trees already", f.NEstimators, len(more.Trees))
	}
	return nil
}

// drawSeeds draws the seed of every tree before any is grown, so that it does
// not matter which worker grows it.
func (f forestFit) drawSeeds() []Seed {
	r := NewRandomState(f.Seed)
	seeds := make([]Seed, f.NEstimators)
	for i := range seeds {
		seeds[i] = Seed{uint32(r.Randint(0, math.MaxInt32))}
	}
	return seeds
}
