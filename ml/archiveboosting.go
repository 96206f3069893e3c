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
	var trees []*HistTree
	for _, stage := range e.Trees {
		trees = append(trees, stage...)
	}
	pointers(a, "trees", &trees, func(t *HistTree) { t.archive(a) })
	if !a.reading || a.err != nil {
		return
	}
	if len(e.Start) == 0 || len(trees)%len(e.Start) != 0 {
		a.fail(fmt.Errorf("there are %d trees for %d outputs", len(trees), len(e.Start)))
		return
	}
	for ; len(trees) > 0; trees = trees[len(e.Start):] {
		e.Trees = append(e.Trees, trees[:len(e.Start):len(e.Start)])
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
	outputs := len(m.Codes)
	if outputs == 2 {
		outputs = 1
	}
	return cmp.Or(wantCodes(m.Codes, 2), m.HistEnsemble.check(outputs))
}

func (m *HistGradientBoostingRegressorModel) verify() error {
	if m.Loss > QuantileLoss {
		return fmt.Errorf("the loss is %v", m.Loss)
	}
	return m.HistEnsemble.check(1)
}

func (e *HistEnsemble) check(outputs int) error {
	err := cmp.Or(
		e.columns.verify(),
		wantLength("start", len(e.Start), outputs),
		wantFinite("start", e.Start),
		wantAtLeast("the number of iterations", len(e.Trees), 1),
	)
	for i, stage := range e.Trees {
		err = cmp.Or(err, wantLength(fmt.Sprintf("trees[%d]", i), len(stage), outputs))
		for k, t := range stage {
			if err == nil {
				err = t.check(e.columns.count)
			}
			if err != nil {
				return fmt.Errorf("trees[%d][%d]: %w", i, k, err)
			}
		}
	}
	return err
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
