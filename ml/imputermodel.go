package ml

import (
	"context"
	"math"
	"slices"
)

// SimpleImputerModel is a fitted SimpleImputer. Its fields are to be read only.
type SimpleImputerModel struct {
	Statistics     []float64 // what fills each column of numbers; NaN for a column of text, and for one that had no value and is left out
	TextStatistics []string  // what fills each column of text
	Kept           []int     // the columns that are not left out, ascending
	Indicated      []int     // the columns that have an indicator, ascending

	params  SimpleImputer
	fills   []columnFill
	columns columnSet
}

var (
	_ TransformerModel = (*SimpleImputerModel)(nil)
	_ FrameMapperModel = (*SimpleImputerModel)(nil)
)

// rebuild sets what follows from the parameters and the fills.
func (m *SimpleImputerModel) rebuild() {
	for j, f := range m.fills {
		m.Statistics = append(m.Statistics, f.number)
		m.TextStatistics = append(m.TextStatistics, f.text)
		if f.isKept {
			m.Kept = append(m.Kept, j)
		}
		if m.params.AddIndicator && f.hasMissing {
			m.Indicated = append(m.Indicated, j)
		}
	}
}

// Transform returns the columns with their missing cells filled, then the
// indicators. An infinite value is an error.
func (m *SimpleImputerModel) Transform(X *Matrix) (*Matrix, error) {
	out, err := m.transform(X)
	return out, at("SimpleImputer", err)
}

func (m *SimpleImputerModel) transform(X *Matrix) (*Matrix, error) {
	if err := m.columns.check(X); err != nil {
		return nil, err
	}
	if j := m.textColumn(); j >= 0 {
		return nil, errorf("column %q is numbers, the model was fitted on text", m.columns.known()[j])
	}
	if err := checkNotInfinite(X); err != nil {
		return nil, err
	}
	out := newMatrix(X.rows, len(m.Kept)+len(m.Indicated), m.outputNames(X))
	return out, forColumns(context.Background(), out.cols, X.rows, func(k int) error {
		if k < len(m.Kept) {
			j := m.Kept[k]
			replaceNaN(out.Col(k), X.Col(j), m.fills[j].number)
		} else {
			indicate(out.Col(k), X.Col(m.Indicated[k-len(m.Kept)]))
		}
		return nil
	})
}

// outputNames of a matrix that has none are only needed where places change.
func (m *SimpleImputerModel) outputNames(X *Matrix) []string {
	if X.names == nil && len(m.Kept) == len(m.fills) && len(m.Indicated) == 0 {
		return nil
	}
	known := m.columns.known()
	names := takeFrom(known, m.Kept)
	for _, j := range m.Indicated {
		names = append(names, indicatorName(known[j]))
	}
	return names
}

// textColumn is the first one that was text in Fit, −1 if none was.
func (m *SimpleImputerModel) textColumn() int {
	return slices.IndexFunc(m.fills, func(f columnFill) bool { return f.isText })
}

// MapFrame is Transform for a frame. A column that is not the one of Fit by its name
// or its kind is an error.
func (m *SimpleImputerModel) MapFrame(X *Frame) (*Frame, error) {
	out, err := m.fill(X)
	return out, at("SimpleImputer", err)
}

func (m *SimpleImputerModel) fill(X *Frame) (*Frame, error) {
	if err := m.checkFrame(X); err != nil {
		return nil, err
	}
	out := &Frame{rows: X.rows}
	for _, j := range m.Kept {
		column, err := m.fills[j].fill(X.columns[j], j)
		if err != nil {
			return nil, err
		}
		out.columns = append(out.columns, column)
	}
	for _, j := range m.Indicated {
		out.columns = append(out.columns, X.columns[j].indicator())
	}
	return out, nil
}

func (m *SimpleImputerModel) checkFrame(X *Frame) error {
	if len(X.columns) != len(m.fills) {
		return errorf("the frame has %d columns, the model was fitted on %d", len(X.columns), len(m.fills))
	}
	for j, column := range X.columns {
		if m.columns.names != nil && column.name != m.columns.names[j] {
			return errorf("column %d is %q, the model was fitted on %q", j, column.name, m.columns.names[j])
		}
		if column.isText != m.fills[j].isText {
			return errorf("column %q has another kind than in Fit (text: %v, was: %v)", column.name, column.isText, m.fills[j].isText)
		}
	}
	return nil
}

// fill returns the column without missing cells. It shares memory with one that has
// none.
func (f columnFill) fill(c FrameColumn, j int) (FrameColumn, error) {
	if c.isText {
		return f.fillText(c), nil
	}
	if err := c.checkNotInfinite(j); err != nil {
		return c, err
	}
	if c.countMissing() == 0 {
		return c, nil
	}
	numbers := make([]float64, len(c.numbers))
	replaceNaN(numbers, c.numbers, f.number)
	c.numbers = numbers
	return c, nil
}

func (f columnFill) fillText(c FrameColumn) FrameColumn {
	absent := c.absent
	c.absent = nil
	if !slices.Contains(absent, true) {
		return c
	}
	c.texts = slices.Clone(c.texts)
	for i, is := range absent {
		if is {
			c.texts[i] = f.text
		}
	}
	return c
}

// indicator returns a column of 1 where c is missing, else 0.
func (c FrameColumn) indicator() FrameColumn {
	marks := make([]float64, c.length())
	if !c.isText {
		indicate(marks, c.numbers)
	}
	for i, absent := range c.absent {
		marks[i] = boolToFloat(absent)
	}
	return Numbers(indicatorName(c.name), marks)
}

func indicatorName(column string) string { return "missingindicator_" + column }

func indicate(dst, src []float64) {
	for i, v := range src {
		dst[i] = float64(oneIfNaN(v))
	}
}

// InverseTransform empties the cells again that the indicators mark. A column that was
// left out comes back without a value. It is an error without AddIndicator, and if a
// column is text.
func (m *SimpleImputerModel) InverseTransform(X *Matrix) (*Matrix, error) {
	out, err := m.inverse(X)
	return out, at("SimpleImputer", err)
}

func (m *SimpleImputerModel) inverse(X *Matrix) (*Matrix, error) {
	if !m.params.AddIndicator {
		return nil, errorf("InverseTransform needs the indicators of AddIndicator")
	}
	if j := m.textColumn(); j >= 0 {
		return nil, errorf("column %q is text, which a matrix cannot hold", m.columns.known()[j])
	}
	if made := len(m.Kept) + len(m.Indicated); X.cols != made {
		return nil, errorf("the matrix has %d columns, the model makes %d", X.cols, made)
	}
	out := newMatrix(X.rows, len(m.fills), m.columns.names)
	for j, f := range m.fills {
		if !f.isKept {
			copy(out.Col(j), filled(X.rows, math.NaN()))
		}
	}
	for k, j := range m.Kept {
		copy(out.Col(j), X.Col(k))
	}
	for k, j := range m.Indicated {
		col := out.Col(j)
		for i, v := range X.Col(len(m.Kept) + k) {
			if v != 0 {
				col[i] = math.NaN()
			}
		}
	}
	return out, nil
}
