package ml

import (
	"cmp"
	"fmt"
	"math"
)

func (m *HistGradientBoostingModel) archive(a *archive) {
	wholes(a, "codes", &m.Codes)
	m.HistEnsemble.archive(a)
}

func (m *HistGradientBoostingRegressorModel) archive(a *archive) {
	choice(a, "loss", &m.Loss, namesTo(QuantileLoss)...)
	m.HistEnsemble.archive(a)
}

func (e *HistEnsemble) archive(a *archive) {
	e.columns.archive(a)
	a.numbers("start", &e.Start)
	a.numbers("trainLoss", &e.TrainLoss)
	a.numbers("validationLoss", &e.ValidationLoss)
	archiveStages(a, &e.Trees, len(e.Start), func(t *HistTree) { t.archive(a) })
}

// archiveStages has the trees one iteration after the other; there is one per output in
// each.
func archiveStages[T any](a *archive, stages *[][]*T, outputs int, visit func(*T)) {
	var trees []*T
	for _, stage := range *stages {
		trees = append(trees, stage...)
	}
	pointers(a, "trees", &trees, visit)
	if !a.reading || a.err != nil {
		return
	}
	if outputs == 0 || len(trees)%outputs != 0 {
		a.fail(fmt.Errorf("there are %d trees for %d outputs", len(trees), outputs))
		return
	}
	*stages = nil
	for ; len(trees) > 0; trees = trees[outputs:] {
		*stages = append(*stages, trees[:outputs:outputs])
	}
}

func (t *HistTree) archive(a *archive) {
	wholes(a, "feature", &t.Feature)
	a.numbers("threshold", &t.Threshold)
	var missingLeft []int // nodes
	for node, is := range t.MissingLeft {
		if is {
			missingLeft = append(missingLeft, node)
		}
	}
	wholes(a, "missingLeft", &missingLeft)
	wholes(a, "left", &t.Left)
	wholes(a, "right", &t.Right)
	wholes(a, "samples", &t.Samples)
	a.numbers("gain", &t.Gain)
	a.numbers("value", &t.Value)
	if !a.reading || a.err != nil {
		return
	}
	if err := wantPlaces("missingLeft", missingLeft, t.NumNodes()); err != nil {
		a.fail(err)
		return
	}
	t.MissingLeft = make([]bool, t.NumNodes())
	for _, node := range missingLeft {
		t.MissingLeft[node] = true
	}
}

func (m *HistGradientBoostingModel) verify() error {
	return cmp.Or(wantCodes(m.Codes, 2), m.HistEnsemble.check(outputsOf(m.Codes)))
}

func (m *HistGradientBoostingRegressorModel) verify() error {
	if m.Loss > QuantileLoss {
		return fmt.Errorf("the loss is %v", m.Loss)
	}
	return m.HistEnsemble.check(1)
}

func (e *HistEnsemble) check(outputs int) error {
	return cmp.Or(
		e.columns.verify(),
		wantLength("start", len(e.Start), outputs),
		wantFinite("start", e.Start),
		checkStages(e.Trees, outputs, func(t *HistTree) error { return t.check(e.columns.count) }),
	)
}

func checkStages[T any](stages [][]*T, outputs int, check func(*T) error) error {
	if err := wantAtLeast("the number of iterations", len(stages), 1); err != nil {
		return err
	}
	for i, stage := range stages {
		if err := wantLength(fmt.Sprintf("trees[%d]", i), len(stage), outputs); err != nil {
			return err
		}
		for k, t := range stage {
			if err := check(t); err != nil {
				return fmt.Errorf("trees[%d][%d]: %w", i, k, err)
			}
		}
	}
	return nil
}

func (t *HistTree) check(features int) error {
	n := t.NumNodes()
	if err := cmp.Or(
		wantAtLeast("the number of nodes", n, 1),
		wantLength("threshold", len(t.Threshold), n),
		wantLength("missingLeft", len(t.MissingLeft), n),
		wantLength("left", len(t.Left), n),
		wantLength("right", len(t.Right), n),
		wantLength("samples", len(t.Samples), n),
		wantLength("gain", len(t.Gain), n),
		wantLength("value", len(t.Value), n),
		wantFinite("value", t.Value),
	); err != nil {
		return err
	}
	for node, v := range t.Threshold {
		if math.IsNaN(v) {
			return fmt.Errorf("threshold[%d] is NaN", node)
		}
	}
	shape := Tree{Feature: t.Feature, Threshold: t.Threshold, Left: t.Left, Right: t.Right}
	return shape.checkNodes(features)
}

func (m *HistGradientBoostingModel) rebuild() { m.serving = newHistServing(&m.HistEnsemble) }

func (m *HistGradientBoostingRegressorModel) rebuild() { m.serving = newHistServing(&m.HistEnsemble) }

// outputsOf returns how many raw predictions there are for some classes.
func outputsOf(codes []int) int {
	if len(codes) == 2 {
		return 1
	}
	return len(codes)
}

func (m *GradientBoostingModel) archive(a *archive) {
	wholes(a, "codes", &m.Codes)
	m.GradientEnsemble.archive(a)
}

// archive of a regressor is that of its trees.
func (m *GradientBoostingRegressorModel) archive(a *archive) { m.GradientEnsemble.archive(a) }

func (e *GradientEnsemble) archive(a *archive) {
	e.columns.archive(a)
	a.number("learningRate", &e.LearningRate)
	a.numbers("start", &e.Start)
	a.numbers("trainLoss", &e.TrainLoss)
	a.numbers("oobImprovement", &e.OOBImprovement)
	a.numbers("validationLoss", &e.ValidationLoss)
	archiveStages(a, &e.Trees, len(e.Start), func(t *Tree) {
		t.archive(a)
		if a.reading {
			t.classes, t.isRegressor = 1, true
		}
	})
}

func (m *GradientBoostingModel) verify() error {
	return cmp.Or(wantCodes(m.Codes, 2), m.GradientEnsemble.check(outputsOf(m.Codes)))
}

func (m *GradientBoostingRegressorModel) verify() error { return m.GradientEnsemble.check(1) }

func (e *GradientEnsemble) check(outputs int) error {
	return cmp.Or(
		e.columns.verify(),
		wantNumber("learningRate", e.LearningRate),
		wantLength("start", len(e.Start), outputs),
		wantFinite("start", e.Start),
		checkStages(e.Trees, outputs, func(t *Tree) error { return t.check(e.columns.count) }),
	)
}

func (m *GradientBoostingModel) rebuild() { m.serve() }

func (m *GradientBoostingRegressorModel) rebuild() { m.serve() }
