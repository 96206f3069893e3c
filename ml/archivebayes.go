package ml

import "cmp"

func (m *GaussianNBModel) archive(a *archive) {
	m.columns.archive(a)
	wholes(a, "codes", &m.Codes)
	a.numbers("count", &m.Count)
	a.numbers("prior", &m.Prior)
	a.rows("mean", &m.Mean)
	a.rows("variance", &m.variance)
	a.number("smoothing", &m.Smoothing)
}

func (m *GaussianNBModel) verify() error {
	k := len(m.Codes)
	if err := cmp.Or(wantCodes(m.Codes, 1), wantLength("mean", len(m.Mean), k)); err != nil {
		return err
	}
	return cmp.Or(
		m.columns.verify(),
		wantRows("mean", m.Mean, k, m.columns.count),
		wantRows("variance", m.variance, k, m.columns.count),
		wantLength("count", len(m.Count), k),
		wantFinite("count", m.Count),
		wantLength("prior", len(m.Prior), k),
		wantFinite("prior", m.Prior),
		wantNumber("smoothing", m.Smoothing),
	)
}

func (m *GaussianNBModel) rebuild() { m.smooth() }

func (m *DummyClassifierModel) archive(a *archive) {
	choice(a, "strategy", &m.params.Strategy, namesTo(DummyConstant)...)
	whole(a, "constant", &m.params.Constant)
	whole(a, "seed", &m.params.Seed.n)
	whole(a, "features", &m.features)
	wholes(a, "codes", &m.Codes)
	a.numbers("prior", &m.Prior)
}

func (m *DummyClassifierModel) verify() error {
	return cmp.Or(
		wantColumns(m.features),
		wantCodes(m.Codes, 1),
		wantLength("prior", len(m.Prior), len(m.Codes)),
		wantFinite("prior", m.Prior),
		m.checkConstant(),
	)
}

func (m *DummyClassifierModel) checkConstant() error {
	if m.params.Strategy != DummyConstant {
		return nil
	}
	return wantKnown("constant", m.params.Constant, m.Codes)
}

func (m *DummyRegressorModel) archive(a *archive) {
	whole(a, "features", &m.features)
	a.number("value", &m.Value)
}

func (m *DummyRegressorModel) verify() error {
	return cmp.Or(wantColumns(m.features), wantNumber("value", m.Value))
}
