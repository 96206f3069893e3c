package ml

import (
	"cmp"
	"errors"
	"fmt"
)

func (m *LogisticRegressionModel) archive(a *archive) {
	wholes(a, "codes", &m.Codes)
	m.columns.archive(a)
	a.rows("coef", &m.Coef)
	a.numbers("intercept", &m.Intercept)
	wholes(a, "iterations", &m.Iterations)
	a.truth("converged", &m.Converged)
	a.truth("oneVsRest", &m.OneVsRest)
}

func (m *LogisticRegressionModel) verify() error {
	outputs := len(m.Codes)
	if outputs == 2 {
		outputs = 1
	}
	return cmp.Or(
		wantCodes(m.Codes, 2),
		m.columns.verify(),
		wantRows("coef", m.Coef, outputs, m.columns.count),
		wantLength("intercept", len(m.Intercept), outputs),
		wantFinite("intercept", m.Intercept),
	)
}

func (m *KNeighborsModel) archive(a *archive) {
	archiveNeighbors(a, &m.Neighbors, func() {
		wholes(a, "codes", &m.Codes)
		wholes(a, "class", &m.class)
	})
}

// archiveNeighbors has the training rows, and before them what is known of each. What
// finds the nearest of them is made again, as it was.
func archiveNeighbors(a *archive, v **Neighbors, targets func()) {
	if a.reading {
		*v = &Neighbors{}
	}
	n := *v
	whole(a, "nNeighbors", &n.params.NNeighbors)
	choice(a, "weights", &n.params.Weights, namesTo(DistanceWeights)...)
	a.number("p", &n.params.P)
	choice(a, "algorithm", &n.params.Algorithm, namesTo(KDTree)...)
	whole(a, "leafSize", &n.params.LeafSize)
	targets()
	archiveMatrix(a, "training", &n.training)
}

func (n *Neighbors) verify() error {
	if n == nil {
		return errors.New("there are no training rows")
	}
	return cmp.Or(
		n.params.check(),
		n.training.verify(),
		wantAtLeast("the number of training rows", n.training.rows, n.params.NNeighbors),
		wantAtLeast("the number of columns", n.training.cols, 1),
		wantFinite("training", n.training.data),
	)
}

func (n *Neighbors) rebuild() { n.index = n.params.newIndex(n.training) }

func (m *KNeighborsModel) verify() error {
	if err := m.Neighbors.verify(); err != nil {
		return err
	}
	if err := cmp.Or(wantCodes(m.Codes, 1), wantLength("class", len(m.class), m.Neighbors.training.rows)); err != nil {
		return err
	}
	for row, c := range m.class {
		if c < 0 || c >= len(m.Codes) {
			return fmt.Errorf("class[%d] is %d, there are %d", row, c, len(m.Codes))
		}
	}
	return nil
}

func (m *KNeighborsModel) rebuild() { m.Neighbors.rebuild() }

func (m *PLSRegressionModel) archive(a *archive) {
	for _, part := range m.matrices() {
		archiveMatrix(a, part.name, part.matrix)
	}
	a.numbers("intercept", &m.Intercept)
	a.numbers("xMean", &m.XMean)
	a.numbers("xScale", &m.XScale)
	a.numbers("yMean", &m.YMean)
	a.numbers("yScale", &m.YScale)
	wholes(a, "nIter", &m.NIter)
	a.truth("converged", &m.Converged)
	a.text("stopped", &m.Stopped)
	a.texts("xNames", &m.xNames)
	a.texts("yNames", &m.yNames)
}

// plsMatrix is a matrix of a PLSRegressionModel and its size; −1 stands for the number
// of rows of Fit.
type plsMatrix struct {
	name       string
	matrix     **Matrix
	rows, cols int
}

func (m *PLSRegressionModel) matrices() []plsMatrix {
	p, q, k := len(m.XMean), len(m.YMean), 0
	if m.XWeights != nil {
		k = m.XWeights.cols
	}
	return []plsMatrix{
		{"xWeights", &m.XWeights, p, k}, {"yWeights", &m.YWeights, q, k},
		{"xLoadings", &m.XLoadings, p, k}, {"yLoadings", &m.YLoadings, q, k},
		{"xScores", &m.XScores, -1, k}, {"yScores", &m.YScores, -1, k},
		{"xRotations", &m.XRotations, p, k}, {"yRotations", &m.YRotations, q, k},
		{"coef", &m.Coef, p, q},
	}
}

func (m *PLSRegressionModel) verify() error {
	for _, part := range m.matrices() {
		X := *part.matrix
		if X == nil {
			return errors.New("there is no " + part.name)
		}
		rows := part.rows
		if rows < 0 {
			rows = m.XScores.rows
		}
		if X.rows != rows || X.cols != part.cols {
			return fmt.Errorf("%s is %d×%d, want %d×%d", part.name, X.rows, X.cols, rows, part.cols)
		}
		if err := X.verify(); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	p, q := len(m.XMean), len(m.YMean)
	err := cmp.Or(
		wantAtLeast("the number of columns", p, 1),
		wantAtLeast("the number of targets", q, 1),
		wantAtLeast("the number of components", m.XWeights.cols, 1),
		wantFinite("coef", m.Coef.data),
		wantLength("intercept", len(m.Intercept), q),
		wantScale("xScale", m.XScale, p),
		wantScale("yScale", m.YScale, q),
	)
	if len(m.xNames) > 0 {
		err = cmp.Or(err, wantLength("xNames", len(m.xNames), p))
	}
	if len(m.yNames) > 0 {
		err = cmp.Or(err, wantLength("yNames", len(m.yNames), q))
	}
	return err
}
