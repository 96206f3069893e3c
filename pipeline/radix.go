package pipeline

import (
	"bytes"
	"cmp"
	"math"
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
	for i, k := range o.keys {
		c, rest, err := b.field(k.field)
		if err != nil || len(rest) > 0 {
			return nil, false
		}
		if columns[i] = typedOf(c, b.picked, true); columns[i] == nil {
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
	other = spare[:len(some)]
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
	if radixSort(some, other) {
		copy(some, other)
	}
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

// radixSort sorts by rank, byte by byte from the lowest; bytes in which all ranks agree are left
// out. It reports whether the result is in other.
func radixSort(list, other []sortable) (inOther bool) {
	var counts [8][256]uint32
	for _, r := range list {
		for k := range counts {
			counts[k][byte(r.rank>>(8*k))]++
		}
	}
	for k := range counts {
		c := &counts[k]
		if len(list) == 0 || c[byte(list[0].rank>>(8*k))] == uint32(len(list)) {
			continue
		}
		start := uint32(0)
		for i, n := range c {
			c[i] = start
			start += n
		}
		for _, r := range list {
			at := &c[byte(r.rank>>(8*k))]
			other[*at] = r
			*at++
		}
		list, other = other, list
		inOther = !inOther
	}
	return inOther
}
