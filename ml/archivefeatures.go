package ml

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

func (m *SimpleImputerModel) archive(a *archive) {
	m.columns.archive(a)
	choice(a, "strategy", &m.params.Strategy, namesTo(ImputeConstant)...)
	a.number("fillValue", &m.params.FillValue)
	a.text("fillText", &m.params.FillText)
	a.truth("addIndicator", &m.params.AddIndicator)
	a.truth("keepEmpty", &m.params.KeepEmpty)
	objects(a, "fills", &m.fills, func(f *columnFill) {
		a.truth("text", &f.isText)
		if f.isText {
			a.text("value", &f.text)
		} else {
			a.number("value", &f.number)
		}
		if a.reading && f.isText {
			f.number = math.NaN()
		}
		a.truth("missing", &f.hasMissing)
		a.truth("kept", &f.isKept)
	})
}

func (m *SimpleImputerModel) verify() error {
	for j, f := range m.fills {
		if !f.isText && f.isKept != isFinite(f.number) {
			return fmt.Errorf("fills[%d] is %v, want a finite number, or NaN if the column is left out", j, f.number)
		}
	}
	return cmp.Or(m.columns.verify(), m.params.check(), wantLength("fills", len(m.fills), m.columns.count))
}

// archive of a filter that says how many columns there are.
func (f *columnFilter) archive(a *archive) {
	f.columns.archive(a)
	wholes(a, "kept", &f.kept)
}

func (f *columnFilter) verify() error {
	return cmp.Or(
		f.columns.verify(),
		wantAtLeast("the number of columns kept", len(f.kept), 1),
		wantPlaces("kept", f.kept, f.columns.count),
	)
}

func (m *VarianceThresholdModel) archive(a *archive) {
	m.filter.archive(a)
	a.numbers("variances", &m.Variances)
}

func (m *VarianceThresholdModel) verify() error {
	return cmp.Or(m.filter.verify(), wantLength("variances", len(m.Variances), m.filter.columns.count))
}

func (m *VarianceThresholdModel) rebuild() { m.Kept = m.filter.kept }

func (m *NearZeroVarianceModel) archive(a *archive) {
	m.filter.archive(a)
	objects(a, "varieties", &m.Columns, func(c *ColumnVariety) {
		a.text("name", &c.Name)
		a.number("freqRatio", &c.FreqRatio)
		a.number("percentUnique", &c.PercentUnique)
		a.text("reason", &c.Reason)
	})
}

func (m *NearZeroVarianceModel) verify() error {
	return cmp.Or(m.filter.verify(), wantLength("varieties", len(m.Columns), m.filter.columns.count))
}

func (m *NearZeroVarianceModel) rebuild() { m.Kept = m.filter.kept }

func (m *CorrelationFilterModel) archive(a *archive) {
	m.columns.archive(a)
	wholes(a, "kept", &m.Kept)
	objects(a, "dropped", &m.Dropped, func(d *DroppedColumn) {
		whole(a, "column", &d.Col)
		whole(a, "with", &d.With)
		a.number("r", &d.R)
	})
	wholes(a, "constant", &m.Constant)
}

// verify wants every column once, among those kept or those dropped.
func (m *CorrelationFilterModel) verify() error {
	n := len(m.Kept) + len(m.Dropped)
	if err := cmp.Or(wantPlaces("kept", m.Kept, n), wantPlaces("constant", m.Constant, n)); err != nil {
		return err
	}
	seen := make([]bool, n)
	for _, j := range m.Kept {
		seen[j] = true
	}
	for i, d := range m.Dropped {
		if d.Col < 0 || d.Col >= n || d.With < 0 || d.With >= n || seen[d.Col] {
			return fmt.Errorf("dropped[%d] is column %d, correlated with column %d, of %d", i, d.Col, d.With, n)
		}
		seen[d.Col] = true
	}
	return cmp.Or(m.columns.verify(), wantLength("kept and dropped", n, m.columns.count))
}

// archive has the lists of products as they are: a few bytes could ask for any number
// of them.
func (m *PolynomialFeaturesModel) archive(a *archive) {
	m.columns.archive(a)
	whole(a, "degree", &m.params.Degree)
	whole(a, "minDegree", &m.params.MinDegree)
	a.truth("interactionOnly", &m.params.InteractionOnly)
	a.truth("includeBias", &m.params.IncludeBias)
	whole(a, "maxBytes", &m.params.MaxBytes)
	objects(a, "levels", &m.levels, func(level *[]product) { archiveProducts(a, level) })
	a.texts("names", &m.Names)
}

func archiveProducts(a *archive, level *[]product) {
	var columns, rests []int
	for _, p := range *level {
		columns, rests = append(columns, p.column), append(rests, p.rest)
	}
	wholes(a, "column", &columns)
	wholes(a, "rest", &rests)
	if !a.reading {
		return
	}
	if len(columns) != len(rests) {
		a.fail(fmt.Errorf("%d columns are multiplied by %d products", len(columns), len(rests)))
		return
	}
	for i, j := range columns {
		*level = append(*level, product{j, rests[i]})
	}
}

func (m *PolynomialFeaturesModel) verify() error {
	if err := cmp.Or(m.columns.verify(), m.params.check()); err != nil {
		return err
	}
	if err := wantLength("levels", len(m.levels), m.params.degree(m.columns.count)); err != nil {
		return err
	}
	if len(m.levels) > 0 {
		if err := wantLength("products of degree 1", len(m.levels[0]), m.columns.count); err != nil {
			return err
		}
	}
	names, below := 0, 1
	if m.params.IncludeBias {
		names++
	}
	for d, level := range m.levels {
		for i, p := range level {
			if p.column < 0 || p.column >= m.columns.count || p.rest < 0 || p.rest >= below {
				return fmt.Errorf("product %d of degree %d is column %d times product %d of %d", i, d+1, p.column, p.rest, below)
			}
		}
		if d+1 >= m.params.MinDegree {
			names += len(level)
		}
		below = len(level)
	}
	if names == 0 {
		return errors.New("there are no products")
	}
	return wantLength("names", len(m.Names), names)
}

func (m *PolynomialFeaturesModel) rebuild() {
	if len(m.levels) > 0 { // else there is nothing to call by its name
		m.inputs = m.columns.known()
	}
}

func (m *PCAModel) archive(a *archive) {
	m.columns.archive(a)
	a.text("svdSolver", (*string)(&m.SVDSolver))
	a.truth("whiten", &m.whiten)
	whole(a, "nSamples", &m.NSamples)
	a.numbers("mean", &m.Mean)
	a.rows("components", &m.Components)
	a.numbers("explainedVariance", &m.ExplainedVariance)
	a.numbers("explainedVarianceRatio", &m.ExplainedVarianceRatio)
	a.numbers("singularValues", &m.SingularValues)
	a.number("noiseVariance", &m.NoiseVariance)
}

func (m *PCAModel) verify() error {
	if m.SVDSolver != SVDFull && m.SVDSolver != SVDRandomized {
		return fmt.Errorf("svdSolver is %q, want %q or %q", m.SVDSolver, SVDFull, SVDRandomized)
	}
	p, k := m.columns.count, len(m.Components)
	return cmp.Or(
		m.columns.verify(),
		wantAtLeast("nSamples", m.NSamples, 1),
		wantLength("mean", len(m.Mean), p),
		wantFinite("mean", m.Mean),
		wantRows("components", m.Components, k, p),
		wantLength("explainedVariance", len(m.ExplainedVariance), k),
		wantLength("explainedVarianceRatio", len(m.ExplainedVarianceRatio), k),
		wantLength("singularValues", len(m.SingularValues), k),
		wantFinite("singularValues", m.SingularValues),
	)
}

func (m *PCAModel) rebuild() {
	m.axes = newGeneral(len(m.Components), m.columns.count)
	for i, component := range m.Components {
		axis := rowOf(m.axes, i).Data
		copy(axis, component)
		m.Components[i] = axis
	}
	m.outputs = numbered("pca", len(m.Components))
}
