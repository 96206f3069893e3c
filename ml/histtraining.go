package ml

import (
	"context"
	"math"
)

// histTraining is one Fit under way.
type histTraining struct {
	HistBoostingParams
	loss     func(rows []int) boostLoss // of some rows, or of all if rows is nil
	weights  []float64                  // nil if all rows weigh 1
	stratify []int                      // classes, nil for a regressor

	training *histRows
	held     *histRows // rows held out, nil if there are none
	slopes   [][]slopes
	growers  []*histGrower // one per output
	model    *HistEnsemble
}

// histRows are rows with what the trees so far say of them.
type histRows struct {
	loss    boostLoss
	weights []float64
	raw     [][]float64 // by output
	keys    []uint64    // of rows held out, see histServing
	losses  []float64   // memory
}

// rowPiece is how many rows a worker takes at a time.
const rowPiece = 1 << 12

func (t *histTraining) fit(ctx context.Context, X *Matrix) (HistEnsemble, error) {
	if X.rows > math.MaxInt32 {
		return HistEnsemble{}, errorf("%d rows, trees can number %d", X.rows, math.MaxInt32)
	}
	ctx = withPool(ctx, t.Workers)
	if err := t.prepare(ctx, X); err != nil {
		return HistEnsemble{}, err
	}
	done := newCounter(t.MaxIter, t.Progress)
	stops := t.EarlyStopping.isOn(X.rows)
	if stops {
		if err := t.score(ctx); err != nil {
			return HistEnsemble{}, err
		}
	}
	for range t.MaxIter {
		if err := t.iterate(ctx); err != nil {
			return HistEnsemble{}, err
		}
		if stops {
			if err := t.score(ctx); err != nil {
				return HistEnsemble{}, err
			}
		}
		done.add()
		if stops && t.hasConverged() {
			break
		}
	}
	t.model.serving = newHistServing(t.model)
	return *t.model, nil
}

// prepare holds rows out, bins the columns of the others, and starts with the best
// constant.
func (t *histTraining) prepare(ctx context.Context, X *Matrix) error {
	seed := Seed{uint32(NewRandomState(t.Seed).Randint(0, math.MaxUint32))}
	all, columns := X, columnsOf(X)
	var fold Fold // nil for all rows
	if t.EarlyStopping.isOn(X.rows) && t.ValidationFraction.by != byDefault {
		var err error
		fold, err = TrainTest{TestSize: t.ValidationFraction, Stratify: t.stratify, Seed: seed}.split(X.rows)
		if err != nil {
			return at("ValidationFraction", err)
		}
		X = X.Take(fold.Train)
	}
	data, err := binned(ctx, X, t.MaxBins, seed)
	if err != nil {
		return err
	}
	t.training = &histRows{loss: t.loss(fold.Train), weights: takeRows(t.weights, fold.Train)}
	start := t.training.loss.start(t.training.weights)
	t.training.fill(X.rows, start)
	if fold.Test != nil {
		t.held = &histRows{loss: t.loss(fold.Test), weights: takeRows(t.weights, fold.Test)}
		t.held.fill(len(fold.Test), start)
		held := all.Take(fold.Test)
		t.held.keys = histKeys(held, 0, held.rows)
	}
	t.model = &HistEnsemble{Start: start, columns: columns}
	rules := histRules{l2: t.L2Regularization, minRows: t.MinSamplesLeaf, constantHessian: t.training.loss.constantHessian() && t.weights == nil}
	ahead := t.lookAhead(ctx, len(start))
	for range start {
		g := newHistGrower(data, rules, ahead)
		g.maxLeaves, g.maxDepth, g.shrinkage = orNoLimit(t.MaxLeafNodes), orNoLimit(t.MaxDepth), t.LearningRate
		t.growers, t.slopes = append(t.growers, g), append(t.slopes, g.slopes)
	}
	return nil
}

// lookAhead returns how many nodes of a tree are divided at a time: one if there are trees enough
// for the workers, or if the value of a leaf depends on the order of its rows, which dividing
// changes.
func (t *histTraining) lookAhead(ctx context.Context, trees int) int {
	workers := poolSize(ctx)
	if trees >= workers {
		return 1
	}
	if _, isExact := t.training.loss.leaf([]uint32{0}, t.training.raw[0], t.training.weights); isExact {
		return 1
	}
	return workers
}

func (r *histRows) fill(rows int, start []float64) {
	r.losses = make([]float64, rows)
	for _, v := range start {
		raw := make([]float64, rows)
		for i := range raw {
			raw[i] = v
		}
		r.raw = append(r.raw, raw)
	}
}

// eachPiece calls f with the bounds of pieces of rows.
func eachPiece(ctx context.Context, rows int, f func(lo, hi int)) error {
	return forEach(ctx, (rows+rowPiece-1)/rowPiece, 0, func(_ context.Context, i int) error {
		f(i*rowPiece, min((i+1)*rowPiece, rows))
		return nil
	})
}

// iterate grows one tree per output, all from the predictions before.
func (t *histTraining) iterate(ctx context.Context) error {
	r := t.training
	err := eachPiece(ctx, len(r.losses), func(lo, hi int) { r.loss.slopes(lo, hi, r.raw, r.weights, t.slopes) })
	if err != nil {
		return err
	}
	trees := make([]*HistTree, len(t.growers))
	err = forEach(ctx, len(trees), 0, func(ctx context.Context, k int) error {
		g := t.growers[k]
		if err := g.grow(ctx); err != nil {
			return err
		}
		t.setLeaves(g, k)
		trees[k] = g.tree()
		return g.addTo(ctx, r.raw[k])
	})
	if err != nil {
		return err
	}
	t.model.Trees = append(t.model.Trees, trees)
	return nil
}

// setLeaves gives leaves the values that suit a loss better than Newton's.
func (t *histTraining) setLeaves(g *histGrower, k int) {
	for _, n := range g.leaves {
		leaf := &g.nodes[n]
		if value, isExact := t.training.loss.leaf(g.rows[leaf.start:leaf.end], t.training.raw[k], t.training.weights); isExact {
			leaf.value = t.LearningRate * value
		}
	}
}

// score notes the loss of the rows, after the last trees have been added for those held
// out.
func (t *histTraining) score(ctx context.Context) error {
	loss, err := t.training.mean(ctx)
	if err != nil {
		return err
	}
	t.model.TrainLoss = append(t.model.TrainLoss, loss)
	if t.held == nil {
		return nil
	}
	if n := len(t.model.Trees); n > 0 {
		last := newHistServing(&HistEnsemble{Trees: t.model.Trees[n-1:], Start: t.model.Start, columns: t.model.columns})
		for k, raw := range t.held.raw {
			err := eachPiece(ctx, len(raw), func(lo, hi int) { last.addTree(last.roots[k], t.held.keys[lo*last.width():], raw[lo:hi]) })
			if err != nil {
				return err
			}
		}
	}
	loss, err = t.held.mean(ctx)
	t.model.ValidationLoss = append(t.model.ValidationLoss, loss)
	return err
}

// mean returns the mean loss.
func (r *histRows) mean(ctx context.Context) (float64, error) {
	err := eachPiece(ctx, len(r.losses), func(lo, hi int) { r.loss.losses(lo, hi, r.raw, r.losses) })
	return meanOf(r.losses, r.weights), err
}

// hasConverged reports whether none of the last losses is less than the one before them
// by more than Tol.
func (t *histTraining) hasConverged() bool {
	losses := t.model.TrainLoss
	if t.held != nil {
		losses = t.model.ValidationLoss
	}
	first := len(losses) - 1 - t.NIterNoChange
	if first < 0 {
		return false
	}
	for _, loss := range losses[first+1:] {
		if -loss > -losses[first]+t.Tol {
			return false
		}
	}
	return true
}
