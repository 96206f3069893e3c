package monary

import (
	"encoding/binary"
	"iter"
	"math"
	"math/bits"
)

// bitmap holds one bit a row, least significant bit first, as Arrow does.
// A nil bitmap means that every bit is set.
type bitmap []byte

func newBitmap(n int) bitmap { return make(bitmap, (n+7)/8) }

func (b bitmap) get(i int) bool { return b == nil || b[i>>3]&(1<<(i&7)) != 0 }

func (b bitmap) set(i int) { b[i>>3] |= 1 << (i & 7) }

// setRange sets the bits [i, j).
func (b bitmap) setRange(i, j int) {
	for ; i < j && i%8 != 0; i++ {
		b.set(i)
	}
	for ; i+64 <= j; i += 64 {
		binary.LittleEndian.PutUint64(b[i>>3:], math.MaxUint64)
	}
	for ; i+8 <= j; i += 8 {
		b[i>>3] = 0xff
	}
	for ; i < j; i++ {
		b.set(i)
	}
}

// setBits sets the bits from i on that are on among the first n of more, and
// returns how many.
func (b bitmap) setBits(i int, more []byte, n int) (set int) {
	for k := 0; k < n; k += 8 {
		byt := more[k/8]
		if n-k < 8 {
			byt &= 1<<(n-k) - 1
		}
		b[(i+k)>>3] |= byt << (i & 7)
		if spill := byt >> (8 - i&7); spill != 0 {
			b[(i+k)>>3+1] |= spill
		}
		set += bits.OnesCount8(byt)
	}
	return set
}

// copyFrom sets the bits from i on that are on among the first n of other.
func (b bitmap) copyFrom(i int, other bitmap, n int) {
	if other == nil {
		b.setRange(i, i+n)
		return
	}
	b.setBits(i, other, n)
}

// clearFrom clears the bits from i on.
func (b bitmap) clearFrom(i int) {
	if i>>3 < len(b) {
		b[i>>3] &= 1<<(i&7) - 1
		clear(b[i>>3+1:])
	}
}

// count is the number of set bits among the first n.
func (b bitmap) count(n int) int {
	if b == nil {
		return n
	}
	ones, whole := 0, b[:n/8]
	for ; len(whole) >= 8; whole = whole[8:] {
		ones += bits.OnesCount64(binary.LittleEndian.Uint64(whole))
	}
	for _, byt := range whole {
		ones += bits.OnesCount8(byt)
	}
	if n%8 != 0 {
		ones += bits.OnesCount8(b[n/8] & (1<<(n%8) - 1))
	}
	return ones
}

// without yields the rows, of n, whose bit is off.
func (b bitmap) without(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for row := 0; b != nil && row < n; row++ {
			if row%8 == 0 && b[row>>3] == 0xff {
				row += 7
				continue
			}
			if !b.get(row) && !yield(row) {
				return
			}
		}
	}
}

// grown returns b with room for n bits; new bits are off.
func (b bitmap) grown(n int) bitmap {
	if size := (n + 7) / 8; size > len(b) {
		return append(make(bitmap, 0, size), b...)[:size]
	}
	return b
}

// slice returns the bits [i, j), moved to start at bit 0.
func (b bitmap) slice(i, j int) bitmap {
	if b == nil {
		return nil
	}
	if i%8 == 0 && (j == i || j%8 == 0) {
		return b[i/8 : (j+7)/8 : (j+7)/8]
	}
	out := newBitmap(j - i)
	for k := i; k < j; k++ {
		if b.get(k) {
			out.set(k - i)
		}
	}
	return out
}

// take returns the bits of the given rows.
func (b bitmap) take(rows []int) bitmap {
	if b == nil {
		return nil
	}
	out := newBitmap(len(rows))
	for k, row := range rows {
		if b.get(row) {
			out.set(k)
		}
	}
	return out
}
