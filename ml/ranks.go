package ml

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
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
	// The values of the ranks that are of such a pair, ascending, and for each word of close
	// how many of them come before its ranks.
	closeValues []float32
	closeBefore []uint32
}

// rankColumns ranks the columns of X. What it leaves in memory has X.rows places.
func rankColumns(ctx context.Context, X *Matrix, workers int, memory *spares[[]uint64]) ([]ranked, error) {
	columns := make([]ranked, X.cols)
	err := forEach(ctx, X.cols, workers, func(_ context.Context, j int) error {
		spare := memory.get()
		defer memory.put(spare)
		if *spare == nil {
			*spare = make([]keyed, X.rows)
		}
		keys := *spare
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
	isClose, touching := false, 0
	for i, k := range keys[1:] {
		if k>>32 == keys[i]>>32 {
			continue
		}
		c.distinct++
		wasClose := isClose
		if isClose = areClose(keys[i], k); isClose {
			touching++
			if !wasClose {
				touching++
			}
		}
	}
	if touching > 0 {
		c.noteClose(keys, touching)
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

// areClose reports whether the values of two keys, the lower one first, count as one.
func areClose(a, b keyed) bool { return valueOf(b) <= valueOf(a)+sameValue }

// noteClose enters the pairs of next ranks that count as one. touching is how many ranks
// are of such a pair.
func (c *ranked) noteClose(keys []keyed, touching int) {
	words := (c.distinct + 63) / 64
	c.close, c.closeBefore = make([]uint64, words), make([]uint32, words)
	c.closeValues = make([]float32, 0, touching)
	rank, last := 0, -1 // the rank whose value was entered last
	for i, k := range keys[1:] {
		if k>>32 == keys[i]>>32 {
			continue
		}
		if areClose(keys[i], k) {
			c.close[rank/64] |= 1 << (rank % 64)
			if last != rank {
				c.closeValues = append(c.closeValues, valueOf(keys[i]))
			}
			c.closeValues = append(c.closeValues, valueOf(k))
			last = rank + 1
		}
		rank++
	}
	for w := range words - 1 {
		c.closeBefore[w+1] = c.closeBefore[w] + uint32(bits.OnesCount64(c.touching(w)))
	}
}

// touching returns a bit for each of 64 ranks: whether it is of a pair that counts as one.
func (c *ranked) touching(word int) uint64 {
	touching := c.close[word] | c.close[word]<<1
	if word > 0 {
		touching |= c.close[word-1] >> 63
	}
	return touching
}

// closeValue returns the value of a rank, and whether it is of such a pair; the values of
// others are not known.
func (c *ranked) closeValue(rank uint32) (value float32, isKnown bool) {
	w, bit := rank/64, uint64(1)<<(rank%64)
	touching := c.touching(int(w))
	if touching&bit == 0 {
		return 0, false
	}
	return c.closeValues[int(c.closeBefore[w])+bits.OnesCount64(touching&(bit-1))], true
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
	low, _ := c.closeValue(a)
	high, isKnown := c.closeValue(b)
	return isKnown && high <= low+sameValue
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
