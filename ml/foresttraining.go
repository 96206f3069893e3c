package ml

import (
	"context"
	"math"
	"slices"
)

// forestTraining is one Fit under way.
type forestTraining struct {
	forestFit
	X          *Matrix
	rows, cols int
	codes      []int     // of a classifier
	class      []int32   // per row
	values     []float64 // per row; of a regressor
	weights    []float64 // per row; nil if all weigh 1
	limits     treeLimits
	draws      int // rows that a bootstrap draws

	kept        []*Tree // of the model that is to have more
	keptColumns columnSet

	columns []ranked         // for thresholds at random their ordered values
	counted *countingData    // nil if plainSplitter is needed
	keys    spares[[]uint64] // that ranking has left, for the next two
	scratch spares[countingScratch]
	plains  spares[plainScratch]
	nodes   spares[treeNodes]
}

// keep makes the trees of a model the first ones.
func (t *forestTraining) keep(trees []*Tree, seeds []Seed, columns columnSet) {
	t.kept, t.keptColumns = trees, columns
	t.seeds = slices.Clone(seeds)
}

// prepare checks what there is to check besides the targets, and ranks the columns.
func (t *forestTraining) prepare(ctx context.Context, X *Matrix, weights []float64) (err error) {
	t.X, t.rows, t.cols, t.limits = X, X.rows, X.cols, t.forestFit.limits(X.rows, X.cols)
	if X.rows > math.MaxInt32/2 {
		return errorf("%d rows, trees can number the nodes of %d", X.rows, math.MaxInt32/2)
	}
	if t.draws, err = t.forestFit.draws(X.rows); err != nil {
		return err
	}
	if err := t.drawSeeds(); err != nil {
		return err
	}
	if err := t.weigh(weights); err != nil {
		return err
	}
	if err := t.checkSquares(); err != nil {
		return err
	}
	return t.rank(ctx)
}

// checkSquares refuses values of which FriedmanMSE, the largest criterion, could overflow.
func (t *forestTraining) checkSquares() error {
	if !t.regresses {
		return nil
	}
	largest, heaviest := 0.0, 1.0
	for _, v := range t.values {
		largest = max(largest, math.Abs(v))
	}
	if t.weights != nil {
		heaviest = slices.Max(t.weights)
	}
	if all := heaviest * float64(t.rows); !isFinite(largest * all * all * largest * all * all) {
		return errorf("values up to %v are too large to work with, as squares of their sums are needed", largest)
	}
	return nil
}

// drawSeeds draws the seed of every tree before any is grown, so that it does not
// matter which worker grows it.
func (t *forestTraining) drawSeeds() error {
	if t.kept != nil {
		if err := t.keptColumns.check(t.X); err != nil {
			return err
		}
	}
	switch {
	case t.kept == nil && t.seeds != nil:
		return nil // that of a single tree is given
	case len(t.kept) > t.NEstimators:
		return errorf("NEstimators is %d, the model has %d trees already", t.NEstimators, len(t.kept))
	}
	r := NewRandomState(t.Seed)
	for i := range t.NEstimators {
		if seed := (Seed{uint32(r.Randint(0, math.MaxInt32))}); i >= len(t.kept) {
			t.seeds = append(t.seeds, seed)
		}
	}
	return nil
}

// weigh checks the weights of the rows and multiplies them by those of the classes.
func (t *forestTraining) weigh(weights []float64) error {
	if err := checkWeights(weights, t.rows); err != nil {
		return err
	}
	t.weights = weights
	if t.classWeight.rule == equalWeights || t.drawsBalanced() {
		return nil
	}
	byClass, err := t.classWeight.of(t.codes, t.class)
	if err != nil {
		return err
	}
	t.weights = make([]float64, t.rows)
	for i, c := range t.class {
		t.weights[i] = byClass[c]
		if weights != nil {
			t.weights[i] *= weights[i]
		}
	}
	return nil
}

// checkWeights allows nil, which means that all rows weigh 1.
func checkWeights(weights []float64, rows int) error {
	if weights == nil {
		return nil
	}
	if len(weights) != rows {
		return errorf("%d weights for %d rows", len(weights), rows)
	}
	sum := 0.0
	for i, w := range weights {
		if !(w >= 0) || math.IsInf(w, 0) {
			return errorf("the weight of row %d is %v, it must be a finite number >= 0", i, w)
		}
		sum += w
	}
	if !(sum > 0 && isFinite(sum)) {
		return errorf("the weights sum to %v, that must be a finite number > 0", sum)
	}
	return nil
}

// drawsBalanced reports whether every bootstrap balances the classes for itself.
func (t *forestTraining) drawsBalanced() bool {
	return t.classWeight.rule == balancedSubsample && t.Bootstrap
}

// rank prepares the columns for one of the two splitters.
func (t *forestTraining) rank(ctx context.Context) (err error) {
	if t.random {
		t.columns, err = keyColumns(t.X)
	} else {
		t.columns, err = rankColumns(ctx, t.X, t.Workers, &t.keys)
	}
	if err != nil {
		return err
	}
	most, isCountable := t.largestWeight()
	if !isCountable || t.plain {
		return nil
	}
	t.counted = &countingData{X: t.X, columns: t.columns, classes: len(t.codes), random: t.random}
	if t.Criterion != Gini {
		t.counted.entropy = newEntropyTable(most)
	}
	return nil
}

// largestWeight returns a bound of what the rows of a tree may weigh, and whether
// their weights are whole numbers that a countingSplitter can add up.
func (t *forestTraining) largestWeight() (most int, isCountable bool) {
	if t.regresses || t.drawsBalanced() {
		return 0, false
	}
	total, largest := float64(t.rows), 1.0
	if t.weights != nil {
		total, largest = 0, 0
		for _, w := range t.weights {
			if w != math.Trunc(w) {
				return 0, false
			}
			total += w
			largest = max(largest, w)
		}
	}
	if t.Bootstrap {
		total = largest * float64(t.draws)
	}
	if t.Criterion != Gini && total > entropyLargest {
		return 0, false
	}
	return int(total), countable(len(t.codes), total)
}

// grow shares the trees out among the workers.
func (t *forestTraining) grow(ctx context.Context) ([]*Tree, error) {
	trees := slices.Grow(slices.Clone(t.kept), len(t.seeds))[:len(t.seeds)]
	first := len(t.kept)
	done, saved := newCounter(len(trees)-first, t.Progress), newSavedTrees(t)
	err := forEach(ctx, len(trees)-first, t.Workers, func(ctx context.Context, i int) error {
		tree, err := t.loadOrGrow(ctx, saved, first+i)
		if err != nil {
			return err
		}
		trees[first+i] = tree
		done.add()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return trees, nil
}

func (t *forestTraining) loadOrGrow(ctx context.Context, saved *savedTrees, i int) (*Tree, error) {
	tree, err := saved.load(ctx, i)
	if err != nil || tree != nil {
		return tree, err
	}
	if tree, err = t.growTree(ctx, t.seeds[i]); err != nil {
		return nil, err
	}
	return tree, saved.save(ctx, i, tree)
}

// growTree uses the seed twice, each time from the start: for the rows and for
// the generator that draws the columns.
func (t *forestTraining) growTree(ctx context.Context, seed Seed) (*Tree, error) {
	g := t.newGrower(ctx)
	draw := newFeatureDraw(t.cols, t.limits.maxFeatures, xorshift(NewRandomState(seed).Randint(0, xorshiftMax)))
	rows := 0
	if t.counted != nil {
		s := t.countingSplitter(g, draw, seed)
		defer t.scratch.put(s.countingScratch)
		rows = len(s.rows)
	} else {
		memory := t.plains.get()
		defer t.plains.put(memory)
		t.setTreeWeights(memory, seed)
		s := t.plainSplitter(g, draw, t.values, memory)
		rows = len(s.rows)
	}
	if rows == 0 {
		return nil, errorf("all rows that the tree of seed %v has drawn weigh 0", seed)
	}
	tree, err := g.grow(rows)
	if err != nil {
		return nil, err
	}
	t.nodes.put(g.nodes)
	return tree.prune(t.CCPAlpha), nil
}

func (t *forestTraining) newGrower(ctx context.Context) *grower {
	return &grower{
		limits: t.limits, budget: &budget{ctx: ctx}, nodes: t.nodes.get(),
		tree: &Tree{classes: max(1, len(t.codes)), isRegressor: t.regresses},
	}
}

// plainScratch is the memory of a plainSplitter, which trees use one after the other.
type plainScratch struct {
	weights     []float64 // of the rows in the tree
	rows, other []keyed
	sums        [][2]float64
}

// plainSplitter takes the values of a regressor, and memory with the weights of the rows
// in its tree.
func (t *forestTraining) plainSplitter(g *grower, draw featureDraw, values []float64, memory *plainScratch) *plainSplitter {
	weights := memory.weights
	g.limits.minWeight = t.MinWeightFractionLeaf * pairwiseSum(weights)
	s := &plainSplitter{X: t.X, columns: t.columns, limits: g.limits, draw: draw, random: t.random, budget: g.budget}
	var all float64
	if memory.rows == nil {
		memory.rows = *t.keys.get()
	}
	s.rows = atLeast(&memory.rows, len(weights))[:0]
	for row, w := range weights {
		all += w
		if w != 0 {
			s.rows = append(s.rows, keyed(row))
		}
	}
	if !t.random {
		s.other = atLeast(&memory.other, 2*len(s.rows))
	}
	s.criterion = t.newCriterion(values, memory, all)
	if c, ok := s.criterion.(exactCriterion); ok && !t.plain {
		s.exact, s.sums = c.isExact(), c.perRow()
	}
	g.splitter = s
	return s
}

func (t *forestTraining) newCriterion(values []float64, memory *plainScratch, all float64) criterion {
	weights := memory.weights
	switch t.Criterion {
	case SquaredError:
		c := newSquaredError(values, memory, all)
		return &c
	case FriedmanMSE:
		return &friedmanMSE{newSquaredError(values, memory, all)}
	case Poisson:
		return &poisson{newSquaredError(values, memory, all)}
	case AbsoluteError:
		return &absoluteError{values: values, weights: weights, all: all}
	default:
		return newClassCriterion(t.Criterion, len(t.codes), t.class, weights, all)
	}
}

// setTreeWeights sets the weight of each row in the tree of a seed: its own times
// how often it is drawn.
func (t *forestTraining) setTreeWeights(memory *plainScratch, seed Seed) {
	weights := atLeast(&memory.weights, t.rows)
	clear(weights)
	memory.weights = weights
	t.bootstrap(seed, func(row int) { weights[row]++ })
	var byClass []float64
	if t.drawsBalanced() {
		byClass = make([]float64, len(t.codes))
		balance(byClass, t.class, weights)
	}
	for i := range weights {
		if t.weights != nil {
			weights[i] *= t.weights[i]
		}
		if byClass != nil {
			weights[i] *= byClass[t.class[i]]
		}
	}
}

// bootstrap calls f with each row that the tree of a seed draws; without Bootstrap
// with each row.
func (t *forestTraining) bootstrap(seed Seed, f func(row int)) {
	if !t.Bootstrap {
		for row := range t.rows {
			f(row)
		}
		return
	}
	r := NewRandomState(seed)
	for range t.draws {
		f(int(r.Randint(0, int64(t.rows))))
	}
}

func (t *forestTraining) countingSplitter(g *grower, draw featureDraw, seed Seed) *countingSplitter {
	scratch := t.scratch.get()
	if scratch.left == nil {
		scratch.prepare(t.counted.classes, *t.keys.get())
	}
	s := &countingSplitter{
		countingData: t.counted, countingScratch: scratch, draw: draw, budget: g.budget,
		total: make([]int64, t.counted.classes), best: countedSplit{left: make([]int64, t.counted.classes)},
	}
	all := s.fill(t, seed)
	g.limits.minWeight = t.MinWeightFractionLeaf * float64(all)
	s.all, s.limits, s.minWeight = float64(all), g.limits, int64(math.Ceil(g.limits.minWeight))
	g.splitter = s
	return s
}
