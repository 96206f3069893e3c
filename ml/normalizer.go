package ml

import (
	"context"
	"fmt"
	"math"
)

// Norm is a measure of how long a row is.
type Norm uint8

// The norms of a row x.
const (
	NormL2  Norm = iota // √(Σ x²)
	NormL1              // Σ |x|
	NormMax             // the largest |x|
)

// String returns scikit-learn's name.
func (n Norm) String() string {
	if names := []string{"l2", "l1", "max"}; int(n) < len(names) {
		return names[n]
	}
	return fmt.Sprintf("Norm(%d)", uint8(n))
}

// Normalizer divides every row by its norm. A row of zeros stays as it is, and by
// scikit-learn's rule one whose norm is below 10·2⁻⁵² does too.
type Normalizer struct{ Norm Norm }

var _ Transformer = Normalizer{}

// NewNormalizer returns a normalizer by the Euclidean norm.
func NewNormalizer() Normalizer { return Normalizer{Norm: NormL2} }

// Fit checks that X holds finite numbers only; there is nothing to learn.
func (n Normalizer) Fit(ctx context.Context, X *Matrix) (*NormalizerModel, error) {
	if err := n.check(ctx, X); err != nil {
		return nil, at("Normalizer", err)
	}
	return &NormalizerModel{n, columnsOf(X)}, nil
}

// FitTransformer is Fit.
func (n Normalizer) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := n.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (n Normalizer) check(ctx context.Context, X *Matrix) error {
	var c paramCheck
	c.want(n.Norm <= NormMax, "Norm", n.Norm, "l2, l1 or max")
	if err := c.err(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkNotEmpty(X); err != nil {
		return err
	}
	return checkFinite(X)
}

// NormalizerModel is a fitted Normalizer.
type NormalizerModel struct {
	params  Normalizer
	columns columnSet
}

var _ TransformerModel = (*NormalizerModel)(nil)

// Transform returns x / ‖row‖ for every cell. Only finite numbers are allowed.
func (m *NormalizerModel) Transform(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, at("Normalizer", err)
	}
	out := newMatrix(X.rows, X.cols, X.names)
	if err := normalizeRows(out, X, m.params.Norm); err != nil {
		return nil, at("Normalizer", err)
	}
	return out, nil
}

// normalizeRows sets dst to the rows of src, divided by their norms. Both may be the
// same.
func normalizeRows(dst, src *Matrix, norm Norm) error {
	const chunk = 1 << 10 // rows whose norms stay in the nearest cache
	norms := make([]float64, src.rows)
	return forColumns(context.Background(), (src.rows+chunk-1)/chunk, chunk*src.cols, func(c int) error {
		lo, hi := c*chunk, min((c+1)*chunk, src.rows)
		norm.measure(norms[lo:hi], src, lo)
		var huge []int
		for i := lo; i < hi; i++ {
			if !isFinite(norms[i]) {
				if err := checkRowFinite(src, i); err != nil {
					return err
				}
				huge = append(huge, i)
				norms[i] = 1
			}
			norms[i] = oneIfTiny(norms[i])
		}
		for j := range src.cols {
			divide(dst.Col(j)[lo:hi], src.Col(j)[lo:hi], norms[lo:hi])
		}
		for _, i := range huge {
			norm.normalizeHuge(dst, i)
		}
		return nil
	})
}

// measure sets norms to those of the rows of X from row lo on.
func (n Norm) measure(norms []float64, X *Matrix, lo int) {
	clear(norms)
	for j := range X.cols {
		col := X.Col(j)[lo : lo+len(norms)]
		switch n {
		case NormL1:
			for i, v := range col {
				norms[i] += math.Abs(v)
			}
		case NormMax:
			for i, v := range col {
				norms[i] = max(norms[i], math.Abs(v))
			}
		default:
			for i, v := range col {
				norms[i] += float64(v * v)
			}
		}
	}
	if n == NormL2 {
		for i, sum := range norms {
			norms[i] = math.Sqrt(sum)
		}
	}
}

func divide(dst, src, by []float64) {
	dst, by = dst[:len(src)], by[:len(src)]
	for i, v := range src {
		dst[i] = v / by[i]
	}
}

// normalizeHuge is for a row whose norm overflows: made smaller first, it has one.
func (n Norm) normalizeHuge(X *Matrix, i int) {
	for j := range X.cols {
		X.Col(j)[i] *= 0x1p-600
	}
	var norm [1]float64
	n.measure(norm[:], X, i)
	for j := range X.cols {
		X.Col(j)[i] /= norm[0]
	}
}

func checkRowFinite(X *Matrix, i int) error {
	for j := range X.cols {
		if v := X.At(i, j); !isFinite(v) {
			return X.cellError(i, j, fmt.Sprintf("%v, only finite numbers are allowed", v))
		}
	}
	return nil
}
