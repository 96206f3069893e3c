package ml

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

func (m *ForestModel) archive(a *archive) {
	a.text("learner", &m.name)
	wholes(a, "codes", &m.Codes)
	m.columns.archive(a)
	archiveTrees(a, &m.Trees, &m.Seeds, Tree{classes: len(m.Codes)})
	optional(a, "oob", &m.OOB, func(o *OOB) {
		a.number("score", &o.Score)
		whole(a, "uncovered", &o.Uncovered)
		archiveMatrix(a, "decision", &o.Decision)
	})
}

func (m *ForestRegressorModel) archive(a *archive) {
	a.text("learner", &m.name)
	m.columns.archive(a)
	archiveTrees(a, &m.Trees, &m.Seeds, Tree{classes: 1, isRegressor: true})
	optional(a, "oob", &m.OOB, func(o *OOBValues) {
		a.number("score", &o.Score)
		whole(a, "uncovered", &o.Uncovered)
		a.numbers("prediction", &o.Prediction)
	})
}

// archiveTrees reads trees that have what empty has.
func archiveTrees(a *archive, trees *[]*Tree, seeds *[]Seed, empty Tree) {
	archiveSeeds(a, "seeds", seeds)
	pointers(a, "trees", trees, func(t *Tree) {
		if a.reading {
			*t = empty
		}
		t.archive(a)
	})
}

func archiveSeeds(a *archive, name string, seeds *[]Seed) {
	var numbers []uint32
	for _, s := range *seeds {
		numbers = append(numbers, s.n)
	}
	wholes(a, name, &numbers)
	if !a.reading {
		return
	}
	for _, n := range numbers {
		*seeds = append(*seeds, Seed{n})
	}
}

func (m *ForestModel) verify() error {
	if !slices.Contains([]string{"RandomForest", "ExtraTrees", "DecisionTree"}, m.name) {
		return fmt.Errorf("the learner is %q", m.name)
	}
	return cmp.Or(wantCodes(m.Codes, 1), verifyTrees(m.Trees, m.Seeds, len(m.Codes), m.columns), m.OOB.check(len(m.Codes)))
}

func (m *ForestRegressorModel) verify() error {
	if !slices.Contains([]string{"RandomForestRegressor", "ExtraTreesRegressor", "DecisionTreeRegressor"}, m.name) {
		return fmt.Errorf("the learner is %q", m.name)
	}
	return verifyTrees(m.Trees, m.Seeds, 1, m.columns)
}

func verifyTrees(trees []*Tree, seeds []Seed, classes int, columns columnSet) error {
	for i, t := range trees {
		if t == nil || t.classes != classes {
			return fmt.Errorf("trees[%d] is not of the forest's classes", i)
		}
		if err := t.check(columns.count); err != nil {
			return fmt.Errorf("trees[%d]: %w", i, err)
		}
	}
	return cmp.Or(
		columns.verify(),
		wantAtLeast("the number of trees", len(trees), 1),
		wantLength("seeds", len(seeds), len(trees)),
	)
}

func (o *OOB) check(classes int) error {
	switch {
	case o == nil:
		return nil
	case o.Decision == nil || o.Decision.cols != classes:
		return fmt.Errorf("oob has no column for each of %d classes", classes)
	}
	return o.Decision.verify()
}

func (m *ForestModel) rebuild() { m.serving = newServing(m.Trees, len(m.Codes), m.columns) }

func (m *ForestRegressorModel) rebuild() { m.serving = newValueServing(m.Trees, m.columns) }

// archive of a tree is that of its forest.
func (m *TreeModel) archive(a *archive) {
	if a.reading {
		m.forest = &ForestModel{}
	}
	m.forest.archive(a)
}

func (m *TreeModel) verify() error {
	if m.forest == nil {
		return errors.New("there is no tree")
	}
	return cmp.Or(wantLength("trees", len(m.forest.Trees), 1), m.forest.verify())
}

func (m *TreeModel) rebuild() {
	m.forest.rebuild()
	m.Codes, m.Tree = m.forest.Codes, m.forest.Trees[0]
}

// archive of a tree is that of its forest.
func (m *TreeRegressorModel) archive(a *archive) {
	if a.reading {
		m.forest = &ForestRegressorModel{}
	}
	m.forest.archive(a)
}

func (m *TreeRegressorModel) verify() error {
	if m.forest == nil {
		return errors.New("there is no tree")
	}
	return cmp.Or(wantLength("trees", len(m.forest.Trees), 1), m.forest.verify())
}

func (m *TreeRegressorModel) rebuild() {
	m.forest.rebuild()
	m.Tree = m.forest.Trees[0]
}

func (t *Tree) archive(a *archive) {
	wholes(a, "feature", &t.Feature)
	a.shortNumbers("threshold", &t.Threshold)
	wholes(a, "left", &t.Left)
	wholes(a, "right", &t.Right)
	a.shortNumbers("impurity", &t.Impurity)
	wholes(a, "nodeSamples", &t.NodeSamples)
	a.shortNumbers("nodeWeight", &t.NodeWeight)
	a.shortNumbers("value", &t.Value)
}

// verify wants every node but the root to be the child of one other, which comes before
// it, so that each way down ends in a leaf.
func (t *Tree) check(features int) error {
	n := t.NumNodes()
	if err := cmp.Or(
		wantAtLeast("the number of nodes", n, 1),
		wantLength("threshold", len(t.Threshold), n),
		wantLength("left", len(t.Left), n),
		wantLength("right", len(t.Right), n),
		wantLength("impurity", len(t.Impurity), n),
		wantLength("nodeSamples", len(t.NodeSamples), n),
		wantLength("nodeWeight", len(t.NodeWeight), n),
		wantLength("value", len(t.Value), n*t.classes),
		wantFinite("threshold", t.Threshold),
		t.checkImpurity(),
		wantFinite("nodeWeight", t.NodeWeight),
		wantFinite("value", t.Value),
	); err != nil {
		return err
	}
	return t.checkNodes(features)
}

func (t *Tree) checkNodes(features int) error {
	n := t.NumNodes()
	hasParent := make([]bool, n)
	hasParent[0] = true
	for node := range n {
		if err := t.checkNode(node, features, hasParent); err != nil {
			return fmt.Errorf("node %d of %d: %w", node, n, err)
		}
	}
	return nil
}

// checkImpurity allows the infinite one that Poisson gives to nodes of zeros.
func (t *Tree) checkImpurity() error {
	for i, v := range t.Impurity {
		if math.IsNaN(v) || math.IsInf(v, -1) {
			return fmt.Errorf("impurity[%d] is %v", i, v)
		}
	}
	return nil
}

func (t *Tree) checkNode(node, features int, hasParent []bool) error {
	if !hasParent[node] {
		return errors.New("no node before it is its parent")
	}
	feature, left, right := t.Feature[node], t.Left[node], t.Right[node]
	if left == noChild {
		if right != noChild || feature != noFeature || t.Threshold[node] != noThreshold {
			return fmt.Errorf("a leaf has right %d, feature %d and threshold %d", noChild, noFeature, noThreshold)
		}
		return nil
	}
	if feature < 0 || int(feature) >= features {
		return fmt.Errorf("it looks at column %d of %d", feature, features)
	}
	for _, child := range [...]int{int(left), int(right)} {
		if child <= node || child >= len(hasParent) || hasParent[child] {
			return fmt.Errorf("%d cannot be its child", child)
		}
		hasParent[child] = true
	}
	return nil
}
