package ml

import (
	"context"
	"math"
	"math/bits"
)

const (
	// histBins is the most bins that a column can have, the one of missing cells among
	// them: as many as a byte tells apart.
	histBins = 256

	// binSample is how many rows the bins are found from, if there are more.
	binSample = 200_000

	// almostInf is a bound of thresholds that +Inf is above of.
	almostInf = 1e300
)

// binnedData is a matrix as histograms need it: a byte per cell.
type binnedData struct {
	rows    int
	columns []binnedColumn
	bins    int // of all columns
}

// binnedColumn is a column cut into bins that about as many rows fall in. A value is in
// bin i if it is at most thresholds[i] and above those before it, and in the last one
// if it is above them all. Missing cells are in bin len(thresholds)+1.
type binnedColumn struct {
	cells      []uint8
	thresholds []float64 // ascending, not necessarily distinct
	hasMissing bool
	first      int // place of bin 0 among those of all columns
}

// numBins does not count that of missing cells.
func (c *binnedColumn) numBins() int { return len(c.thresholds) + 1 }

// binned cuts the columns of X into at most maxBins bins.
func binned(ctx context.Context, X *Matrix, maxBins int, seed Seed) (*binnedData, error) {
	d := &binnedData{rows: X.rows, columns: make([]binnedColumn, X.cols)}
	var sample []int // nil for all rows
	if X.rows > binSample {
		sample = NewRandomState(seed).Choice(X.rows, binSample, false)
	}
	err := forEach(ctx, X.cols, 0, func(_ context.Context, j int) error {
		d.columns[j] = binColumn(X.Col(j), sample, maxBins)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for j := range d.columns {
		c := &d.columns[j]
		c.first = d.bins
		d.bins += c.numBins()
		if c.hasMissing {
			d.bins++
		}
	}
	return d, nil
}

func binColumn(values []float64, sample []int, maxBins int) binnedColumn {
	var c binnedColumn
	known := make([]uint64, 0, len(values))
	if sample == nil {
		for _, v := range values {
			known = appendKnown(known, v)
		}
	} else {
		for _, row := range sample {
			known = appendKnown(known, values[row])
		}
	}
	known, _ = radixSort(known, nil)
	c.thresholds = binThresholds(known, maxBins)
	c.fill(values)
	return c
}

func appendKnown(known []uint64, v float64) []uint64 {
	if math.IsNaN(v) {
		return known
	}
	return append(known, orderedBits(v))
}

// binThresholds returns the middles between neighbours if there are at most maxBins
// distinct values, else maxBins−1 quantiles. The values are sorted, as orderedBits.
func binThresholds(sorted []uint64, maxBins int) []float64 {
	if distinct := distinctUpTo(sorted, maxBins+1); len(distinct) <= maxBins {
		var middles []float64
		for i := 1; i < len(distinct); i++ {
			middles = append(middles, clipThreshold((scoreOf(distinct[i-1])+scoreOf(distinct[i]))*0.5))
		}
		return middles
	}
	thresholds := make([]float64, maxBins-1)
	step := 100 / float64(maxBins)
	for i := range thresholds {
		// Rounded as numpy's percentile of a linspace is, which decides between neighbours.
		place := float64(len(sorted)-1) * (float64(float64(i+1)*step) / 100)
		below, above := scoreOf(sorted[int(math.Floor(place))]), scoreOf(sorted[int(math.Ceil(place))])
		thresholds[i] = clipThreshold(above - float64((above-below)*0.5))
	}
	return thresholds
}

// clipThreshold makes what lies between −Inf and +Inf, or between equal ones of them, a
// number.
func clipThreshold(t float64) float64 {
	if math.IsNaN(t) {
		return 0
	}
	return min(t, almostInf)
}

// distinctUpTo returns the first distinct values, at most n.
func distinctUpTo(sorted []uint64, n int) []uint64 {
	var distinct []uint64
	for i, v := range sorted {
		if i > 0 && v == sorted[i-1] {
			continue
		}
		if distinct = append(distinct, v); len(distinct) == n {
			break
		}
	}
	return distinct
}

// fill finds the bin of every value, by bisection without branches: bins are as good as
// random.
func (c *binnedColumn) fill(values []float64) {
	var keys [histBins]uint64
	for i := range keys {
		keys[i] = math.MaxUint64
	}
	for i, t := range c.thresholds {
		keys[i] = orderedBits(t)
	}
	missing := uint8(c.numBins())
	c.cells = make([]uint8, len(values))
	for i, v := range values {
		if v != v {
			c.cells[i], c.hasMissing = missing, true
			continue
		}
		key, bin := orderedBits(v), uint8(0)
		for step := uint8(histBins / 2); step > 0; step /= 2 {
			_, isAbove := bits.Sub64(keys[bin+step-1], key, 0)
			bin += step * uint8(isAbove)
		}
		c.cells[i] = bin
	}
}

// threshold returns the value that rows with a bin up to this one are not above of.
func (c *binnedColumn) threshold(bin int) float64 {
	if bin == len(c.thresholds) {
		return math.Inf(1) // all that are not missing
	}
	return c.thresholds[bin]
}

// sides returns which bins go left: 1 for those that do.
func (c *binnedColumn) sides(s *histSplit) *[histBins]uint8 {
	var left [histBins]uint8
	for bin := range s.bin + 1 {
		left[bin] = 1
	}
	if s.missingLeft {
		left[c.numBins()] = 1
	}
	return &left
}
