package ml

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
)

// Unknown says what an encoder does with a value it has not seen in Fit.
type Unknown uint8

// What an encoder can do with a value it has not seen.
const (
	UnknownError  Unknown = iota // an error that names row and column
	UnknownIgnore                // OneHotEncoder: zeros in all of the column's dummies; OrdinalEncoder: NaN
)

// Missing says what an encoder does with a cell that has no value.
type Missing uint8

// What an encoder can do with a cell that has no value.
const (
	MissingCategory Missing = iota // a category of its own, behind all others, if Fit has met one
	MissingZeros                   // OneHotEncoder: zeros in all of the column's dummies, as pandas' get_dummies; OrdinalEncoder: NaN
	MissingError                   // an error that names row and column
)

// category is a value of a column.
type category struct {
	number  float64
	text    string
	missing bool
}

func compareCategories(a, b category) int {
	switch {
	case a.missing && b.missing:
		return 0
	case a.missing:
		return 1
	case b.missing:
		return -1
	}
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.text, b.text))
}

func (c FrameColumn) categoryOf(i int) category {
	switch {
	case c.isMissing(i):
		return category{missing: true}
	case c.isText:
		return category{text: c.texts[i]}
	default:
		return category{number: c.numbers[i] + 0} // −0 is 0
	}
}

// categories are the sorted distinct values of one column.
type categories struct {
	name   string
	isText bool
	values []category
	labels []string // of values, as in the names of dummies
	code   map[category]int
}

// fitCategories learns the categories of every column of X.
func fitCategories(ctx context.Context, X *Frame, missing Missing) ([]*categories, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if X.rows == 0 || len(X.columns) == 0 {
		return nil, errorf("the frame is %d×%d, at least one row and one column are needed", X.rows, len(X.columns))
	}
	all := make([]*categories, len(X.columns))
	for j, column := range X.columns {
		k := &categories{name: column.name, isText: column.isText, code: make(map[category]int)}
		for i := range X.rows {
			v := column.categoryOf(i)
			if v.missing && missing == MissingError {
				return nil, &CellError{i, j, column.name, "the cell is absent, every row must have a value"}
			}
			if _, seen := k.code[v]; !seen && !(v.missing && missing == MissingZeros) {
				k.code[v] = len(k.values)
				k.values = append(k.values, v)
				k.labels = append(k.labels, column.cell(i))
			}
		}
		k.sort()
		all[j] = k
	}
	return all, nil
}

func (k *categories) sort() {
	order := upTo(0, len(k.values))
	slices.SortFunc(order, func(a, b int) int { return compareCategories(k.values[a], k.values[b]) })
	k.values, k.labels = takeFrom(k.values, order), takeFrom(k.labels, order)
	for c, v := range k.values {
		k.code[v] = c
	}
}

const noCode = -1

// codes returns the category of every row of a column, noCode for those that have
// none.
func (k *categories) codes(X *Frame, j int, unknown Unknown, missing Missing) ([]int, error) {
	column := X.columns[j]
	if column.name != k.name || column.isText != k.isText {
		return nil, errorf("column %d is %q (text: %v), the encoder was fitted on %q (text: %v)", j, column.name, column.isText, k.name, k.isText)
	}
	codes := make([]int, X.rows)
	for i := range codes {
		v := column.categoryOf(i)
		code, ok := k.code[v]
		switch {
		case ok:
			codes[i] = code
		case v.missing && missing == MissingZeros:
			codes[i] = noCode
		case v.missing && missing == MissingError:
			return nil, &CellError{i, j, column.name, "the cell is absent, every row must have a value"}
		case unknown == UnknownIgnore:
			codes[i] = noCode
		default:
			return nil, &CellError{i, j, column.name, "the value " + column.cell(i) + " was not seen in Fit, UnknownIgnore allows it"}
		}
	}
	return codes, nil
}

func eachCodes(X *Frame, fitted []*categories, unknown Unknown, missing Missing, f func(j int, codes []int)) error {
	if len(X.columns) != len(fitted) {
		return errorf("the frame has %d columns, the encoder was fitted on %d", len(X.columns), len(fitted))
	}
	for j, k := range fitted {
		codes, err := k.codes(X, j, unknown, missing)
		if err != nil {
			return err
		}
		f(j, codes)
	}
	return nil
}

func categoryNames(fitted []*categories) [][]string {
	names := make([][]string, len(fitted))
	for j, k := range fitted {
		names[j] = k.labels
	}
	return names
}

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

// Fit learns the categories of every column of X.
func (e OneHotEncoder) Fit(ctx context.Context, X *Frame) (*OneHotEncoderModel, error) {
	fitted, err := fitCategories(ctx, X, e.Missing)
	if err != nil {
		return nil, at("OneHotEncoder", err)
	}
	m := &OneHotEncoderModel{Categories: categoryNames(fitted), params: e, fitted: fitted}
	for _, k := range fitted {
		m.starts = append(m.starts, len(m.names))
		skip := e.skips(k)
		m.skips = append(m.skips, skip)
		for _, label := range k.labels[skip:] {
			m.names = append(m.names, k.name+"_"+label)
		}
	}
	return m, nil
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

// column returns the values behind the codes.
func (k *categories) column(codes []int) FrameColumn {
	c := FrameColumn{name: k.name, isText: k.isText}
	for _, code := range codes {
		v := category{missing: true}
		if code != noCode {
			v = k.values[code]
		}
		switch {
		case k.isText:
			c.texts, c.absent = append(c.texts, v.text), append(c.absent, v.missing)
		case v.missing:
			c.numbers = append(c.numbers, math.NaN())
		default:
			c.numbers = append(c.numbers, v.number)
		}
	}
	if !slices.Contains(c.absent, true) {
		c.absent = nil
	}
	return c
}

// OrdinalEncoder turns every column into one of numbers: the place of the value
// among the sorted categories.
type OrdinalEncoder struct {
	Unknown Unknown // in Transform
	Missing Missing
}

var _ FrameTransformer = OrdinalEncoder{}

// NewOrdinalEncoder returns scikit-learn's defaults: errors for unknown values,
// NaN for missing ones.
func NewOrdinalEncoder() OrdinalEncoder { return OrdinalEncoder{Missing: MissingZeros} }

// Fit learns the categories of every column of X.
func (e OrdinalEncoder) Fit(ctx context.Context, X *Frame) (*OrdinalEncoderModel, error) {
	fitted, err := fitCategories(ctx, X, e.Missing)
	if err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	return &OrdinalEncoderModel{Categories: categoryNames(fitted), params: e, fitted: fitted}, nil
}

// FitFrameTransformer is Fit.
func (e OrdinalEncoder) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	m, err := e.Fit(ctx, X)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// OrdinalEncoderModel is a fitted OrdinalEncoder. Its fields are to be read only.
type OrdinalEncoderModel struct {
	Categories [][]string // of each column, sorted; absent cells are "None" or "nan"

	params OrdinalEncoder
	fitted []*categories
}

// TransformFrame returns one column of places for every column of X.
func (m *OrdinalEncoderModel) TransformFrame(X *Frame) (*Matrix, error) {
	out := newMatrix(X.rows, len(m.fitted), X.Names())
	err := eachCodes(X, m.fitted, m.params.Unknown, m.params.Missing, func(j int, codes []int) {
		col := out.Col(j)
		for i, code := range codes {
			col[i] = float64(code)
			if code == noCode {
				col[i] = math.NaN()
			}
		}
	})
	if err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	return out, nil
}

// InverseTransform returns the values at the places, with no value for NaN. A
// number that is not a place is an error.
func (m *OrdinalEncoderModel) InverseTransform(X *Matrix) (*Frame, error) {
	if err := checkWidth(X, len(m.fitted)); err != nil {
		return nil, at("OrdinalEncoder", err)
	}
	out := &Frame{rows: X.rows}
	for j, k := range m.fitted {
		codes := make([]int, X.rows)
		for i, v := range X.Col(j) {
			codes[i] = int(v)
			switch {
			case math.IsNaN(v):
				codes[i] = noCode
			case !(v >= 0 && v < float64(len(k.values)) && v == math.Trunc(v)):
				return nil, at("OrdinalEncoder", X.cellError(i, j, formatNumber(v)+", places are NaN and whole numbers from 0 to "+strconv.Itoa(len(k.values)-1)))
			}
		}
		out.columns = append(out.columns, k.column(codes))
	}
	return out, nil
}

// Encode returns the code of every label, its place among the classes. It is the
// other way of scikit-learn's LabelEncoder too, see Decode. A label that is not
// among the classes is an error.
func (c Classes) Encode(labels []string) ([]int, error) {
	code := make(map[string]int, len(c))
	for i, class := range c {
		code[class] = i
	}
	y := make([]int, len(labels))
	for i, label := range labels {
		k, ok := code[label]
		if !ok {
			return nil, errorf("Classes: the label of row %d is %q, allowed are %q", i, label, []string(c))
		}
		y[i] = k
	}
	return y, nil
}

// Decode returns the label of every code. A code that is not one of the classes is
// an error.
func (c Classes) Decode(y []int) ([]string, error) {
	labels := make([]string, len(y))
	for i, code := range y {
		if code < 0 || code >= len(c) {
			return nil, errorf("Classes: the code of row %d is %d, there are %d classes", i, code, len(c))
		}
		labels[i] = c[code]
	}
	return labels, nil
}

// YesNo turns columns of text into 1 for Yes and 0 for No. Any other text is an
// error that names row and column, and so is a cell without a value.
type YesNo struct{ Yes, No string }

var _ FrameTransformer = YesNo{}

// NewYesNo returns an encoder of "yes" and "no".
func NewYesNo() YesNo { return YesNo{"yes", "no"} }

// FitFrameTransformer has nothing to learn; it refuses what TransformFrame would.
func (e YesNo) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	if err := ctx.Err(); err != nil {
		return nil, at("YesNo", err)
	}
	if e.Yes == e.No {
		return nil, errorf("YesNo: Yes and No are both %q, they must differ", e.Yes)
	}
	_, err := e.TransformFrame(X)
	return e, err
}

// TransformFrame returns 1 and 0 for every column.
func (e YesNo) TransformFrame(X *Frame) (*Matrix, error) {
	out := newMatrix(X.rows, len(X.columns), X.Names())
	for j, column := range X.columns {
		col := out.Col(j)
		for i := range col {
			switch v := column.categoryOf(i); {
			case column.isText && !v.missing && v.text == e.Yes:
				col[i] = 1
			case column.isText && !v.missing && v.text == e.No:
			default:
				return nil, at("YesNo", &CellError{i, j, column.name, "the value is " + column.cell(i) + ", allowed are " + e.Yes + " and " + e.No})
			}
		}
	}
	return out, nil
}
