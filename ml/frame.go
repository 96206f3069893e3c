package ml

import (
	"errors"
	"math"
	"slices"
	"strconv"
)

// Data is what cross-validation divides into rows: a *Matrix or a *Frame.
type Data interface {
	NumRows() int

	// AsMatrix returns the columns as numbers. It is an error, which names the
	// column, if one is text.
	AsMatrix() (*Matrix, error)

	takeRows(rows []int) Data
}

var (
	_ Data = (*Matrix)(nil)
	_ Data = (*Frame)(nil)
)

// NumRows returns the number of rows.
func (m *Matrix) NumRows() int { return m.rows }

// AsMatrix returns m.
func (m *Matrix) AsMatrix() (*Matrix, error) { return m, nil }

func (m *Matrix) takeRows(rows []int) Data { return m.Take(rows) }

// AsFrame returns the columns of m, sharing its memory. Columns without a name are
// called x0, x1, ….
func (m *Matrix) AsFrame() *Frame {
	f := &Frame{rows: m.rows}
	for j := range m.cols {
		name := "x" + strconv.Itoa(j)
		if m.names != nil {
			name = m.names[j]
		}
		f.columns = append(f.columns, Numbers(name, m.Col(j)))
	}
	return f
}

// Frame is n rows of named columns, each of numbers or of text: what a table is
// before it becomes a Matrix. A number that is absent is NaN; text has marks.
// Frames are immutable.
type Frame struct {
	rows    int
	columns []FrameColumn
}

// FrameColumn is a column for NewFrame. Numbers and Texts make it.
type FrameColumn struct {
	name    string
	numbers []float64
	texts   []string
	absent  []bool // of texts; nil if all are there
	isText  bool
}

// Numbers is a column of numbers. The slice is used, not copied.
func Numbers(name string, values []float64) FrameColumn {
	return FrameColumn{name: name, numbers: values}
}

// Texts is a column of text. The slices are used, not copied. absent marks rows
// without a value; it may be left out.
func Texts(name string, values []string, absent ...bool) FrameColumn {
	return FrameColumn{name: name, texts: values, absent: absent, isText: true}
}

func (c FrameColumn) length() int { return max(len(c.numbers), len(c.texts)) }

// isMissing reports whether row i has no value.
func (c FrameColumn) isMissing(i int) bool {
	if c.isText {
		return c.absent != nil && c.absent[i]
	}
	return math.IsNaN(c.numbers[i])
}

func (c FrameColumn) take(rows []int) FrameColumn {
	out := c
	if c.numbers != nil {
		out.numbers = takeFrom(c.numbers, rows)
	}
	if c.texts != nil {
		out.texts = takeFrom(c.texts, rows)
	}
	if c.absent != nil {
		out.absent = takeFrom(c.absent, rows)
	}
	return out
}

func takeFrom[T any](values []T, rows []int) []T {
	out := make([]T, len(rows))
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}

// NewFrame puts columns side by side. It is an error if they differ in length or
// if two have the same name.
func NewFrame(columns ...FrameColumn) (*Frame, error) {
	f := &Frame{columns: slices.Clone(columns)}
	seen := make(map[string]bool)
	for j, c := range columns {
		if j == 0 {
			f.rows = c.length()
		}
		if c.length() != f.rows {
			return nil, errorf("NewFrame: column %q has %d rows, column %q has %d", c.name, c.length(), columns[0].name, f.rows)
		}
		if c.absent != nil && len(c.absent) != f.rows {
			return nil, errorf("NewFrame: column %q has %d marks for %d rows", c.name, len(c.absent), f.rows)
		}
		if seen[c.name] {
			return nil, errorf("NewFrame: two columns are called %q", c.name)
		}
		seen[c.name] = true
	}
	return f, nil
}

// FrameOf copies the named columns of a table, in that order, or all of them if
// no name is given: strings as text, all else as MatrixOf does.
//
// An absent cell is an error unless the table is wrapped by KeepNulls.
func FrameOf(src Columns, names ...string) (*Frame, error) {
	if len(names) == 0 {
		names = src.ColumnNames()
	}
	var columns []FrameColumn
	for j, name := range names {
		c, err := frameColumn(src, j, name)
		if err != nil {
			return nil, at("FrameOf", err)
		}
		columns = append(columns, c)
	}
	return NewFrame(columns...)
}

func frameColumn(src Columns, j int, name string) (FrameColumn, error) {
	if k, ok := src.(keepNulls); ok {
		if texts, present, err := k.Columns.ColumnValues(name); err == nil {
			if texts, ok := texts.([]string); ok {
				return Texts(name, slices.Clone(texts), marks(len(texts), present)...), checkLength(name, len(texts), src.NumRows())
			}
		}
	}
	values, err := columnOf(src, j, name)
	if err != nil {
		return FrameColumn{}, err
	}
	if texts, ok := values.([]string); ok {
		return Texts(name, slices.Clone(texts)), checkLength(name, len(texts), src.NumRows())
	}
	one := newMatrix(src.NumRows(), 1, []string{name})
	err = fillColumn(one, 0, values)
	if cell := (*CellError)(nil); errors.As(err, &cell) {
		cell.Col = j
	}
	return Numbers(name, one.data), err
}

func marks(n int, present func(int) bool) []bool {
	if present == nil {
		return nil
	}
	absent := make([]bool, n)
	for i := range absent {
		absent[i] = !present(i)
	}
	return absent
}

// KeepNulls wraps a table so that MatrixOf and FrameOf accept absent cells:
// numbers and bools become NaN, text of a Frame keeps a mark. SimpleImputer fills
// them.
func KeepNulls(src Columns) Columns { return keepNulls{src} }

type keepNulls struct{ Columns }

func (k keepNulls) ColumnValues(name string) (values any, present func(row int) bool, err error) {
	values, present, err = k.Columns.ColumnValues(name)
	if err != nil || present == nil {
		return values, present, err
	}
	if _, text := values.([]string); text {
		return values, present, nil
	}
	if !slices.Contains(marks(k.NumRows(), present), true) {
		return values, nil, nil // as they are, so that Labels can read them too
	}
	// A cell that is absent may hold anything, so it is cleared before it is read.
	one := newMatrix(k.NumRows(), 1, []string{name})
	if err := fillColumn(one, 0, clearAbsent(values, present)); err != nil {
		return nil, nil, err
	}
	for i := range one.data {
		if !present(i) {
			one.data[i] = math.NaN()
		}
	}
	return one.data, nil, nil
}

// clearAbsent returns a copy of an integer column whose absent cells are 0; others
// hold no value that fillColumn could refuse.
func clearAbsent(values any, present func(int) bool) any {
	switch values := values.(type) {
	case []int64:
		return cleared(values, present)
	case []uint64:
		return cleared(values, present)
	}
	return values
}

func cleared[T any](values []T, present func(int) bool) []T {
	out := slices.Clone(values)
	var zero T
	for i := range out {
		if !present(i) {
			out[i] = zero
		}
	}
	return out
}

// NumRows returns the number of rows.
func (f *Frame) NumRows() int { return f.rows }

// Names returns the names of the columns.
func (f *Frame) Names() []string {
	names := make([]string, len(f.columns))
	for j, c := range f.columns {
		names[j] = c.name
	}
	return names
}

// Numbers returns a column of numbers: the frame's own memory, read-only. It is
// an error if there is no such column or if it is text.
func (f *Frame) Numbers(name string) ([]float64, error) {
	c, err := f.column(name)
	if err == nil && c.isText {
		err = errorf("column %q is text, not numbers", name)
	}
	return c.numbers, err
}

// Texts returns a column of text: the frame's own memory, read-only. absent marks
// the rows without a value; nil means that all have one. It is an error if there
// is no such column or if it is numbers.
func (f *Frame) Texts(name string) (values []string, absent []bool, err error) {
	c, err := f.column(name)
	if err == nil && !c.isText {
		err = errorf("column %q is numbers, not text", name)
	}
	return c.texts, c.absent, err
}

// column finds one by its name. The frame of a matrix may have several of a name, of
// which none is meant more than the others.
func (f *Frame) column(name string) (FrameColumn, error) {
	found := -1
	for j, c := range f.columns {
		if c.name != name {
			continue
		}
		if found >= 0 {
			return FrameColumn{}, errorf("columns %d and %d are both called %q, a column that is asked for must be the only one of its name", found, j, name)
		}
		found = j
	}
	if found < 0 {
		return FrameColumn{}, errorf("there is no column %q, the frame has %q", name, f.Names())
	}
	return f.columns[found], nil
}

// Select returns the named columns, in that order.
func (f *Frame) Select(names ...string) (*Frame, error) {
	out := &Frame{rows: f.rows}
	for _, name := range names {
		c, err := f.column(name)
		if err != nil {
			return nil, err
		}
		out.columns = append(out.columns, c)
	}
	return out, nil
}

// Take returns a new frame of the given rows in the given order; a row may be
// taken more than once.
func (f *Frame) Take(rows []int) *Frame {
	out := &Frame{rows: len(rows)}
	for _, c := range f.columns {
		out.columns = append(out.columns, c.take(rows))
	}
	return out
}

func (f *Frame) takeRows(rows []int) Data { return f.Take(rows) }

// AsMatrix copies the columns into a matrix. It is an error, which names the
// column, if one is text: encode it first.
func (f *Frame) AsMatrix() (*Matrix, error) {
	m := newMatrix(f.rows, len(f.columns), f.Names())
	for j, c := range f.columns {
		if c.isText {
			return nil, errorf("column %q is text, which must be encoded as numbers, see OneHotEncoder and ColumnTransformer", c.name)
		}
		copy(m.Col(j), c.numbers)
	}
	return m, nil
}

// cell is the text of a value, for messages and names of columns.
func (c FrameColumn) cell(i int) string {
	switch {
	case c.isMissing(i) && c.isText:
		return "None"
	case c.isText:
		return c.texts[i]
	default:
		return formatNumber(c.numbers[i])
	}
}

// formatNumber writes numbers as Python does: whole ones with a point, very large
// and very small ones with an exponent.
func formatNumber(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "nan"
	case size != 0 && size < 1e-4 || size >= 1e16:
		return strconv.FormatFloat(v, 'e', -1, 64)
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
}
