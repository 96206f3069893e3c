package ml

import (
	"cmp"
	"errors"
)

func (m *LinearModel) archive(a *archive) {
	a.text("learner", &m.learner)
	m.columns.archive(a)
	archiveMatrix(a, "coef", &m.Coef)
	a.numbers("intercept", &m.Intercept)
	whole(a, "rank", &m.Rank)
	a.numbers("singular", &m.Singular)
	wholes(a, "iterations", &m.Iterations)
	a.numbers("dualGap", &m.DualGap)
	a.truth("converged", &m.Converged)
	a.texts("targets", &m.targets)
}

func (m *LinearModel) verify() error {
	if m.Coef == nil {
		return errors.New("there is no coef")
	}
	if err := m.Coef.verify(); err != nil {
		return err
	}
	q := m.Coef.cols
	err := cmp.Or(
		m.columns.verify(),
		wantLength("coef", m.Coef.rows, m.columns.count),
		wantAtLeast("the number of targets", q, 1),
		wantFinite("coef", m.Coef.data),
		wantLength("intercept", len(m.Intercept), q),
		wantFinite("intercept", m.Intercept),
	)
	if len(m.targets) > 0 {
		err = cmp.Or(err, wantLength("targets", len(m.targets), q))
	}
	return err
}

func (m *KNeighborsRegressorModel) archive(a *archive) {
	archiveNeighbors(a, &m.Neighbors, func() { a.numbers("values", &m.values) })
}

func (m *KNeighborsRegressorModel) verify() error {
	if err := m.Neighbors.verify(); err != nil {
		return err
	}
	return cmp.Or(wantLength("values", len(m.values), m.Neighbors.training.rows), wantFinite("values", m.values))
}

func (m *KNeighborsRegressorModel) rebuild() { m.Neighbors.rebuild() }
