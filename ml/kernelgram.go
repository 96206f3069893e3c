package ml

import (
	"context"

	"github.com/penstock/penstock/internal/vec"
)

// wholeSamples can compute the whole kernel matrix in much less time than all of its
// rows one by one.
type wholeSamples interface {
	// worthwhile reports whether it is so much less that rows may be among them which the
	// solver would not ask for.
	worthwhile() bool
	// fillAll sets rows[i][:n] for all of the n samples i. The rows have room for whole
	// panels. It reports whether all is done: it stops when the context of the work ends.
	fillAll(rows [][]float32) bool
}

// gramRows is how many rows of the matrix a goroutine works on: whole panels, and whole
// couples.
const gramRows = vec.Couple * vec.Panel

// gramCols is how many columns it does before the next ones: as many samples as stay in the
// processor's cache while all of its rows meet them.
const gramCols = 16 * vec.Panel

// worthwhile is true if products take the time, and not exponentials and memory.
func (s *panelSamples) worthwhile() bool { return len(s.x) >= 24 || s.kernel.kind == KernelSigmoid }

// fillAll computes what lies right of the diagonal, and mirrors it.
func (s *panelSamples) fillAll(rows [][]float32) bool {
	return nil == forEach(s.ctx, (s.n+gramRows-1)/gramRows, 0, func(_ context.Context, part int) error {
		top := part * gramRows
		bottom := min(top+gramRows, s.n)
		w := s.newGramWork(top, bottom)
		for left := top; left < s.n; left += gramCols {
			right := min(left+gramCols, len(s.norms))
			for i := top; i < bottom; i += vec.Couple {
				w.fill(rows[i:min(i+vec.Couple, bottom)], i, left, right)
			}
			mirror(rows, top, bottom, max(left, bottom), min(right, s.n))
		}
		return nil
	})
}

// gramWork is room for some rows.
type gramWork struct {
	*panelSamples
	top      int
	x        [gramRows][]float64
	products [vec.Couple][gramCols]float64
}

func (s *panelSamples) newGramWork(top, bottom int) *gramWork {
	w := &gramWork{panelSamples: s, top: top}
	for i := range w.x {
		w.x[i] = make([]float64, len(s.x))
		s.panels.Row(w.x[i], min(top+i, bottom-1))
	}
	return w
}

// fill computes the columns from left to right of a few rows, the first of which is i.
func (w *gramWork) fill(rows [][]float32, i, left, right int) {
	var products, x [vec.Couple][]float64
	for r := range products {
		products[r], x[r] = w.products[r][:right-left], w.x[i-w.top+r]
	}
	w.dots3(products, left/vec.Panel, x)
	for r, row := range rows {
		w.kernel.values32(row[left:right], products[r], w.norms[i+r], w.norms[left:right])
	}
}

// dots3 is dots for a few samples.
func (s *panelSamples) dots3(dst [vec.Couple][]float64, first int, x [vec.Couple][]float64) {
	if !s.exact {
		s.panels.Dots3(dst, first, x)
		return
	}
	for i := range dst {
		s.panels.DotsOfBLAS(dst[i], first, x[i])
	}
}

// mirror copies the rows from top to bottom, in the columns from left to right, to where
// these are the rows.
func mirror(rows [][]float32, top, bottom, left, right int) {
	const tile = 8
	for i := top; i < bottom; i += tile {
		from := rows[i:min(i+tile, bottom)]
		if len(from) < tile {
			for k, row := range from {
				for j := left; j < right; j++ {
					rows[j][i+k] = row[j]
				}
			}
			continue
		}
		a, b, c, d := from[0][left:right], from[1][left:right], from[2][left:right], from[3][left:right]
		e, f, g, h := from[4][left:right], from[5][left:right], from[6][left:right], from[7][left:right]
		for j, row := range rows[left:right] {
			*(*[tile]float32)(row[i:]) = [tile]float32{a[j], b[j], c[j], d[j], e[j], f[j], g[j], h[j]}
		}
	}
}
