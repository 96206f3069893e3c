package ml

import "github.com/penstock/penstock/internal/vec"

// kernelCache gives rows of the kernel matrix of one machine's samples, in the order
// that shrinking has put them. Rows are computed when asked for, as far as asked for,
// and the ones used last are kept.
//
// Values are rounded to float32, not to save memory but because libsvm does: which
// two variables the solver takes next depends on these bits, and so does where it
// stops. More precise values give other answers at the default tolerance.
type kernelCache struct {
	samples kernelSamples
	order   []int    // the number that each sample had at first
	swaps   [][2]int // all there were, which rows catch up with when they are used
	rows    []cachedRow
	ends    [2]int // the rows with memory that were used last, and longest ago; -1 if there is none
	most    int    // rows that may be allocated
	free    int    // how many of these have not been
	single  int    // rows to be computed one by one before all are, if all may be kept; else below 0
	evicted bool   // whether a row made room for another
}

// kernelSamples computes values of the kernel among samples, whose order can change.
type kernelSamples interface {
	// fill sets dst[k] to the value for the samples i and lo+k.
	fill(dst []float32, i, lo int)
	// diagonal returns the values of all samples with themselves.
	diagonal() []float64
	swap(i, j int)
}

// cachedRow is the start of a row.
type cachedRow struct {
	values []float32 // its capacity is that of a whole row
	swaps  int       // of the cache, that it has seen
	beside [2]int    // the rows used next after it, and next before; -1 if there is none
}

// The directions of kernelCache.ends and cachedRow.beside.
const (
	newer = iota
	older
)

// newKernelCache keeps rows of n values within the given number of bytes, but never
// fewer than the two that one step of the solver uses.
func newKernelCache(samples kernelSamples, n, bytes int) *kernelCache {
	c := &kernelCache{samples: samples, order: upTo(0, n), rows: make([]cachedRow, n), ends: [2]int{-1, -1}, most: max(2, bytes/(4*wholePanels(n))), single: -1}
	c.free = c.most
	if all, ok := samples.(wholeSamples); ok && c.free >= n && all.worthwhile() {
		c.single = n / singleShare
	}
	return c
}

// singleShare is for machines that have few support vectors, and use few rows: only when this
// part of all rows has been asked for it pays to compute the rest of them at once.
const singleShare = 10

// wholePanels rounds up.
func wholePanels(n int) int { return (n + vec.Panel - 1) &^ (vec.Panel - 1) }

func (c *kernelCache) diagonal() []float64 { return c.samples.diagonal() }

// row returns the first n values of row i. They stay valid until two other rows
// have been asked for.
func (c *kernelCache) row(i, n int) []float32 {
	number := c.order[i]
	r := &c.rows[number]
	if r.values != nil {
		c.unlink(number)
	} else if c.single--; c.single == 0 {
		c.fillAll()
		c.unlink(number)
	} else {
		r.values, r.swaps = c.buffer(), len(c.swaps)
	}
	c.link(number)
	c.catchUp(r)
	if have := len(r.values); have < n {
		r.values = r.values[:n]
		c.samples.fill(r.values[have:], i, have)
	}
	return r.values[:n]
}

// catchUp makes the swaps in a row that there were since its last use. A value that
// would have to come from behind the start that is known ends it.
func (c *kernelCache) catchUp(r *cachedRow) {
	for _, s := range c.swaps[r.swaps:] {
		i, j := s[0], s[1] // i < j
		switch v := r.values; {
		case j < len(v):
			v[i], v[j] = v[j], v[i]
		case i < len(v):
			r.values = v[:i]
		}
	}
	r.swaps = len(c.swaps)
}

// fillAll computes all rows. Their memory is for whole panels.
func (c *kernelCache) fillAll() {
	n := len(c.rows)
	rows := make([][]float32, n)
	for i, number := range c.order {
		r := &c.rows[number]
		if r.values == nil {
			r.values, r.swaps = c.buffer(), len(c.swaps)
			c.link(number)
		}
		c.catchUp(r)
		rows[i] = r.values[:cap(r.values)]
	}
	if !c.samples.(wholeSamples).fillAll(rows) {
		return // the solver will see that the context has ended
	}
	for i := range c.rows {
		c.rows[i].values = c.rows[i].values[:n]
	}
}

// buffer returns memory for a row, taken from the one not used for longest when
// no more may be allocated.
func (c *kernelCache) buffer() []float32 {
	if c.free > 0 {
		c.free--
		return make([]float32, 0, wholePanels(len(c.rows)))
	}
	c.evicted = true
	oldest := c.ends[older]
	c.unlink(oldest)
	values := c.rows[oldest].values[:0]
	c.rows[oldest].values = nil
	return values
}

// link makes a row the one used last.
func (c *kernelCache) link(number int) {
	newest := c.ends[newer]
	c.rows[number].beside = [2]int{newer: -1, older: newest}
	*c.beside(newest, newer) = number
	c.ends[newer] = number
}

func (c *kernelCache) unlink(number int) {
	beside := c.rows[number].beside
	*c.beside(beside[newer], older) = beside[older]
	*c.beside(beside[older], newer) = beside[newer]
}

// beside is the place that names the row in a direction from another, or from the end if that is
// none.
func (c *kernelCache) beside(number, direction int) *int {
	if number < 0 {
		return &c.ends[1-direction]
	}
	return &c.rows[number].beside[direction]
}

// swap changes two samples, i < j.
func (c *kernelCache) swap(i, j int) {
	c.swaps = append(c.swaps, [2]int{i, j})
	c.order[i], c.order[j] = c.order[j], c.order[i]
	c.samples.swap(i, j)
}
