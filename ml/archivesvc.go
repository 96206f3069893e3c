package ml

import (
	"cmp"
	"errors"
	"fmt"
)

func (m *SVCModel) archive(a *archive) {
	m.archiveKernel(a, &m.Gamma)
	wholes(a, "codes", &m.Codes)
	wholes(a, "numSupport", &m.NumSupport)
	wholes(a, "support", &m.Support)
	m.archiveSamples(a)
	a.rows("dualCoef", &m.DualCoef)
	a.numbers("intercept", &m.Intercept)
	a.numbers("objective", &m.Objective)
	wholes(a, "iterations", &m.Iterations)
	a.truth("converged", &m.Converged)
	a.truth("breakTies", &m.BreakTies)
	a.numbers("probA", &m.ProbA)
	a.numbers("probB", &m.ProbB)
}

func (m *SVCModel) verify() error {
	k, n := len(m.Codes), len(m.Support)
	pairs := k * (k - 1) / 2
	return cmp.Or(
		m.checkKernel(m.Gamma),
		m.columns.verify(),
		wantCodes(m.Codes, 2),
		m.checkSupport(),
		wantRows("dualCoef", m.DualCoef, k-1, n),
		wantLength("intercept", len(m.Intercept), pairs),
		wantFinite("intercept", m.Intercept),
		m.checkSolver(pairs),
		m.checkSigmoids(pairs),
	)
}

func (m *SVCModel) checkSigmoids(pairs int) error {
	if len(m.ProbA) == 0 && len(m.ProbB) == 0 {
		return nil
	}
	return cmp.Or(
		wantLength("probA", len(m.ProbA), pairs),
		wantLength("probB", len(m.ProbB), pairs),
		wantFinite("probA", m.ProbA),
		wantFinite("probB", m.ProbB),
	)
}

func (v *supportVectors) checkKernel(gamma float64) error {
	if v.kernel.custom != nil {
		return errors.New("the kernel is a function of one's own, which cannot be saved")
	}
	if v.kernel.kind == KernelLinear || v.kernel.kind == KernelPrecomputed {
		return nil
	}
	return cmp.Or(wantNumber("gamma", gamma), wantNumber("coef0", v.kernel.coef0), wantAtLeast("degree", v.kernel.degree, 0))
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
	return m.checkSamples(m.Support)
}

// checkSamples wants a sample for each of some training rows.
func (v *supportVectors) checkSamples(rows []int) error {
	if v.kernel.kind != KernelPrecomputed {
		return wantRows("samples", v.samples, len(rows), v.columns.count)
	}
	for i, row := range rows {
		if row < 0 || row >= v.columns.count {
			return fmt.Errorf("support[%d] is row %d, the kernel was computed for %d rows", i, row, v.columns.count)
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

func (m *SVCModel) rebuild() { m.restore(m.Gamma, m.Support) }

// restore sets what is not stored.
func (v *supportVectors) restore(gamma float64, rows []int) {
	v.kernel.gamma = gamma
	if v.kernel.kind == KernelPrecomputed {
		v.samples = make([][]float64, len(rows))
	}
	v.pack()
}

// archiveKernel has the kernel and the number of columns.
func (v *supportVectors) archiveKernel(a *archive, gamma *float64) {
	choice(a, "kernel", &v.kernel.kind, kernelNames[:]...)
	a.number("gamma", gamma)
	a.number("coef0", &v.kernel.coef0)
	whole(a, "degree", &v.kernel.degree)
	v.columns.archive(a)
}

func (v *supportVectors) archiveSamples(a *archive) {
	if v.kernel.kind != KernelPrecomputed {
		a.rows("samples", &v.samples)
	}
}

func (m *SVRModel) archive(a *archive) {
	m.archiveKernel(a, &m.Gamma)
	wholes(a, "support", &m.Support)
	m.archiveSamples(a)
	a.numbers("dualCoef", &m.DualCoef)
	a.number("intercept", &m.Intercept)
	a.number("objective", &m.Objective)
	whole(a, "iterations", &m.Iterations)
	a.truth("converged", &m.Converged)
}

func (m *SVRModel) verify() error {
	return cmp.Or(
		m.checkKernel(m.Gamma),
		m.columns.verify(),
		m.checkSamples(m.Support),
		wantLength("dualCoef", len(m.DualCoef), len(m.Support)),
		wantFinite("dualCoef", m.DualCoef),
		wantNumber("intercept", m.Intercept),
		wantNumber("objective", m.Objective),
	)
}

func (m *SVRModel) rebuild() { m.restore(m.Gamma, m.Support) }

func (m *LinearSVCModel) archive(a *archive) {
	m.columns.archive(a)
	wholes(a, "codes", &m.Codes)
	a.rows("coef", &m.Coef)
	a.numbers("intercept", &m.Intercept)
	wholes(a, "iterations", &m.Iterations)
	a.truth("converged", &m.Converged)
}

func (m *LinearSVCModel) verify() error {
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

// A OneClassSVMModel has the fields of an SVRModel.
func (m *OneClassSVMModel) archive(a *archive) { (*SVRModel)(m).archive(a) }

func (m *OneClassSVMModel) verify() error { return (*SVRModel)(m).verify() }

func (m *OneClassSVMModel) rebuild() { m.restore(m.Gamma, m.Support) }
