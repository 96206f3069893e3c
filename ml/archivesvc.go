package ml

import (
	"cmp"
	"errors"
	"fmt"
)

func (m *SVCModel) archive(a *archive) {
	choice(a, "kernel", &m.kernel.kind, kernelNames[:]...)
	a.number("gamma", &m.Gamma)
	a.number("coef0", &m.kernel.coef0)
	whole(a, "degree", &m.kernel.degree)
	whole(a, "features", &m.features)
	wholes(a, "codes", &m.Codes)
	wholes(a, "numSupport", &m.NumSupport)
	wholes(a, "support", &m.Support)
	if m.kernel.kind != KernelPrecomputed {
		a.rows("samples", &m.samples)
	}
	a.rows("dualCoef", &m.DualCoef)
	a.numbers("intercept", &m.Intercept)
	a.numbers("objective", &m.Objective)
	wholes(a, "iterations", &m.Iterations)
	a.truth("converged", &m.Converged)
	a.truth("breakTies", &m.BreakTies)
}

func (m *SVCModel) verify() error {
	k, n := len(m.Codes), len(m.Support)
	pairs := k * (k - 1) / 2
	return cmp.Or(
		m.checkKernel(),
		wantColumns(m.features),
		wantCodes(m.Codes, 2),
		m.checkSupport(),
		wantRows("dualCoef", m.DualCoef, k-1, n),
		wantLength("intercept", len(m.Intercept), pairs),
		wantFinite("intercept", m.Intercept),
		m.checkSolver(pairs),
	)
}

func (m *SVCModel) checkKernel() error {
	if m.kernel.custom != nil {
		return errors.New("the kernel is a function of one's own, which cannot be saved")
	}
	if m.kernel.kind == KernelLinear || m.kernel.kind == KernelPrecomputed {
		return nil
	}
	return cmp.Or(wantNumber("gamma", m.Gamma), wantNumber("coef0", m.kernel.coef0), wantAtLeast("degree", m.kernel.degree, 0))
}

// checkSupport wants to know the rows of the training data only where they are used.
func (m *SVCModel) checkSupport() error {
	total := 0
	for class, n := range m.NumSupport {
		if n < 0 || n > len(m.Support)-total {
			return fmt.Errorf("numSupport[%d] is %d, %d support vectors are left", class, n, len(m.Support)-total)
		}
		total += n
	}
	if err := cmp.Or(
		wantLength("numSupport", len(m.NumSupport), len(m.Codes)),
		wantLength("support", len(m.Support), total),
	); err != nil {
		return err
	}
	if m.kernel.kind != KernelPrecomputed {
		return wantRows("samples", m.samples, total, m.features)
	}
	for i, row := range m.Support {
		if row < 0 || row >= m.features {
			return fmt.Errorf("support[%d] is row %d, the kernel was computed for %d rows", i, row, m.features)
		}
	}
	return nil
}

// checkSolver allows for models of libsvm, which do not say what the solver did.
func (m *SVCModel) checkSolver(pairs int) error {
	if len(m.Objective) == 0 && len(m.Iterations) == 0 {
		return nil
	}
	return cmp.Or(
		wantLength("objective", len(m.Objective), pairs),
		wantLength("iterations", len(m.Iterations), pairs),
		wantFinite("objective", m.Objective),
	)
}

func (m *SVCModel) rebuild() {
	m.kernel.gamma = m.Gamma
	if m.kernel.kind == KernelPrecomputed {
		m.samples = make([][]float64, len(m.Support))
	}
	m.pack()
}
