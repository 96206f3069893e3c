package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
)

// PermutationImportance measures how much a fitted model depends on each column: by how
// much its score falls when the values of the column change places (Breiman 2001). On
// rows the model was not fitted on it says what helps to predict, where the Importances
// of a forest say what it was built of. For the same Seed the numbers are those of
// scikit-learn's permutation_importance.
type PermutationImportance struct {
	Scorer     Scorer // that judges; if not given, AccuracyScorer or R2Scorer
	NRepeats   int    // how often each column is permuted, at least 1
	MaxSamples Size   // rows drawn without replacement to be permuted, a share being rounded down; by default all
	Seed       Seed   // of the permutations, which are the same for all columns
	Workers    int    // columns at a time; 0 means GOMAXPROCS

	// Progress, if it is not nil, is called after each column, by one goroutine at a time.
	Progress func(done, total int64)
}

// NewPermutationImportance returns scikit-learn's default, five repeats, with Seed 0.
func NewPermutationImportance() PermutationImportance { return PermutationImportance{NRepeats: 5} }

// PermutationResult is how far a model's score falls. Its fields are to be read only.
type PermutationResult struct {
	Names       []string    // of the columns; x0, x1, … if they have none
	Baseline    float64     // the score on all rows as they are
	Mean, Std   []float64   // per column: over the repeats, of the population
	Importances [][]float64 // per column and repeat: Baseline minus the score of the permuted rows
}

// Of permutes the columns of X, a matrix or a frame, and judges by the labels y. Weights of
// rows are a matter of the scorer, see ScorePredictions and SampleWeights. Errors name
// the column.
func (p PermutationImportance) Of(ctx context.Context, model ClassifierModel, X Data, y []int) (*PermutationResult, error) {
	if model == nil {
		return nil, errorf("PermutationImportance: there is no model, it is nil")
	}
	r, err := p.run(ctx, cvClassifierModel{model}, cvClassifier{}.kind(), X, labelTargets(y))
	return r, at("PermutationImportance", err)
}

// OfRegressor is Of for a model of values.
func (p PermutationImportance) OfRegressor(ctx context.Context, model RegressorModel, X Data, y []float64) (*PermutationResult, error) {
	if model == nil {
		return nil, errorf("PermutationImportance: there is no model, it is nil")
	}
	r, err := p.run(ctx, cvRegressorModel{model}, cvRegressor{}.kind(), X, valueTargets(y))
	return r, at("PermutationImportance", err)
}

func (p PermutationImportance) run(ctx context.Context, model cvModel, kind cvKind, X Data, y Targets) (*PermutationResult, error) {
	if p.Scorer.labels == nil && p.Scorer.values == nil {
		p.Scorer = kind.usual
	}
	samples, err := p.check(kind, X, y)
	if err != nil {
		return nil, err
	}
	baseline, err := model.judge(X)(ctx, p.Scorer, y)
	if err != nil {
		return nil, err
	}
	rows, orders := p.draw(X.NumRows(), samples)
	if rows != nil {
		X, y = X.takeRows(rows), y.take(rows)
	}
	names, permute := newPermuter(X)
	r := &PermutationResult{
		Names: names, Baseline: baseline, Importances: make([][]float64, len(names)),
		Mean: make([]float64, len(names)), Std: make([]float64, len(names)),
	}
	done := newCounter(len(names), p.Progress)
	err = forEach(withPool(ctx, p.Workers), len(names), 0, func(ctx context.Context, j int) error {
		err := permute(j, orders, func(X Data) error {
			score, err := model.judge(X)(ctx, p.Scorer, y)
			r.Importances[j] = append(r.Importances[j], baseline-score)
			return err
		})
		if err != nil {
			return at("column "+strconv.Quote(names[j]), err)
		}
		r.Mean[j], r.Std[j] = meanStd(r.Importances[j])
		done.add()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

// check returns how many rows are permuted.
func (p PermutationImportance) check(kind cvKind, X Data, y Targets) (samples int, err error) {
	n := X.NumRows()
	samples = n
	switch s := p.MaxSamples; s.by {
	case byRows:
		samples = s.rows
	case byShare:
		samples = int(s.share * float64(n))
	}
	var c paramCheck
	c.want(kind.judges(p.Scorer), "Scorer", strconv.Quote(p.Scorer.Name), kind.allowed)
	c.want(p.NRepeats >= 1, "NRepeats", p.NRepeats, ">= 1")
	c.want(samples >= 1 && samples <= n, "MaxSamples", p.MaxSamples, fmt.Sprintf("1 to %d rows", n))
	c.want(p.Workers >= 0, "Workers", p.Workers, ">= 0 (0 means GOMAXPROCS)")
	if n == 0 {
		return 0, errorf("there are no rows")
	}
	if y.len() != n {
		return 0, errorf("%d %s for %d rows", y.len(), y.noun(), n)
	}
	return samples, c.err()
}

// draw returns the rows to be permuted, nil for all, and where in them each value comes
// from, repeat by repeat. As in scikit-learn a permutation is applied to the one before.
func (p PermutationImportance) draw(n, samples int) (rows []int, orders [][]int) {
	r := NewRandomState(p.Seed)
	r = NewRandomState(Seed{uint32(r.Randint(0, math.MaxInt32+1))})
	if samples < n {
		rows = sampleWithoutReplacement(r, n, samples)
	}
	order := upTo(0, samples)
	last := slices.Clone(order)
	for range p.NRepeats {
		r.Shuffle(order)
		last = takeFrom(last, order)
		orders = append(orders, last)
	}
	return rows, orders
}

// permuter calls use with the data whose column j is in each of the orders. What use is
// given may be overwritten later.
type permuter func(j int, orders [][]int, use func(Data) error) error

func newPermuter(X Data) (names []string, p permuter) {
	switch X := X.(type) {
	case *Frame:
		return X.Names(), X.permute
	case *Matrix:
		var copies sync.Pool // of the matrix, one per worker
		return columnsOf(X).known(), func(j int, orders [][]int, use func(Data) error) error {
			c, _ := copies.Get().(*Matrix)
			if c == nil {
				c = newMatrix(X.rows, X.cols, X.names)
				copy(c.data, X.data)
			}
			defer copies.Put(c)
			return X.permute(c, j, orders, use)
		}
	}
	panic("unreachable: Data is one of the two")
}

func (f *Frame) permute(j int, orders [][]int, use func(Data) error) error {
	for _, order := range orders {
		permuted := &Frame{rows: f.rows, columns: slices.Clone(f.columns)}
		permuted.columns[j] = f.columns[j].take(order)
		if err := use(permuted); err != nil {
			return err
		}
	}
	return nil
}

// permute works in a copy of m, and leaves it as it was.
func (m *Matrix) permute(work *Matrix, j int, orders [][]int, use func(Data) error) error {
	from, to := m.Col(j), work.Col(j)
	defer copy(to, from)
	for _, order := range orders {
		for i, row := range order {
			to[i] = from[row]
		}
		if err := use(work); err != nil {
			return err
		}
	}
	return nil
}
