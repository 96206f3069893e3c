package ml

import (
	"context"
	"math"
	"slices"
)

// gradientTraining is one Fit under way.
type gradientTraining struct {
	GradientBoostingParams
	tree     TreeParams
	loss     func(rows []int) gradientLoss // of some rows, or of all if rows is nil
	stratify []int                         // classes, nil for a regressor
	values   []float64                     // of a regressor

	forest   *forestTraining
	rng      *RandomState
	training *gradientRows
	held     *gradientRows // rows held out, nil if there are none
	lately   []float64     // losses of the last iterations that were progress
	inBag    []float64     // 1 for rows that the trees learn from, nil for all
	model    *GradientEnsemble
}

// gradientRows are rows with what the trees so far say of them.
type gradientRows struct {
	loss           gradientLoss
	x              []float32   // row by row
	weights        []float64   // 1 where there are none
	raw, residuals [][]float64 // by output
}

func (t *gradientTraining) fit(ctx context.Context, X *Matrix, weights []float64) (*GradientEnsemble, error) {
	ctx = withPool(ctx, t.Workers)
	if err := t.prepare(ctx, X, weights); err != nil {
		return nil, err
	}
	done := newCounter(t.NEstimators, t.Progress)
	for i := range t.NEstimators {
		if err := t.iterate(ctx); err != nil {
			return nil, err
		}
		done.add()
		if t.held != nil && !t.isProgress(i) {
			break
		}
	}
	t.model.serve()
	return t.model, nil
}

// prepare holds rows out, ranks the columns of the others, and starts with the best
// constant.
func (t *gradientTraining) prepare(ctx context.Context, X *Matrix, weights []float64) error {
	if err := checkWeights(weights, X.rows); err != nil {
		return err
	}
	if err := checkFinite32(X); err != nil {
		return err
	}
	t.model = &GradientEnsemble{LearningRate: t.LearningRate, columns: columnsOf(X)}
	var fold Fold // nil for all rows
	if t.NIterNoChange > 0 {
		var err error
		fold, err = TrainTest{TestSize: Share(t.ValidationFraction), Stratify: t.stratify, Seed: t.Seed}.split(X.rows)
		if err != nil {
			return at("ValidationFraction", err)
		}
		t.lately = slices.Repeat([]float64{math.Inf(1)}, t.NIterNoChange)
	}
	training := X
	if fold.Train != nil {
		training = X.Take(fold.Train)
	}
	fit := forestFit{TreeParams: t.tree, ForestParams: ForestParams{NEstimators: 1}, regresses: true}
	t.forest = &forestTraining{forestFit: fit, values: takeRows(t.values, fold.Train)}
	if err := t.forest.prepare(ctx, training, takeRows(weights, fold.Train)); err != nil {
		return err
	}
	t.rng = NewRandomState(t.Seed)
	loss := t.loss(fold.Train)
	t.model.Start = make([]float64, loss.outputs())
	if !t.ZeroStart {
		t.model.Start = loss.start(t.forest.weights)
	}
	t.training = newGradientRows(training, loss, t.forest.weights, t.model.Start)
	if fold.Test != nil {
		t.held = newGradientRows(X.Take(fold.Test), t.loss(fold.Test), takeRows(weights, fold.Test), t.model.Start)
	}
	return nil
}

// checkFinite32 is done before rows are taken, which get other numbers.
func checkFinite32(X *Matrix) error {
	for j := range X.cols {
		for i, v := range X.Col(j) {
			if !isFinite(float64(float32(v))) {
				return X.notFloat32(i, j, v)
			}
		}
	}
	return nil
}

func newGradientRows(X *Matrix, loss gradientLoss, weights, start []float64) *gradientRows {
	r := &gradientRows{loss: loss, weights: weights, x: make([]float32, X.rows*X.cols)}
	if weights == nil {
		r.weights = slices.Repeat([]float64{1}, X.rows)
	}
	for j := range X.cols {
		for i, v := range X.Col(j) {
			r.x[i*X.cols+j] = float32(v)
		}
	}
	for _, v := range start {
		r.raw = append(r.raw, slices.Repeat([]float64{v}, X.rows))
		r.residuals = append(r.residuals, make([]float64, X.rows))
	}
	return r
}

// iterate grows one tree per output, all from the predictions before.
func (t *gradientTraining) iterate(ctx context.Context) error {
	r := t.training
	before := t.drawRows()
	if l, ok := r.loss.(adaptiveLoss); ok {
		l.adapt(r.raw, r.weights)
	}
	err := eachPiece(ctx, len(r.weights), func(lo, hi int) {
		for i := lo; i < hi; i++ {
			r.loss.residuals(i, r.raw, r.residuals)
		}
	})
	if err != nil {
		return err
	}
	trees, seeds := make([]*Tree, len(r.raw)), make([]xorshift, len(r.raw))
	for k := range seeds {
		seeds[k] = xorshift(t.rng.Randint(0, xorshiftMax))
	}
	err = forEach(ctx, len(trees), 0, func(ctx context.Context, k int) (err error) {
		trees[k], err = t.growTree(ctx, k, seeds[k])
		return err
	})
	if err != nil {
		return err
	}
	t.model.Trees = append(t.model.Trees, trees)
	loss := r.mean(t.inBag, 1)
	if !isFinite(loss) {
		return errorf("the loss is %v after %d iterations: predictions have grown beyond all bounds, a smaller LearningRate may help", loss, len(t.model.Trees))
	}
	t.model.TrainLoss = append(t.model.TrainLoss, loss)
	if t.inBag != nil {
		t.model.OOBImprovement = append(t.model.OOBImprovement, before-r.mean(t.inBag, 0))
	}
	return nil
}

// drawRows draws the rows of an iteration, if it does not take all, and returns the loss
// of the others.
func (t *gradientTraining) drawRows() (outside float64) {
	if t.Subsample == 1 {
		return 0
	}
	n := len(t.training.weights)
	left := max(1, int(t.Subsample*float64(n)))
	t.inBag = make([]float64, n)
	for i := range t.inBag {
		if t.rng.RandomSample()*float64(n-i) < float64(left) {
			t.inBag[i] = 1
			left--
		}
	}
	if l, ok := t.training.loss.(adaptiveLoss); ok && !l.isAdapted() {
		weights := slices.Clone(t.training.weights)
		for i, in := range t.inBag {
			weights[i] *= 1 - in
		}
		l.adapt(t.training.raw, weights)
	}
	return t.training.mean(t.inBag, 0)
}

// growTree fits a tree to the residuals of an output and adds it to the predictions.
func (t *gradientTraining) growTree(ctx context.Context, k int, seed xorshift) (*Tree, error) {
	r := t.training
	f := t.forest
	memory := f.plains.get()
	defer f.plains.put(memory)
	memory.weights = append(memory.weights[:0], r.weights...)
	weights := memory.weights
	for i := range t.inBag {
		weights[i] *= t.inBag[i]
	}
	g := f.newGrower(ctx)
	s := f.plainSplitter(g, newFeatureDraw(f.cols, f.limits.maxFeatures, seed), r.residuals[k], memory)
	s.loose = true
	if len(s.rows) == 0 {
		return nil, errorf("all rows that have been drawn weigh 0")
	}
	tree, err := g.grow(len(s.rows))
	if err != nil {
		return nil, err
	}
	f.nodes.put(g.nodes)
	tree = tree.prune(t.tree.CCPAlpha)
	leaves := r.leaves(tree)
	t.setLeaves(tree, k, leaves, weights)
	r.add(k, tree, leaves, t.LearningRate)
	return tree, nil
}

// leaves returns the leaf of each row.
func (r *gradientRows) leaves(tree *Tree) []int32 {
	leaves := make([]int32, len(r.weights))
	width := len(r.x) / len(leaves)
	for i := range leaves {
		leaves[i] = tree.leaf(r.x[i*width : (i+1)*width])
	}
	return leaves
}

// setLeaves gives the leaves the values that suit the loss.
func (t *gradientTraining) setLeaves(tree *Tree, k int, leaves []int32, weights []float64) {
	rows := make([][]int32, tree.NumNodes())
	for i, leaf := range leaves {
		if t.inBag == nil || t.inBag[i] != 0 {
			rows[leaf] = append(rows[leaf], int32(i))
		}
	}
	for leaf, own := range rows {
		if len(own) == 0 {
			continue
		}
		if value, ok := t.training.loss.leaf(k, own, t.training.residuals[k], t.training.raw[k], weights); ok {
			tree.Value[leaf] = value
		}
	}
}

func (r *gradientRows) add(k int, tree *Tree, leaves []int32, rate float64) {
	for i, leaf := range leaves {
		r.raw[k][i] += float64(rate * tree.Value[leaf])
	}
}

// mean returns the mean deviance of the rows whose inBag is side, or of all if it is nil.
func (r *gradientRows) mean(inBag []float64, side float64) float64 {
	var losses, weights []float64
	for i, w := range r.weights {
		if inBag == nil || inBag[i] == side {
			losses, weights = append(losses, r.loss.deviance(i, r.raw)), append(weights, w)
		}
	}
	return meanOf(losses, weights)
}

// isProgress adds the last trees to the rows held out, and reports whether their loss is
// below one of those lately.
func (t *gradientTraining) isProgress(iteration int) bool {
	for k, tree := range t.model.Trees[iteration] {
		t.held.add(k, tree, t.held.leaves(tree), t.LearningRate)
	}
	loss := t.held.mean(nil, 0)
	t.model.ValidationLoss = append(t.model.ValidationLoss, loss)
	if !slices.ContainsFunc(t.lately, func(before float64) bool { return loss+t.Tol < before }) {
		return false
	}
	t.lately[iteration%len(t.lately)] = loss
	return true
}
