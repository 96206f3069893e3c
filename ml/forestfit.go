package ml

import (
	"cmp"
	"context"
	"slices"
)

// forestFit is what the tree learners share: a forest of one or more trees, before
// it sees data.
type forestFit struct {
	name string // of the learner, for errors
	TreeParams
	ForestParams
	classWeight ClassWeight
	regresses   bool
	random      bool   // thresholds
	plain       bool   // use plainSplitter even where countingSplitter would do, for tests
	seeds       []Seed // of the trees; nil to draw them by Seed
}

// run fits a classifier. Trees of the model more come first, if it is not nil.
func (f forestFit) run(ctx context.Context, X *Matrix, y []int, weights []float64, more *ForestModel) (*ForestModel, error) {
	m, err := f.classify(ctx, X, y, weights, more)
	return m, at(f.name, err)
}

func (f forestFit) classify(ctx context.Context, X *Matrix, y []int, weights []float64, more *ForestModel) (*ForestModel, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if err := checkLabelled(X, y); err != nil {
		return nil, err
	}
	t := &forestTraining{forestFit: f, codes: distinct(y), class: make([]int32, len(y))}
	for i, code := range y {
		c, _ := slices.BinarySearch(t.codes, code)
		t.class[i] = int32(c)
	}
	if more != nil {
		if !slices.Equal(more.Codes, t.codes) {
			return nil, errorf("the labels are %v, those of the model are %v", t.codes, more.Codes)
		}
		t.keep(more.Trees, more.Seeds, more.columns)
	}
	if err := t.prepare(ctx, X, weights); err != nil {
		return nil, err
	}
	trees, err := t.grow(ctx)
	if err != nil {
		return nil, err
	}
	m := newForestModel(f.name, columnsOf(X), t.codes, trees, t.seeds)
	if f.OOBScore {
		m.OOB, err = t.outOfBag(ctx, m)
	}
	return m, err
}

// runValues fits a regressor.
func (f forestFit) runValues(ctx context.Context, X *Matrix, y, weights []float64, more *ForestRegressorModel) (*ForestRegressorModel, error) {
	m, err := f.regress(ctx, X, y, weights, more)
	return m, at(f.name, err)
}

func (f forestFit) regress(ctx context.Context, X *Matrix, y, weights []float64, more *ForestRegressorModel) (*ForestRegressorModel, error) {
	f.regresses = true
	if err := cmp.Or(f.check(), checkNotEmpty(X), checkValues(X, y), f.checkCounts(y)); err != nil {
		return nil, err
	}
	t := &forestTraining{forestFit: f, values: y}
	if more != nil {
		t.keep(more.Trees, more.Seeds, more.columns)
	}
	if err := t.prepare(ctx, X, weights); err != nil {
		return nil, err
	}
	trees, err := t.grow(ctx)
	if err != nil {
		return nil, err
	}
	m := newForestRegressorModel(f.name, columnsOf(X), trees, t.seeds)
	if f.OOBScore {
		m.OOB, err = t.outOfBagValues(ctx, m)
	}
	return m, err
}

func (f forestFit) check() error {
	var c paramCheck
	if f.regresses {
		c.want(f.Criterion.forValues(), "Criterion", f.Criterion, "SquaredError, FriedmanMSE, AbsoluteError or Poisson")
	} else {
		c.want(f.Criterion.forClasses(), "Criterion", f.Criterion, "Gini, Entropy or LogLossCriterion")
	}
	f.TreeParams.check(&c)
	f.ForestParams.check(&c)
	f.classWeight.check(&c)
	return c.err()
}

// checkCounts looks at the values if they have to be counts.
func (f forestFit) checkCounts(y []float64) error {
	if f.Criterion != Poisson {
		return nil
	}
	return checkCounts(y)
}

func checkCounts(y []float64) error {
	var sum float64
	for i, v := range y {
		if v < 0 {
			return errorf("the value of row %d is %v, for Poisson it must be >= 0", i, v)
		}
		sum += v
	}
	if sum <= 0 {
		return errorf("all values are 0, for Poisson one must be above it")
	}
	return nil
}
