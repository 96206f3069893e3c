package ml

// slopes are the first and second derivative of the loss by a row's raw prediction. They
// are float32, as in scikit-learn: that is enough, and half the memory to walk through.
type slopes struct{ gradient, hessian float32 }

// histBin is what a histogram knows of the rows in a bin of a column.
type histBin struct {
	gradients, hessians float64 // sums; hessians is 0 where all are the same
	rows                uint32
}

// histogram is the bins of a node, those of all columns one after the other, and room
// behind them, so that each column can be looked at as histBins bins.
type histogram []histBin

func newHistogram(bins int) histogram { return make(histogram, bins+histBins) }

func (h histogram) of(c *binnedColumn) *[histBins]histBin {
	return (*[histBins]histBin)(h[c.first:])
}

// size counts the bin of missing cells, if there are any.
func (c *binnedColumn) size() int {
	if c.hasMissing {
		return c.numBins() + 1
	}
	return c.numBins()
}

// fillHistogram sets the bins of a column to the sums of rows, in their order. Row
// rows[i] has the slopes[i]; rows is nil for all.
func (c *binnedColumn) fillHistogram(h *[histBins]histBin, rows []uint32, values []slopes, constantHessian bool) {
	clear(h[:c.size()])
	switch {
	case rows == nil && constantHessian:
		for i, bin := range c.cells[:len(values)] {
			b := &h[bin]
			b.gradients += float64(values[i].gradient)
			b.rows++
		}
	case rows == nil:
		for i, bin := range c.cells[:len(values)] {
			b, v := &h[bin], values[i]
			b.gradients += float64(v.gradient)
			b.hessians += float64(v.hessian)
			b.rows++
		}
	case constantHessian:
		values = values[:len(rows)]
		for i, row := range rows {
			b := &h[c.cells[row]]
			b.gradients += float64(values[i].gradient)
			b.rows++
		}
	default:
		values = values[:len(rows)]
		for i, row := range rows {
			b, v := &h[c.cells[row]], values[i]
			b.gradients += float64(v.gradient)
			b.hessians += float64(v.hessian)
			b.rows++
		}
	}
}

// subtractHistogram takes a child from its parent, which becomes the other child.
func (c *binnedColumn) subtractHistogram(parent, child *[histBins]histBin) {
	for i := range parent[:c.size()] {
		p, q := &parent[i], &child[i]
		p.gradients -= q.gradients
		p.hessians -= q.hessians
		p.rows -= q.rows
	}
}
