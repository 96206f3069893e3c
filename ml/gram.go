package ml

// gramBytes bounds the memory of cached rows, as libsvm's default does.
const gramBytes = 200 << 20

// gram gives rows of the matrix Q with Q(i,j) = y(i)·y(j)·K(x(i), x(j)), which
// the solver works on. Rows are computed when asked for, and the ones used last
// are kept.
//
// Q is rounded to float32, not to save memory but because libsvm does: which two
// variables the solver takes next depends on these bits, and so does where it
// stops. More precise values give other answers at the default tolerance.
type gram struct {
	kernel  rbf
	samples [][]float64
	y       []float64 // ±1
	norms   []float64 // x·x per sample
	diag    []float64 // of Q, not rounded

	rows  [][]float32 // nil where not cached
	used  []int       // clock of the last use, per row
	clock int
	free  int // rows that may still be allocated
}

// newGram keeps rows within the given number of bytes, but never fewer than the
// two that one step of the solver uses.
func newGram(kernel rbf, samples [][]float64, y []float64, bytes int) *gram {
	n := len(samples)
	g := &gram{
		kernel: kernel, samples: samples, y: y,
		norms: make([]float64, n), diag: make([]float64, n),
		rows: make([][]float32, n), used: make([]int, n),
		free: max(2, bytes/(4*n)),
	}
	for i, x := range samples {
		g.norms[i] = dot(x, x)
		g.diag[i] = kernel.fromProducts(g.norms[i], g.norms[i], g.norms[i])
	}
	return g
}

// row returns row i. It stays valid until two other rows have been asked for.
func (g *gram) row(i int) []float32 {
	g.clock++
	g.used[i] = g.clock
	if g.rows[i] == nil {
		g.rows[i] = g.buffer()
		g.compute(i, g.rows[i])
	}
	return g.rows[i]
}

// buffer returns memory for a row, taken from the one not used for longest when
// no more may be allocated.
func (g *gram) buffer() []float32 {
	if g.free > 0 {
		g.free--
		return make([]float32, len(g.rows))
	}
	oldest := -1
	for i, row := range g.rows {
		if row != nil && (oldest < 0 || g.used[i] < g.used[oldest]) {
			oldest = i
		}
	}
	row := g.rows[oldest]
	g.rows[oldest] = nil
	return row
}

func (g *gram) compute(i int, row []float32) {
	x := g.samples[i]
	for j, z := range g.samples {
		k := g.kernel.fromProducts(g.norms[i], g.norms[j], dot(x, z))
		row[j] = float32(g.y[i] * g.y[j] * k)
	}
}
