package ml

import "github.com/penstock/penstock/internal/vec"

// supportVectors are the training rows that a support vector machine keeps.
type supportVectors struct {
	kernel  kernel
	columns columnSet
	samples [][]float64
	panels  *vec.Panels // the same, for the kernels that are functions of products
	evicted bool
}

// CacheTooSmall reports whether a kernel matrix, for SVC that of a pair of classes, did not fit into
// the memory that CacheSize allows, so that rows of it may have been computed more than once. The
// result is the same, but a larger CacheSize would save time. It is false for a model that was loaded.
func (v *supportVectors) CacheTooSmall() bool { return v.evicted }

// room is for the values of a row and each support vector, in whole panels.
func (v *supportVectors) room() []float64 {
	return make([]float64, (len(v.samples)+vec.Panel-1)/vec.Panel*vec.Panel)
}

// kernels sets dst to the values of x and each support vector; dst has whole panels.
// rows are the numbers of the vectors among the training rows.
func (v *supportVectors) kernels(dst, x []float64, rows []int) { v.someKernels(dst, 0, x, rows) }

// someKernels is kernels for whole panels of support vectors, from number start on.
func (v *supportVectors) someKernels(dst []float64, start int, x []float64, rows []int) {
	switch {
	case v.panels == nil:
		for i, sample := range v.samples[start:min(start+len(dst), len(v.samples))] {
			dst[i] = v.kernel.of(x, sample, rows[start+i])
		}
	case v.kernel.kind == KernelRBF:
		v.panels.Distances(dst, start/vec.Panel, x) // which, unlike products, lose nothing where samples are close
		vec.Exp64(dst, v.kernel.gamma)
	default:
		v.panels.Dots(dst, start/vec.Panel, x)
		for i, xz := range dst {
			dst[i] = v.kernel.fromProducts(0, 0, xz)
		}
	}
}

// pack lays out the support vectors for kernels.
func (v *supportVectors) pack() {
	if v.kernel.custom != nil || v.kernel.kind == KernelPrecomputed {
		return
	}
	v.panels = vec.NewPanels(len(v.samples), v.columns.count)
	for i, sample := range v.samples {
		for f, x := range sample {
			v.panels.Set(i, f, x)
		}
	}
}

func (v *supportVectors) checkInput(X *Matrix) error {
	if err := v.columns.check(X); err != nil {
		return err
	}
	return checkFinite(X)
}
