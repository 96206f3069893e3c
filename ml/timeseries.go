package ml

// TimeSeriesSplit is for rows in the order of time: every fold tests rows behind
// those it trains on, and each trains on all that came before, or on the last
// MaxTrainSize of them. NewTimeSeriesSplit makes it.
type TimeSeriesSplit struct {
	NSplits      int // number of folds, at least 2
	MaxTrainSize int // rows to train on at most; 0 means all
	TestSize     int // rows to test in each fold; 0 means n / (NSplits+1)
	Gap          int // rows left out between training and testing
}

var _ Splitter = TimeSeriesSplit{}

// NewTimeSeriesSplit returns a splitter without gaps that trains on all that came
// before.
func NewTimeSeriesSplit(splits int) TimeSeriesSplit { return TimeSeriesSplit{NSplits: splits} }

// Split returns NSplits folds; the last one tests the last rows. y is not used.
// It is an error if no row is left to train on in the first fold.
func (s TimeSeriesSplit) Split(n int, _ []int) ([]Fold, error) {
	var c paramCheck
	c.want(s.NSplits >= 2, "NSplits", s.NSplits, ">= 2")
	c.want(s.MaxTrainSize >= 0, "MaxTrainSize", s.MaxTrainSize, ">= 0 (0 means all)")
	c.want(s.TestSize >= 0, "TestSize", s.TestSize, ">= 0 (0 means n / (NSplits+1))")
	c.want(s.Gap >= 0, "Gap", s.Gap, ">= 0")
	if err := c.err(); err != nil {
		return nil, at("TimeSeriesSplit", err)
	}
	if n <= s.NSplits {
		return nil, errorf("TimeSeriesSplit: %d rows cannot be divided into %d folds, at least %d are needed", n, s.NSplits, s.NSplits+1)
	}
	size := s.TestSize
	if size == 0 {
		size = n / (s.NSplits + 1)
	}
	// Division keeps the product from overflowing.
	if size > (n-1)/s.NSplits || n-s.NSplits*size-s.Gap < 1 {
		return nil, errorf("TimeSeriesSplit: with %d rows, %d folds of %d rows to test and a gap of %d leave none to train on",
			n, s.NSplits, size, s.Gap)
	}
	folds := make([]Fold, s.NSplits)
	for i := range folds {
		start := n - (s.NSplits-i)*size
		first, end := 0, start-s.Gap
		if s.MaxTrainSize > 0 {
			first = max(0, end-s.MaxTrainSize)
		}
		folds[i] = Fold{Train: upTo(first, end), Test: upTo(start, start+size)}
	}
	return folds, nil
}
