package ml

import (
	"context"
	"slices"

	"github.com/penstock/penstock/internal/vec"
)

// samples copies the given rows of X for the kernel.
func (k kernel) samples(ctx context.Context, X *Matrix, rows []int) kernelSamples {
	switch {
	case k.custom != nil:
		return newFunctionSamples(k.custom, X, rows)
	case k.kind == KernelPrecomputed:
		return newPrecomputedSamples(X, rows)
	}
	return newPanelSamples(ctx, k, X, rows)
}

// panelSamples are samples whose kernel is a function of inner products.
type panelSamples struct {
	kernel kernel
	panels *vec.Panels
	exact  bool      // products have the bits of libsvm's
	norms  []float64 // x·x per sample, which RBF needs; padded to whole panels
	x      []float64 // room for one sample
	n      int
	ctx    context.Context // of the pool that long rows are shared out in
}

// newPanelSamples copies the given rows of X.
func newPanelSamples(ctx context.Context, k kernel, X *Matrix, rows []int) *panelSamples {
	s := &panelSamples{kernel: k, panels: vec.NewPanels(len(rows), X.cols), x: make([]float64, X.cols), n: len(rows), ctx: ctx}
	for f := range X.cols {
		col := X.Col(f)
		for i, row := range rows {
			s.panels.Set(i, f, col[row])
		}
	}
	// Rows of the linear kernel, rounded to float32, are the same anyway, but not its diagonal, which
	// is not rounded.
	s.exact = k.kind != KernelRBF
	s.norms = s.squaredNorms()
	if k.kind == KernelRBF && k.gamma*slices.Max(s.norms) > farFromOrigin {
		s.exact = true
		s.norms = s.squaredNorms()
	}
	s.exact = s.exact && k.kind != KernelLinear
	return s
}

// farFromOrigin is the exponent of the RBF kernel, for a sample and the origin, beyond which exact
// products are worth their time. Samples that are close to each other but far from the origin have a
// distance that is a small difference of large numbers, whose last bits are seen in a float32.
const farFromOrigin = 16

// dots sets dst to the products of a sample and those of whole panels. Polynomial and sigmoid
// kernels need not be positive, so that there can be several solutions; which one the solver comes
// to depends on the last bit, and has to be that of libsvm.
func (s *panelSamples) dots(dst []float64, first int, x []float64) {
	if s.exact {
		s.panels.DotsOfBLAS(dst, first, x)
	} else {
		s.panels.Dots(dst, first, x)
	}
}

// squaredNorms returns x·x for each sample, as dots computes it, and zeros up to the end of the
// last panel.
func (s *panelSamples) squaredNorms() []float64 {
	norms := make([]float64, (s.n+vec.Panel-1)/vec.Panel*vec.Panel)
	var products [vec.Panel]float64
	for i := range s.n {
		s.panels.Row(s.x, i)
		s.dots(products[:], i/vec.Panel, s.x)
		norms[i] = products[i%vec.Panel]
	}
	return norms
}

// fill computes parts of a long row side by side.
func (s *panelSamples) fill(dst []float32, i, lo int) {
	const work = 1 << 16 // products that are worth a goroutine
	s.panels.Row(s.x, i)
	parts := max(1, len(dst)*(len(s.x)+10)/work)
	if parts == 1 || poolSize(s.ctx) == 1 {
		s.fillPart(dst, i, lo)
		return
	}
	part := (len(dst)/parts + vec.Panel) &^ (vec.Panel - 1)
	// Neither the work nor a context that ends makes an error: a row is always filled.
	_ = forEach(context.WithoutCancel(s.ctx), (len(dst)+part-1)/part, 0, func(_ context.Context, k int) error {
		s.fillPart(dst[k*part:min((k+1)*part, len(dst))], i, lo+k*part)
		return nil
	})
}

// fillPart works on whole panels and copies what is wanted of them.
func (s *panelSamples) fillPart(dst []float32, i, lo int) {
	const block = 16 * vec.Panel
	var products [block]float64
	var values [block]float32
	for len(dst) > 0 {
		first := lo / vec.Panel
		n := min(block, len(s.norms)-first*vec.Panel)
		s.dots(products[:n], first, s.x)
		s.kernel.values32(values[:n], products[:n], s.norms[i], s.norms[first*vec.Panel:][:n])
		copied := copy(dst, values[lo-first*vec.Panel:n])
		dst, lo = dst[copied:], lo+copied
	}
}

func (s *panelSamples) diagonal() []float64 {
	d := make([]float64, s.n)
	for i := range d {
		d[i] = s.kernel.fromProducts(s.norms[i], s.norms[i], s.norms[i])
	}
	return d
}

func (s *panelSamples) swap(i, j int) {
	s.panels.Swap(i, j)
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
