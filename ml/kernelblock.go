package ml

import (
	"context"

	"github.com/penstock/penstock/internal/vec"
)

// blockSamples can compute a few rows at once in less time than one by one, as each panel of samples
// is read once for all of them.
type blockSamples interface {
	// fillBlock sets dst[r][k] to the value for the samples rows[r] and lo+k. It does nothing, and
	// returns false, if that would take no less time.
	fillBlock(dst [vec.Couple][]float32, rows [vec.Couple]int, lo int) bool
}

// each calls f with the first n values of some rows, one after the other. Rows that do not all fit
// into memory are computed by blocks, as it is known here which come next.
func (c *kernelCache) each(rows []int, n int, f func(i int, row []float32)) {
	for at, i := range rows {
		if at%vec.Couple == 0 && at+vec.Couple <= len(rows) {
			c.fillBlock([vec.Couple]int(rows[at:]), n)
		}
		f(i, c.row(i, n))
	}
}

// fillBlock computes the first n values of a few rows together, if they all lack the same ones. It is
// for a cache that cannot keep all rows, but some more than a block.
func (c *kernelCache) fillBlock(rows [vec.Couple]int, n int) {
	samples, ok := c.samples.(blockSamples)
	if !ok || c.single >= 0 || c.most < 2*vec.Couple {
		return
	}
	have := -1
	for _, i := range rows {
		r := &c.rows[c.order[i]]
		if r.values != nil {
			c.catchUp(r)
		}
		if have >= 0 && len(r.values) != have {
			return
		}
		have = len(r.values)
	}
	if have >= n {
		return
	}
	for _, i := range rows { // what has memory is not to lose it to one of the others
		if number := c.order[i]; c.rows[number].values != nil {
			c.unlink(number)
			c.link(number)
		}
	}
	var dst [vec.Couple][]float32
	for k, i := range rows {
		number := c.order[i]
		r := &c.rows[number]
		if r.values == nil {
			r.values, r.swaps = c.buffer(), len(c.swaps)
			c.link(number)
		}
		dst[k] = r.values[have:n]
	}
	if samples.fillBlock(dst, rows, have) {
		for _, i := range rows {
			r := &c.rows[c.order[i]]
			r.values = r.values[:n]
		}
	}
}

// fillBlock computes parts of long rows side by side.
func (s *panelSamples) fillBlock(dst [vec.Couple][]float32, rows [vec.Couple]int, lo int) bool {
	if s.exact {
		return false
	}
	var x [vec.Couple][]float64
	for k, i := range rows {
		x[k] = make([]float64, len(s.x))
		s.panels.Row(x[k], i)
	}
	n := len(dst[0])
	part := max(gramCols, (n/poolSize(s.ctx)+vec.Panel)&^(vec.Panel-1))
	// As in fill, rows are always filled.
	_ = forEach(context.WithoutCancel(s.ctx), (n+part-1)/part, 0, func(_ context.Context, k int) error {
		from, to := k*part, min((k+1)*part, n)
		s.fillBlockPart([vec.Couple][]float32{dst[0][from:to], dst[1][from:to], dst[2][from:to]}, rows, x, lo+from)
		return nil
	})
	return true
}

// fillBlockPart works on whole panels and copies what is wanted of them.
func (s *panelSamples) fillBlockPart(dst [vec.Couple][]float32, rows [vec.Couple]int, x [vec.Couple][]float64, lo int) {
	var room [vec.Couple][gramCols]float64
	var values [gramCols]float32
	for end := lo + len(dst[0]); lo < end; {
		first := lo / vec.Panel
		start := first * vec.Panel
		n := min(gramCols, len(s.norms)-start)
		s.panels.Dots3([vec.Couple][]float64{room[0][:n], room[1][:n], room[2][:n]}, first, x)
		copied := 0
		for k, i := range rows {
			s.kernel.values32(values[:n], room[k][:n], s.norms[i], s.norms[start:][:n])
			copied = copy(dst[k], values[lo-start:n])
			dst[k] = dst[k][copied:]
		}
		lo += copied
	}
}
