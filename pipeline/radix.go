package pipeline

import (
	"bytes"
	"cmp"
	"math"
	"math/bits"
	"slices"

	"github.com/penstock/penstock/monary"
)

// sortable is a row with what it sorts by.
type sortable struct {
	rank uint64
	row  uint32
}

// sortTyped sorts the rows of a batch, given by number, if each key is a column of one type. The
// last key goes first, as every pass keeps the order of what is equal.
func (o *order) sortTyped(b *batch) (rows []int, ok bool) {
	if b.len() >= math.MaxUint32 {
		return nil, false
	}
	columns := make([]*typed, len(o.keys))
	for i := range o.keys {
		c, ok := o.keyColumn(b, i)
		if !ok {
			return nil, false
		}
		if columns[i] = typedOf(c, b.picked); columns[i] == nil {
			return nil, false
		}
	}
	list, spare := make([]sortable, b.len()), make([]sortable, b.len())
	for i := range list {
		list[i].row = uint32(i)
	}
	for i, k := range slices.Backward(o.keys) {
		list, spare = columns[i].sort(list, spare, k.sign)
	}
	rows = make([]int, len(list))
	for i, r := range list {
		rows[i] = b.row(int(r.row))
	}
	return rows, true
}

// keyColumn is what rows sort by if that is a column as it is.
func (o *order) keyColumn(b *batch, i int) (column, bool) {
	if b.keys != nil {
		return b.keys[i], true
	}
	c, rest, err := b.field(o.keys[i].field)
	return c, err == nil && len(rest) == 0
}

// sort sorts rows by the column; the result is in list or in spare, the other one is returned
// too. Rows without a value come first, in descending order last.
func (t *typed) sort(list, spare []sortable, sign int) (sorted, other []sortable) {
	flip := uint64(0)
	if sign < 0 {
		flip = math.MaxUint64
	}
	none := 0
	if t.valid != nil {
		list, spare, none = t.divide(list, spare, sign)
	}
	some := list[none:]
	if sign < 0 {
		some = list[:len(list)-none]
	}
	switch {
	case t.codes == nil && t.kind == monary.KindString:
		for i := range some {
			some[i].rank = uint64(i)
		}
		slices.SortFunc(some, t.compareTexts(sign))
		return list, spare
	case t.kind == monary.KindString:
		ranks := ranksOf(t.words)
		for i, r := range some {
			some[i].rank = ranks[t.codes[t.place(int(r.row))]] ^ flip
		}
	case t.doubles != nil:
		for i, r := range some {
			some[i].rank = rankOfDouble(t.doubles[t.place(int(r.row))]) ^ flip
		}
	case t.narrow != nil:
		for i, r := range some {
			some[i].rank = uint64(int64(t.narrow[t.place(int(r.row))])) ^ 1<<63 ^ flip
		}
	default:
		for i, r := range some {
			some[i].rank = uint64(t.ints[t.place(int(r.row))]) ^ 1<<63 ^ flip
		}
	}
	sortRanks(some, spare[:len(some)])
	return list, spare
}

// divide puts rows without a value in front, or behind in descending order, and counts them.
func (t *typed) divide(list, spare []sortable, sign int) (divided, other []sortable, none int) {
	out := spare[:0]
	for _, valid := range []bool{sign < 0, sign > 0} {
		before := len(out)
		for _, r := range list {
			if t.isValid(t.place(int(r.row))) == valid {
				out = append(out, r)
			}
		}
		if !valid {
			none = len(out) - before
		}
	}
	return out, list, none
}

// compareTexts compares texts; those that are equal keep the order that their ranks are.
func (t *typed) compareTexts(sign int) func(a, b sortable) int {
	at := func(r sortable) []byte {
		place := t.place(int(r.row))
		return t.text[t.offsets[place]:t.offsets[place+1]]
	}
	return func(a, b sortable) int { return cmp.Or(sign*bytes.Compare(at(a), at(b)), cmp.Compare(a.rank, b.rank)) }
}

// ranksOf returns the place of each word among the sorted ones.
func ranksOf(words []string) []uint64 {
	order := make([]int, len(words))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return bytes.Compare([]byte(words[a]), []byte(words[b])) })
	ranks := make([]uint64, len(words))
	for rank, i := range order {
		ranks[i] = uint64(rank)
	}
	return ranks
}

// rankOfDouble orders doubles as BSON does: NaN comes first, −0 is 0.
func rankOfDouble(x float64) uint64 {
	if math.IsNaN(x) {
		return 0
	}
	bits := math.Float64bits(x)
	if x == 0 {
		bits = 0
	}
	return bits ^ (uint64(int64(bits)>>63) | 1<<63)
}

// fewRows are sorted by insertion.
const fewRows = 24

// sortRanks sorts by rank and keeps the order of equal ones: rows are dealt by the highest bits in
// which their ranks differ, and then those of each pile by the next ones, until piles are small. So
// all but the first deals stay in the cache. other is memory of the same length.
func sortRanks(list, other []sortable) {
	if len(list) <= fewRows {
		insertRanks(list)
		return
	}
	differ := uint64(0)
	for _, r := range list {
		differ |= r.rank ^ list[0].rank
	}
	if differ == 0 {
		return
	}
	digit := min(bits.Len64(differ), maxDigit, max(4, bits.Len(uint(len(list)))-2))
	shift, mask := bits.Len64(differ)-digit, uint64(1)<<digit-1
	var counts [1 << maxDigit]uint32
	ends := counts[:1<<digit]
	for _, r := range list {
		ends[r.rank>>shift&mask]++
	}
	start := uint32(0)
	for i, n := range ends {
		ends[i] = start
		start += n
	}
	for _, r := range list {
		end := &ends[r.rank>>shift&mask]
		other[*end] = r
		*end++
	}
	copy(list, other)
	if shift == 0 {
		return
	}
	pile := func(i int) {
		start := uint32(0)
		if i > 0 {
			start = ends[i-1]
		}
		sortRanks(list[start:ends[i]], other[start:ends[i]])
	}
	if len(list) >= manyRows {
		inParallel(len(ends), pile)
		return
	}
	for i := range ends {
		pile(i)
	}
}

// manyRows are sorted by several goroutines.
const manyRows = 1 << 16

const maxDigit = 11 // bits; more piles than that are more than the cache has ways to

func insertRanks(list []sortable) {
	for i := 1; i < len(list); i++ {
		r := list[i]
		j := i
		for ; j > 0 && list[j-1].rank > r.rank; j-- {
			list[j] = list[j-1]
		}
		list[j] = r
	}
}
