package ml

import "slices"

// samples copies the given rows of X for the kernel.
func (k kernel) samples(X *Matrix, rows []int) kernelSamples {
	switch {
	case k.custom != nil:
		return newFunctionSamples(k.custom, X, rows)
	case k.kind == KernelPrecomputed:
		return newPrecomputedSamples(X, rows)
	}
	return newColumnSamples(k, X, rows)
}

// columnSamples are samples whose kernel is a function of inner products. They are
// kept column by column, so that one row of the kernel runs along memory.
type columnSamples struct {
	kernel kernel
	cols   [][]float64
	norms  []float64 // x·x per sample; what RBF needs
}

// newColumnSamples copies the given rows of X.
func newColumnSamples(k kernel, X *Matrix, rows []int) *columnSamples {
	s := &columnSamples{kernel: k, norms: make([]float64, len(rows))}
	for j := range X.cols {
		s.cols = append(s.cols, takeFrom(X.Col(j), rows))
	}
	for _, col := range s.cols {
		for i, v := range col {
			s.norms[i] += float64(v * v)
		}
	}
	return s
}

func (s *columnSamples) fill(dst []float32, i, lo int) {
	const block = 256
	var products [block]float64
	for len(dst) > 0 {
		n := min(block, len(dst))
		s.products(products[:n], i, lo)
		for t, xz := range products[:n] {
			dst[t] = float32(s.kernel.fromProducts(s.norms[i], s.norms[lo+t], xz))
		}
		dst, lo = dst[n:], lo+n
	}
}

// products sets dst[t] to the inner product of the samples i and lo+t.
func (s *columnSamples) products(dst []float64, i, lo int) {
	clear(dst)
	for _, col := range s.cols {
		x := col[i]
		for t, z := range col[lo : lo+len(dst)] {
			dst[t] += float64(x * z)
		}
	}
}

func (s *columnSamples) diagonal() []float64 {
	d := make([]float64, len(s.norms))
	for i, n := range s.norms {
		d[i] = s.kernel.fromProducts(n, n, n)
	}
	return d
}

func (s *columnSamples) swap(i, j int) {
	for _, col := range s.cols {
		col[i], col[j] = col[j], col[i]
	}
	s.norms[i], s.norms[j] = s.norms[j], s.norms[i]
}

// functionSamples are samples whose kernel is a function of the caller's.
type functionSamples struct {
	f       func(x, z []float64) float64
	samples [][]float64
}

func newFunctionSamples(f func(x, z []float64) float64, X *Matrix, rows []int) *functionSamples {
	s := &functionSamples{f: f}
	for _, row := range rows {
		s.samples = append(s.samples, X.Row(nil, row))
	}
	return s
}

func (s *functionSamples) fill(dst []float32, i, lo int) {
	for t := range dst {
		dst[t] = float32(s.f(s.samples[i], s.samples[lo+t]))
	}
}

func (s *functionSamples) diagonal() []float64 {
	d := make([]float64, len(s.samples))
	for i, x := range s.samples {
		d[i] = s.f(x, x)
	}
	return d
}

func (s *functionSamples) swap(i, j int) {
	s.samples[i], s.samples[j] = s.samples[j], s.samples[i]
}

// precomputedSamples read the kernel from a matrix.
type precomputedSamples struct {
	values *Matrix
	rows   []int
}

func newPrecomputedSamples(values *Matrix, rows []int) *precomputedSamples {
	return &precomputedSamples{values, slices.Clone(rows)}
}

func (s *precomputedSamples) fill(dst []float32, i, lo int) {
	for t := range dst {
		dst[t] = float32(s.values.At(s.rows[i], s.rows[lo+t]))
	}
}

func (s *precomputedSamples) diagonal() []float64 {
	d := make([]float64, len(s.rows))
	for i, row := range s.rows {
		d[i] = s.values.At(row, row)
	}
	return d
}

func (s *precomputedSamples) swap(i, j int) { s.rows[i], s.rows[j] = s.rows[j], s.rows[i] }
