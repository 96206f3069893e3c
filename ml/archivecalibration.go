package ml

import (
	"cmp"
	"fmt"
)

func (m *CalibratedClassifierModel) archive(a *archive) {
	wholes(a, "codes", &m.Codes)
	objects(a, "parts", &m.Parts, func(p *CalibratedPart) {
		model(a, "model", &p.Model)
		objects(a, "calibrations", &p.Calibrations, func(c *Calibration) {
			a.number("a", &c.A)
			a.number("b", &c.B)
			optional(a, "isotonic", &c.Isotonic, func(m *IsotonicRegressionModel) { m.archive(a) })
		})
	})
}

func (m *CalibratedClassifierModel) verify() error {
	if err := cmp.Or(wantCodes(m.Codes, 2), wantAtLeast("the number of parts", len(m.Parts), 1)); err != nil {
		return err
	}
	for i, p := range m.Parts {
		if err := p.verify(len(m.Codes)); err != nil {
			return fmt.Errorf("parts[%d]: %w", i, err)
		}
	}
	return nil
}

func (p CalibratedPart) verify(classes int) error {
	if err := wantLength("calibrations", len(p.Calibrations), scoreColumns(classes)); err != nil {
		return err
	}
	for _, c := range p.Calibrations {
		if err := cmp.Or(wantNumber("a", c.A), wantNumber("b", c.B)); err != nil {
			return err
		}
		if c.Isotonic != nil {
			if err := c.Isotonic.verify(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *IsotonicRegressionModel) archive(a *archive) {
	a.numbers("x", &m.X)
	a.numbers("y", &m.Y)
}

func (m *IsotonicRegressionModel) verify() error {
	if err := cmp.Or(
		wantAtLeast("the number of points", len(m.X), 1),
		wantLength("y", len(m.Y), len(m.X)),
		wantFinite("x", m.X),
		wantFinite("y", m.Y),
	); err != nil {
		return err
	}
	for i := 1; i < len(m.X); i++ {
		if m.X[i] <= m.X[i-1] {
			return fmt.Errorf("x[%d] is %v, want a number above %v", i, m.X[i], m.X[i-1])
		}
	}
	return nil
}
