package monary

import "math/bits"

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
	for ; i+8 <= j; i += 8 {
		b[i>>3] = 0xff
	}
	for ; i < j; i++ {
		b.set(i)
	}
}

// setWhere sets the bits from i on for which at is not 0 and returns how many.
func (b bitmap) setWhere(i int, at []uint32) (set int) {
	for ; len(at) > 0; i++ {
		if i%8 == 0 && len(at) >= 8 {
			byt := byte(0)
			for k, v := range at[:8] {
				bit := byte(0)
				if v != 0 {
					bit = 1
				}
				byt |= bit << k
			}
			b[i>>3] = byt
			set += bits.OnesCount8(byt)
			at = at[8:]
			i += 7
			continue
		}
		if at[0] != 0 {
			b.set(i)
			set++
		}
		at = at[1:]
	}
	return set
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
	ones := 0
	for _, byt := range b[:n/8] {
		ones += bits.OnesCount8(byt)
	}
	if n%8 != 0 {
		ones += bits.OnesCount8(b[n/8] & (1<<(n%8) - 1))
	}
	return ones
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
