package ml

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// NearZeroVariance drops columns in which nearly all values are the same, by the
// rule of nearZeroVar in R's caret: the most frequent value occurs more than FreqCut
// times as often as the second, and no more than UniqueCut percent of the values are
// distinct. A column with a single value is dropped too, and one without any.
//
// Such a column can become constant in a fold. Unlike a threshold for the variance
// the rule does not depend on the column's scale.
type NearZeroVariance struct {
	FreqCut   float64
	UniqueCut float64 // percent
}

var _ Transformer = NearZeroVariance{}

// NewNearZeroVariance returns caret's defaults: 95 to 5, and 10 percent.
func NewNearZeroVariance() NearZeroVariance {
	return NearZeroVariance{FreqCut: 95.0 / 5, UniqueCut: 10}
}

// Fit counts the values of the columns of X; NaN is not one. It is an error if no
// column would be left, and so are an infinite value and a matrix without rows or
// columns.
func (n NearZeroVariance) Fit(ctx context.Context, X *Matrix) (*NearZeroVarianceModel, error) {
	m, err := n.fit(ctx, X)
	return m, at("NearZeroVariance", err)
}

// FitTransformer is Fit.
func (n NearZeroVariance) FitTransformer(ctx context.Context, X *Matrix) (TransformerModel, error) {
	m, err := n.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (n NearZeroVariance) check() error {
	var c paramCheck
	c.want(n.FreqCut >= 0 && isFinite(n.FreqCut), "FreqCut", n.FreqCut, "a finite number >= 0")
	c.want(n.UniqueCut >= 0 && n.UniqueCut <= 100, "UniqueCut", n.UniqueCut, "a percentage from 0 to 100")
	return c.err()
}

func (n NearZeroVariance) fit(ctx context.Context, X *Matrix) (*NearZeroVarianceModel, error) {
	if err := n.check(); err != nil {
		return nil, err
	}
	if err := checkNotEmpty(X); err != nil {
		return nil, err
	}
	m := &NearZeroVarianceModel{Columns: make([]ColumnVariety, X.cols)}
	names := columnsOf(X).known()
	err := forColumns(ctx, X.cols, X.rows, func(j int) error {
		m.Columns[j] = n.judge(names[j], X.Col(j))
		return checkColumnNotInfinite(X, j)
	})
	if err != nil {
		return nil, err
	}
	for j, c := range m.Columns {
		if c.Reason == "" {
			m.Kept = append(m.Kept, j)
		}
	}
	if len(m.Kept) == 0 {
		return nil, errorf("none of %d columns would be left, %q for one has %s", X.cols, names[0], m.Columns[0].Reason)
	}
	m.filter = columnFilter{columnsOf(X), m.Kept}
	return m, nil
}

func (n NearZeroVariance) judge(name string, col []float64) ColumnVariety {
	distinct, first, second := frequencies(presentValues(col))
	c := ColumnVariety{Name: name, PercentUnique: 100 * float64(distinct) / float64(len(col))}
	switch {
	case distinct == 0:
		c.Reason = "no value"
		return c
	case distinct == 1:
		c.Reason = "a single value"
		return c
	}
	c.FreqRatio = float64(first) / float64(second)
	if c.FreqRatio > n.FreqCut && c.PercentUnique <= n.UniqueCut {
		c.Reason = fmt.Sprintf("a ratio above %.4g and at most %.4g%% distinct", n.FreqCut, n.UniqueCut)
	}
	return c
}

// frequencies returns how many values are distinct and how often the two most
// frequent occur.
func frequencies(values []float64) (distinct, first, second int) {
	for _, n := range counts(values) {
		distinct++
		if n > first {
			first, second = n, first
		} else {
			second = max(second, n)
		}
	}
	return distinct, first, second
}

// counts yields every distinct value, in any order, and how often it occurs. There
// must be no NaN among them.
func counts(values []float64) iter.Seq2[float64, int] {
	return func(yield func(v float64, n int) bool) {
		bits := make([]uint64, len(values)) // they compare faster
		for i, v := range values {
			bits[i] = math.Float64bits(v + 0) // −0 is 0
		}
		slices.Sort(bits)
		for len(bits) > 0 {
			n := 1
			for n < len(bits) && bits[n] == bits[0] {
				n++
			}
			if !yield(math.Float64frombits(bits[0]), n) {
				return
			}
			bits = bits[n:]
		}
	}
}

// ColumnVariety is what NearZeroVariance found in a column.
type ColumnVariety struct {
	Name          string  // x0, x1, … if the matrix has no names
	FreqRatio     float64 // how often the most frequent value occurs for once of the second; 0 if there is no second
	PercentUnique float64 // distinct values in percent of the rows
	Reason        string  // why the column is dropped; empty if it is kept
}

// NearZeroVarianceModel is a fitted NearZeroVariance. Its fields are to be read only.
type NearZeroVarianceModel struct {
	Columns []ColumnVariety // of all columns of Fit
	Kept    []int           // the columns that are not dropped, ascending

	filter columnFilter
}

var _ TransformerModel = (*NearZeroVarianceModel)(nil)

// String returns a table of all columns, which says why some are dropped.
func (m *NearZeroVarianceModel) String() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "column\tfreqRatio\tpercentUnique\tverdict")
	for _, c := range m.Columns {
		verdict := "kept"
		if c.Reason != "" {
			verdict = "dropped: " + c.Reason
		}
		fmt.Fprintf(w, "%s\t%.4g\t%.4g\t%s\n", c.Name, c.FreqRatio, c.PercentUnique, verdict)
	}
	w.Flush() //nolint:errcheck // a strings.Builder takes everything
	return text.String()
}

// Transform returns the columns that are kept. Those without a name are called x0,
// x1, … by the places they had.
func (m *NearZeroVarianceModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.filter.take(X)
	return out, at("NearZeroVariance", err)
}

// InverseTransform returns the columns at the places they had, with zeros in those
// that were dropped.
func (m *NearZeroVarianceModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := m.filter.putBack(X)
	return out, at("NearZeroVariance", err)
}
