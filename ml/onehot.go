package ml

import "context"

// Drop says which of a column's dummies OneHotEncoder leaves out.
type Drop uint8

// What OneHotEncoder can leave out.
const (
	DropNone     Drop = iota // keep all
	DropFirst                // leave out the first category, so that the dummies are linearly independent
	DropIfBinary             // leave out the first category of columns with two
)

// OneHotEncoder turns every column into dummies: one column of 0 and 1 for each
// category, sorted, called "column_category". Text and numbers can be encoded.
type OneHotEncoder struct {
	Drop    Drop
	Unknown Unknown // in Transform
	Missing Missing
}

var _ FrameTransformer = OneHotEncoder{}

// NewOneHotEncoder returns scikit-learn's defaults: all categories, errors for
// unknown values, a category for missing ones.
func NewOneHotEncoder() OneHotEncoder { return OneHotEncoder{} }

// NewDummies returns an encoder that does what pandas' get_dummies does: a cell
// without a value has no category.
func NewDummies() OneHotEncoder { return OneHotEncoder{Missing: MissingZeros} }

// Fit learns the categories of every column of X. An infinite number is an error, here
// and in TransformFrame, and so is a frame without rows or columns.
func (e OneHotEncoder) Fit(ctx context.Context, X *Frame) (*OneHotEncoderModel, error) {
	var c paramCheck
	c.want(e.Drop <= DropIfBinary, "Drop", e.Drop, "DropNone, DropFirst or DropIfBinary")
	checkEncoder(&c, e.Unknown, e.Missing)
	if err := c.err(); err != nil {
		return nil, at("OneHotEncoder", err)
	}
	fitted, err := fitCategories(ctx, X, e.Missing)
	if err != nil {
		return nil, at("OneHotEncoder", err)
	}
	m := &OneHotEncoderModel{params: e, fitted: fitted}
	m.rebuild()
	return m, nil
}

// rebuild sets what follows from the parameters and the categories.
func (m *OneHotEncoderModel) rebuild() {
	m.Categories = categoryNames(m.fitted)
	for _, k := range m.fitted {
		m.starts = append(m.starts, len(m.names))
		skip := m.params.skips(k)
		m.skips = append(m.skips, skip)
		for _, label := range k.labels[skip:] {
			m.names = append(m.names, k.name+"_"+label)
		}
	}
}

func (e OneHotEncoder) skips(k *categories) int {
	if e.Drop == DropFirst && len(k.values) > 0 || e.Drop == DropIfBinary && len(k.values) == 2 {
		return 1
	}
	return 0
}

// FitFrameTransformer is Fit.
func (e OneHotEncoder) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	m, err := e.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OneHotEncoderModel is a fitted OneHotEncoder. Its fields are to be read only.
type OneHotEncoderModel struct {
	Categories [][]string // of each column, sorted; absent cells are "None" or "nan"

	params OneHotEncoder
	fitted []*categories
	starts []int // of each column's dummies
	skips  []int // categories of each column that are left out
	names  []string
}

// TransformFrame returns the dummies of every column, side by side.
func (m *OneHotEncoderModel) TransformFrame(X *Frame) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.names), m.names)
	err := eachCodes(X, m.fitted, m.params.Unknown, m.params.Missing, func(j int, codes []int) {
		for i, code := range codes {
			if dummy := code - m.skips[j]; code != noCode && dummy >= 0 {
				out.Col(m.starts[j] + dummy)[i] = 1
			}
		}
	})
	if err != nil {
		return nil, at("OneHotEncoder", err)
	}
	return out, nil
}

// InverseTransform returns the values that dummies stand for. A row of zeros is
// the category left out by Drop, else a cell without a value. It is an error if X
// has another number of columns than TransformFrame made, and if a row has
// anything but zeros and at most a single 1 among the dummies of a column.
func (m *OneHotEncoderModel) InverseTransform(X *Matrix) (*Frame, error) {
	if X.cols != len(m.names) {
		return nil, errorf("OneHotEncoder: the matrix has %d columns, the encoder makes %d", X.cols, len(m.names))
	}
	out := &Frame{rows: X.rows}
	for j, k := range m.fitted {
		codes := make([]int, X.rows)
		for i := range codes {
			codes[i] = m.skips[j] - 1 // the category left out; noCode if there is none
		}
		for dummy := range len(k.values) - m.skips[j] {
			col := m.starts[j] + dummy
			for i, v := range X.Col(col) {
				switch {
				case v == 0:
				case v == 1 && codes[i] == m.skips[j]-1:
					codes[i] = m.skips[j] + dummy
				default:
					return nil, at("OneHotEncoder", X.cellError(i, col, formatNumber(v)+", the dummies of a column are 0 and a single 1"))
				}
			}
		}
		out.columns = append(out.columns, k.column(codes))
	}
	return out, nil
}
