package ml

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// ranked is a column as ranks: the number of distinct smaller values. Ranks are
// computed once for all trees of a forest; they say all about the column that a
// tree has to know, except which of its values are nearly equal.
type ranked struct {
	r8       []uint8 // one of the three, the narrowest that holds them
	r16      []uint16
	r32      []uint32
	distinct int

	// Bit r is set if the values of ranks r and r+1 count as one. nil if none do.
	close []uint64
	// The values of the ranks that touch such a bit, ascending.
	closeRanks  []uint32
	closeValues []float32
}

// rankColumns ranks the columns of X.
func rankColumns(ctx context.Context, X *Matrix, workers int) ([]ranked, error) {
	columns := make([]ranked, X.cols)
	var memory sync.Pool
	err := forEach(ctx, X.cols, workers, func(_ context.Context, j int) error {
		keys, _ := memory.Get().([]keyed)
		if keys == nil {
			keys = make([]keyed, X.rows)
		}
		defer memory.Put(keys) //nolint:staticcheck // a few words per column are no burden
		for i, v := range X.Col(j) {
			x := float32(v)
			if !isFinite(float64(x)) {
				return X.notFloat32(i, j, v)
			}
			keys[i] = keyed(ordered(x))<<32 | keyed(i)
		}
		slices.Sort(keys)
		columns[j] = rank(keys)
		return nil
	})
	return columns, err
}

// rank takes the rows of a column, sorted.
func rank(keys []keyed) ranked {
	c := ranked{distinct: 1}
	for i, k := range keys[1:] {
		if k>>32 != keys[i]>>32 {
			c.noteClose(valueOf(keys[i]), valueOf(k))
			c.distinct++
		}
	}
	switch {
	case c.distinct <= 1<<8:
		c.r8 = fillRanks[uint8](keys)
	case c.distinct <= 1<<16:
		c.r16 = fillRanks[uint16](keys)
	default:
		c.r32 = fillRanks[uint32](keys)
	}
	return c
}

// noteClose takes the value of the largest rank so far and the next value.
func (c *ranked) noteClose(value, next float32) {
	if !(next <= value+sameValue) {
		return
	}
	r := uint32(c.distinct - 1)
	for len(c.close) <= int(r/64) {
		c.close = append(c.close, 0)
	}
	c.close[r/64] |= 1 << (r % 64)
	if n := len(c.closeRanks); n == 0 || c.closeRanks[n-1] != r {
		c.closeRanks, c.closeValues = append(c.closeRanks, r), append(c.closeValues, value)
	}
	c.closeRanks, c.closeValues = append(c.closeRanks, r+1), append(c.closeValues, next)
}

// mayBeOne reports whether there can be a rank whose value counts as one with that
// of rank a below it.
func (c *ranked) mayBeOne(a uint32) bool {
	return int(a/64) < len(c.close) && c.close[a/64]>>(a%64)&1 != 0
}

// areOne reports whether the values of two ranks, a < b, count as one when nothing
// lies between them in a node.
func (c *ranked) areOne(a, b uint32) bool {
	if !c.mayBeOne(a) {
		return false // if rank a+1 is too far, so is b
	}
	i, _ := slices.BinarySearch(c.closeRanks, a)
	j, found := slices.BinarySearch(c.closeRanks, b)
	return found && c.closeValues[j] <= c.closeValues[i]+sameValue
}

// rankType is what ranks are stored as.
type rankType interface{ uint8 | uint16 | uint32 }

func fillRanks[R rankType](keys []keyed) []R {
	ranks := make([]R, len(keys))
	var r R
	for i, k := range keys {
		if i > 0 && k>>32 != keys[i-1]>>32 {
			r++
		}
		ranks[uint32(k)] = r
	}
	return ranks
}

// keyColumns returns the ordered values of the columns of X in the place of ranks.
func keyColumns(X *Matrix) ([]ranked, error) {
	keys, err := orderedColumns(X)
	columns := make([]ranked, len(keys))
	for j := range columns {
		columns[j].r32 = keys[j]
	}
	return columns, err
}

// orderedColumns returns the cells of X as ordered float32, column by column.
func orderedColumns(X *Matrix) ([][]uint32, error) {
	keys := make([][]uint32, X.cols)
	for j := range keys {
		keys[j] = make([]uint32, X.rows)
		for i, v := range X.Col(j) {
			x := float32(v)
			if !isFinite(float64(x)) {
				return nil, X.notFloat32(i, j, v)
			}
			keys[j][i] = ordered(x)
		}
	}
	return keys, nil
}

func (m *Matrix) notFloat32(i, j int, v float64) error {
	return m.cellError(i, j, fmt.Sprintf("%v, only numbers that are finite as float32 are allowed", v))
}
