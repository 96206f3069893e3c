package fastblas

import (
	"sync"

	"gonum.org/v1/gonum/blas"
)

// The product is made in tiles that fill the registers, along strips of a and b that are copied so that a tile reads them from front
// to end: b's strip for a tile stays in the first-level cache, a's block in the second, b's block in the third (Goto and van de
// Geijn, "Anatomy of High-Performance Matrix Multiplication", 2008).
const (
	tileRows, tileCols = 4, 12
	blockRows          = 32 * tileRows // of a
	blockCols          = 84 * tileCols // of b
	blockDepth         = 256
)

// operand is a matrix that may be transposed: its cell (i, j) is data[i*row+j*col], and row or col is 1.
type operand struct {
	data     []float64
	row, col int
}

func operandOf(t blas.Transpose, data []float64, ld int) operand {
	if t == blas.NoTrans {
		return operand{data, ld, 1}
	}
	return operand{data, 1, ld}
}

func (o operand) transpose() operand { return operand{o.data, o.col, o.row} }

// from leaves out the first rows and columns.
func (o operand) from(row, col int) operand {
	return operand{o.data[row*o.row+col*o.col:], o.row, o.col}
}

// part says which cells of a result are wanted.
type part uint8

const (
	all part = iota
	upper
	lower
)

func (p part) has(i, j int) bool { return p == all || p == upper && j >= i || p == lower && j <= i }

// target is a matrix that a product goes into, row by row: in place of what it holds or, if add is set, on top of it.
type target struct {
	data []float64
	ld   int
	part part
	add  bool
}

// newTarget multiplies the wanted cells by beta.
func newTarget(data []float64, ld int, p part, m, n int, beta float64) target {
	c := target{data, ld, p, beta != 0}
	if beta == 0 || beta == 1 {
		return c
	}
	for i := range m {
		for j := range n {
			if p.has(i, j) {
				data[i*ld+j] *= beta
			}
		}
	}
	return c
}

// buffers hold the copied blocks.
type buffers struct{ a, b []float64 }

var bufferPool = sync.Pool{New: func() any { return new(buffers) }}

func grown(s []float64, n int) []float64 {
	if cap(s) < n {
		return make([]float64, n)
	}
	return s[:n]
}

// product makes alpha·a·b, a being m × k and b k × n.
func (c target) product(m, n, k int, alpha float64, a, b operand) {
	buf := bufferPool.Get().(*buffers)
	defer bufferPool.Put(buf)
	for j := 0; j < n; j += blockCols {
		cols := min(blockCols, n-j)
		for l := 0; l < k; l += blockDepth {
			depth := min(blockDepth, k-l)
			to := c
			to.add = c.add || l > 0
			buf.b = grown(buf.b, depth*roundUp(cols, tileCols))
			pack(buf.b, b.from(l, j).transpose(), cols, depth, tileCols, 1)
			for i := 0; i < m; i += blockRows {
				rows := min(blockRows, m-i)
				buf.a = grown(buf.a, depth*roundUp(rows, tileRows))
				pack(buf.a, a.from(i, l), rows, depth, tileRows, alpha)
				to.block(buf, i, j, rows, cols, depth)
			}
		}
	}
}

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

// pack copies alpha times the first rows × depth cells of src in strips of width rows, a multiple of four; in a strip the cells of a column
// stand side by side. The last strip is filled up with zeros.
func pack(dst []float64, src operand, rows, depth, width int, alpha float64) {
	for i := 0; i < rows; i += width {
		strip := dst[i*depth : (i+width)*depth]
		here := min(width, rows-i)
		if here < width {
			clear(strip)
		}
		first := 0                            // of the rows that are not copied yet
		if here == tileCols && src.row == 1 { // going over the pages of src once
			packTwelve(depth, &src.data[i], src.col, &strip[0])
			first = tileCols
		}
		for ; first+4 <= here; first += 4 {
			packFour(strip[first:], src.from(i+first, 0), depth, width)
		}
		for ; first < here; first++ {
			row := src.from(i+first, 0)
			for l := range depth {
				strip[l*width+first] = row.data[l*row.col]
			}
		}
		if alpha != 1 {
			for l := range strip {
				strip[l] *= alpha
			}
		}
	}
}

// packFour copies four rows; the cells of a column follow each other in dst, a column begins width after the one before.
func packFour(dst []float64, src operand, depth, width int) {
	if src.row == 1 {
		packStraight(depth, &src.data[0], src.col, &dst[0], width)
	} else {
		packTransposed(depth, &src.data[0], src.row, &dst[0], width)
	}
}

// block multiplies the blocks in buf; the result begins at cell (i, j).
func (c target) block(buf *buffers, i, j, rows, cols, depth int) {
	for jj := 0; jj < cols; jj += tileCols {
		for ii := 0; ii < rows; ii += tileRows {
			a, b := &buf.a[ii*depth], &buf.b[jj*depth]
			c.tile(depth, a, b, i+ii, j+jj, min(tileRows, rows-ii), min(tileCols, cols-jj))
		}
	}
}

// tile makes a tile of which rows × cols cells are there. One that is not wanted as a whole is made apart.
func (c target) tile(depth int, a, b *float64, i, j, rows, cols int) {
	switch {
	case c.part == upper && j+cols <= i, c.part == lower && j > i+rows-1:
		return
	case rows == tileRows && cols == tileCols &&
		(c.part == all || c.part == upper && j >= i+tileRows-1 || c.part == lower && j+tileCols-1 <= i):
		multiplyTile(depth, a, b, &c.data[i*c.ld+j], c.ld, c.add)
		return
	}
	var tile [tileRows * tileCols]float64
	multiplyTile(depth, a, b, &tile[0], tileCols, false)
	for ii := range rows {
		for jj := range cols {
			if !c.part.has(i+ii, j+jj) {
				continue
			}
			to, v := &c.data[(i+ii)*c.ld+j+jj], tile[ii*tileCols+jj]
			if c.add {
				v += *to
			}
			*to = v
		}
	}
}
