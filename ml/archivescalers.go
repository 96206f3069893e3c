package ml

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

func (c *columnSet) archive(a *archive) {
	a.object("columns", func() {
		whole(a, "count", &c.count)
		a.texts("names", &c.names)
	})
}

func (c *columnSet) verify() error {
	err := wantColumns(c.count)
	if c.names != nil {
		err = cmp.Or(err, wantLength("names", len(c.names), c.count))
	}
	return err
}

// wantScale is for what cells are divided by, one number per column. Those of columns
// without a value are NaN.
func wantScale(name string, scale []float64, columns int) error {
	for j, s := range scale {
		if s <= 0 {
			return fmt.Errorf("%s[%d] is %v, want a number above 0", name, j, s)
		}
	}
	return wantLength(name, len(scale), columns)
}

func (m *StandardScalerModel) archive(a *archive) {
	m.columns.archive(a)
	a.truth("withMean", &m.params.WithMean)
	a.truth("withStd", &m.params.WithStd)
	a.numbers("mean", &m.Mean)
	a.numbers("var", &m.Var)
	a.numbers("scale", &m.Scale)
	a.numbers("samplesSeen", &m.SamplesSeen)
}

func (m *StandardScalerModel) verify() error {
	p := m.columns.count
	return cmp.Or(
		m.columns.verify(),
		wantLength("mean", len(m.Mean), p),
		wantLength("var", len(m.Var), p),
		wantScale("scale", m.Scale, p),
		wantLength("samplesSeen", len(m.SamplesSeen), p),
	)
}

func (m *MinMaxScalerModel) archive(a *archive) {
	m.columns.archive(a)
	a.number("from", &m.params.FeatureRange[0])
	a.number("to", &m.params.FeatureRange[1])
	a.truth("clip", &m.params.Clip)
	a.numbers("dataMin", &m.DataMin)
	a.numbers("dataMax", &m.DataMax)
	a.numbers("dataRange", &m.DataRange)
	a.numbers("scale", &m.Scale)
	a.numbers("min", &m.Min)
	whole(a, "samplesSeen", &m.SamplesSeen)
}

func (m *MinMaxScalerModel) verify() error {
	p := m.columns.count
	return cmp.Or(
		m.columns.verify(),
		m.params.check(),
		wantLength("dataMin", len(m.DataMin), p),
		wantLength("dataMax", len(m.DataMax), p),
		wantLength("dataRange", len(m.DataRange), p),
		wantScale("scale", m.Scale, p),
		wantLength("min", len(m.Min), p),
		wantAtLeast("samplesSeen", m.SamplesSeen, 1),
	)
}

func (m *MaxAbsScalerModel) archive(a *archive) {
	m.columns.archive(a)
	a.numbers("maxAbs", &m.MaxAbs)
	a.numbers("scale", &m.Scale)
	whole(a, "samplesSeen", &m.SamplesSeen)
}

func (m *MaxAbsScalerModel) verify() error {
	p := m.columns.count
	return cmp.Or(
		m.columns.verify(),
		wantLength("maxAbs", len(m.MaxAbs), p),
		wantScale("scale", m.Scale, p),
		wantAtLeast("samplesSeen", m.SamplesSeen, 1),
	)
}

func (m *RobustScalerModel) archive(a *archive) {
	m.columns.archive(a)
	a.numbers("center", &m.Center)
	a.numbers("scale", &m.Scale)
}

func (m *RobustScalerModel) verify() error {
	p := m.columns.count
	return cmp.Or(m.columns.verify(), wantLength("center", len(m.Center), p), wantScale("scale", m.Scale, p))
}

func (m *NormalizerModel) archive(a *archive) {
	m.columns.archive(a)
	choice(a, "norm", &m.params.Norm, namesTo(NormMax)...)
}

func (m *NormalizerModel) verify() error { return m.columns.verify() }

func (m *SpatialSignModel) archive(a *archive) {
	if a.reading {
		m.Scaler = &StandardScalerModel{}
	}
	a.object("scaler", func() { m.Scaler.archive(a) })
}

func (m *SpatialSignModel) verify() error {
	if m.Scaler == nil {
		return errors.New("there is no scaler")
	}
	return m.Scaler.verify()
}

func (f *Function) archive(a *archive) { choice(a, "function", f, namesTo(Reciprocal)...) }

func (f *Function) verify() error { return nil }

func (m *PowerTransformerModel) archive(a *archive) {
	m.columns.archive(a)
	choice(a, "method", &m.params.Method, namesTo(BoxCox)...)
	a.truth("standardize", &m.params.Standardize)
	a.numbers("lambda", &m.Lambda)
	columns := m.centredColumns()
	objects(a, "centred", &columns, func(c *centredColumn) {
		whole(a, "column", &c.column)
		a.number("lambda", &c.lambda)
		a.number("sign", &c.sign)
		a.number("center", &c.center)
		a.number("zero", &c.zero)
		a.number("scale", &c.scale)
	})
	optional(a, "scaler", &m.scaler, func(s *StandardScalerModel) { s.archive(a) })
	if a.reading && a.err == nil {
		if err := m.setPowers(columns); err != nil {
			a.fail(err)
		}
	}
}

// centredColumn is a column that is centred before it is raised.
type centredColumn struct {
	column int
	centred
}

func (m *PowerTransformerModel) centredColumns() []centredColumn {
	var all []centredColumn
	for j, p := range m.powers {
		if c, ok := p.(centred); ok {
			all = append(all, centredColumn{j, c})
		}
	}
	return all
}

// setPowers makes the powers of all columns by Lambda, but for those that are centred.
func (m *PowerTransformerModel) setPowers(columns []centredColumn) error {
	m.powers = make([]power, len(m.Lambda))
	for j, lambda := range m.Lambda {
		m.powers[j] = m.params.power(lambda)
	}
	before := -1
	for _, c := range columns {
		if c.column <= before || c.column >= len(m.powers) {
			return fmt.Errorf("column %d of %d is centred", c.column, len(m.powers))
		}
		before = c.column
		c.logPower = newLogPower()
		if m.params.Method == YeoJohnson {
			c.shift = 1
		}
		m.powers[c.column] = c.centred
	}
	return nil
}

func (m *PowerTransformerModel) verify() error {
	p := len(m.powers)
	err := cmp.Or(m.columns.verify(), wantLength("lambda", len(m.Lambda), m.columns.count))
	switch {
	case m.params.Standardize != (m.scaler != nil):
		return errors.New("there is a scaler if and only if it is to standardize")
	case m.scaler != nil:
		err = cmp.Or(err, m.scaler.verify(), wantLength("columns of the scaler", m.scaler.columns.count, p))
	}
	return err
}

func (m *QuantileTransformerModel) archive(a *archive) {
	m.columns.archive(a)
	choice(a, "output", &m.output, namesTo(OutputNormal)...)
	a.rows("quantiles", &m.Quantiles)
}

func (m *QuantileTransformerModel) verify() error {
	for j, q := range m.Quantiles {
		if len(q) == 0 || len(q) != len(m.Quantiles[0]) {
			return fmt.Errorf("there are %d quantiles of column %d, and %d of the first", len(q), j, len(m.Quantiles[0]))
		}
		for i, v := range q {
			if i > 0 && v < q[i-1] || math.IsNaN(v) != math.IsNaN(q[0]) {
				return fmt.Errorf("quantile %d of column %d is %v, behind %v", i, j, v, q[max(i-1, 0)])
			}
		}
	}
	return cmp.Or(wantAtLeast("the number of columns", len(m.Quantiles), 1), m.columns.verify(), wantLength("quantiles", len(m.Quantiles), m.columns.count))
}

func (m *QuantileTransformerModel) rebuild() { m.References = references(len(m.Quantiles[0])) }
