package ml

import (
	"context"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/penstock/penstock/internal/fastblas"
)

// strips show a matrix, less the mean of each column and times a power of 2, as
// short × long numbers of which a part of the long side is made at a time: the
// centred data are never there as a whole, and what is there fits the
// second-level cache.
//
// The long side is the rows, if there are more of them than columns. Otherwise
// it is the columns. As centred rows sum to zero, one direction is missing in
// them then; they are reflected so that it is the first row of the strips (see
// reflect).
type strips struct {
	blas        blas.Float64
	X           *Matrix
	mean        []float64
	scale       float64 // a power of 2
	wide        bool
	short, long int
	held        blas64.General // all of the strips, after hold
}

// newStrips measures the means of X. A cell that is not finite is an error.
func newStrips(ctx context.Context, X *Matrix) (*strips, error) {
	s := &strips{blas: fastblas.InForce(), X: X, mean: make([]float64, X.cols), scale: 1, short: X.cols, long: X.rows}
	if X.rows < X.cols {
		s.wide, s.short, s.long = true, X.rows, X.cols
	}
	squares, err := s.measure(ctx)
	if err != nil || squares > 0x1p-600 && squares < 0x1p900 {
		return s, err
	}
	// Squares overflow, or are so small that they lose digits, or all is zero,
	// or a cell is not finite.
	if err := checkFinite(X); err != nil {
		return nil, err
	}
	var largest float64
	for _, v := range X.data {
		largest = max(largest, math.Abs(v))
	}
	_, exponent := math.Frexp(largest)
	s.scale = math.Ldexp(1, max(-1000, min(-exponent, 1000))) // which has an inverse
	_, err = s.measure(ctx)
	return s, err
}

// measure sets the means and returns the sum of the squares of all cells of X.
func (s *strips) measure(ctx context.Context) (squares float64, err error) {
	const together = 4 // see fourSums
	parts := make([]float64, (s.X.cols+together-1)/together)
	err = forColumns(ctx, len(parts), together*s.X.rows, func(i int) error {
		first, last := i*together, min((i+1)*together, s.X.cols)
		cells := s.X.data[first*s.X.rows : last*s.X.rows]
		parts[i] = s.blas.Ddot(len(cells), cells, 1, cells, 1)
		s.setMeans(first, last)
		return nil
	})
	for _, part := range parts {
		squares += part
	}
	return squares, err
}

// setMeans sets the means of some columns. They have the bits of numpy's, which
// adds from the first row to the last, but pairwise if there is a single
// column: where a mean is much larger than what is left, its last digits show.
// The mean of a constant is that constant.
func (s *strips) setMeans(first, last int) {
	n := float64(s.X.rows)
	switch {
	case s.X.cols == 1 && s.scale == 1:
		s.mean[0] = pairwiseSum(s.X.data) / n
	case last-first == 4:
		a, b, c, d := s.X.Col(first), s.X.Col(first+1), s.X.Col(first+2), s.X.Col(first+3)
		for j, sum := range fourSums(a, b, c, d, s.scale) {
			s.mean[first+j] = sum / n / s.scale
		}
	default:
		for j := first; j < last; j++ {
			var sum float64
			for _, v := range s.X.Col(j) {
				sum += float64(v * s.scale)
			}
			s.mean[j] = sum / n / s.scale
		}
	}
	for j := first; j < last; j++ {
		if col := s.X.Col(j); allEqual(col) {
			s.mean[j] = col[0]
		}
	}
}

// fourSums adds four columns side by side, so that no addition has to wait for
// the one before.
func fourSums(a, b, c, d []float64, scale float64) (sums [4]float64) {
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	var sa, sb, sc, sd float64
	for i, v := range a {
		sa += float64(v * scale)
		sb += float64(b[i] * scale)
		sc += float64(c[i] * scale)
		sd += float64(d[i] * scale)
	}
	return [4]float64{sa, sb, sc, sd}
}

func allEqual(values []float64) bool {
	for _, v := range values {
		if v != values[0] {
			return false
		}
	}
	return true
}

// length is how much of the long side a strip has: as much as makes 256 KB, and
// a multiple of what fast routines like.
func (s *strips) length() int {
	const cells, multiple = 32 << 10, 48
	return min(s.long, max(cells/max(s.short, 1)/multiple*multiple, 2*multiple))
}

// groups is into how many parts the long side is divided for workers. It
// depends on the shape alone, as the order of sums does on it, and leaves a
// part enough to pay for the square of the short side that each of them may
// need.
func (s *strips) groups() int {
	const most, least = 8, 4096
	return max(1, min(most, s.long/max(least, 4*s.short)))
}

// each calls f for every strip, in order within a group, and for several groups
// at a time. The strip is f's until it returns; it begins at position first of
// the long side.
func (s *strips) each(ctx context.Context, f func(group, first int, strip blas64.General) error) error {
	return s.eachOf(ctx, s.length(), f)
}

// eachOf is each with strips of another length.
func (s *strips) eachOf(ctx context.Context, length int, f func(group, first int, strip blas64.General) error) error {
	groups := s.groups()
	return forEach(ctx, groups, 0, func(ctx context.Context, g int) error {
		begin, end := s.long*g/groups, s.long*(g+1)/groups
		if s.held.Data != nil {
			return guarded(func() error { return f(g, begin, s.heldPart(begin, end)) })
		}
		buffer := make([]float64, s.short*min(length, end-begin))
		for first := begin; first < end; first += length {
			if err := ctx.Err(); err != nil {
				return err
			}
			n := min(length, end-first)
			strip := blas64.General{Rows: s.short, Cols: n, Stride: n, Data: buffer[:s.short*n]}
			s.fill(strip, first)
			if err := guarded(func() error { return f(g, first, strip) }); err != nil {
				return err
			}
		}
		return nil
	})
}

// hold makes all strips and keeps them, for work that goes over them often.
func (s *strips) hold(ctx context.Context) error {
	s.held = newGeneral(s.short, s.long)
	return s.each(ctx, func(_, first int, strip blas64.General) error {
		s.fill(strip, first)
		return nil
	})
}

func (s *strips) heldPart(begin, end int) blas64.General {
	return blas64.General{Rows: s.short, Cols: end - begin, Stride: s.held.Stride, Data: s.held.Data[begin:]}
}

func (s *strips) fill(strip blas64.General, first int) {
	if s.wide {
		s.fillWide(strip, first)
	} else {
		s.fillTall(strip, first)
	}
}

// fillTall takes rows of X: a row of the strip is part of a column.
func (s *strips) fillTall(strip blas64.General, first int) {
	for j := range s.X.cols {
		to := strip.Data[j*strip.Stride : j*strip.Stride+strip.Cols]
		from := s.X.Col(j)[first : first+len(to)]
		shift := s.mean[j] * s.scale
		for i, v := range from {
			to[i] = float64(v*s.scale) - shift
		}
	}
}

// fillWide takes columns of X, reflected.
func (s *strips) fillWide(strip blas64.General, first int) {
	column := make([]float64, s.X.rows)
	for j := range strip.Cols {
		shift := s.mean[first+j] * s.scale
		for i, v := range s.X.Col(first + j) {
			column[i] = float64(v*s.scale) - shift
		}
		reflectRow(column)
		for i, v := range column {
			strip.Data[i*strip.Stride+j] = v
		}
	}
}

// reflectRow is the reflection of n numbers that swaps the first axis and the one
// along which all are equal: the first one becomes the sum divided by √n. Done
// twice it changes nothing.
func reflectRow(x []float64) {
	if len(x) == 1 {
		return
	}
	root := math.Sqrt(float64(len(x)))
	var sum float64
	for _, v := range x {
		sum += v
	}
	along := (sum/root - x[0]) / (root - 1)
	x[0] = sum / root
	for i := range x[1:] {
		x[i+1] -= along
	}
}

// gram returns the products of the rows of the strips with each other, of which
// the upper triangle is filled in.
func (s *strips) gram(ctx context.Context) (blas64.General, error) {
	parts := make([]blas64.General, s.groups())
	for g := range parts {
		parts[g] = newGeneral(s.short, s.short)
	}
	err := s.each(ctx, func(g, _ int, strip blas64.General) error {
		to := parts[g]
		s.blas.Dsyrk(blas.Upper, blas.NoTrans, s.short, strip.Cols, 1, strip.Data, strip.Stride, 1, to.Data, to.Stride)
		return nil
	})
	return s.sum(parts), err
}

// squares returns the sum of the squares of all numbers that are held.
func (s *strips) squares() float64 {
	return s.blas.Ddot(len(s.held.Data), s.held.Data, 1, s.held.Data, 1)
}

// sum adds all to the first.
func (s *strips) sum(parts []blas64.General) blas64.General {
	for _, part := range parts[1:] {
		s.blas.Daxpy(len(part.Data), 1, part.Data, 1, parts[0].Data, 1)
	}
	return parts[0]
}

// combine makes combinations of the rows of the strips by factors that are k ×
// short, and writes the k × long numbers to to.
func (s *strips) combine(ctx context.Context, factors blas64.General, to []float64) error {
	return s.each(ctx, func(_, first int, strip blas64.General) error {
		multiply(s.blas, blas.NoTrans, factors, strip, blas64.General{Rows: factors.Rows, Cols: strip.Cols, Stride: s.long, Data: to[first:]})
		return nil
	})
}
