package ml

import (
	"context"
	"fmt"
	"slices"
)

// YesNo turns text into truth: 1 for what means yes, 0 for what means no. Any
// other text is an error that names row and column, and so is a cell without a
// value. It is a transformer for columns of a frame; Columns does the same to
// those of a table.
type YesNo struct {
	Yes, No []string

	// OthersNo makes any other text a no, as comparing with "yes" does. A cell
	// without a value stays an error.
	OthersNo bool
}

var (
	_ FrameTransformer      = YesNo{}
	_ FrameTransformerModel = YesNo{}
)

// NewYesNo returns an encoder of "yes" and "no".
func NewYesNo() YesNo { return YesNo{Yes: []string{"yes"}, No: []string{"no"}} }

// FitFrameTransformer has nothing to learn; it refuses what TransformFrame would.
func (e YesNo) FitFrameTransformer(ctx context.Context, X *Frame) (FrameTransformerModel, error) {
	if err := ctx.Err(); err != nil {
		return nil, at("YesNo", err)
	}
	if _, err := e.TransformFrame(X); err != nil {
		return nil, err
	}
	e.Yes, e.No = slices.Clone(e.Yes), slices.Clone(e.No)
	return e, nil
}

// TransformFrame returns 1 and 0 for every column.
func (e YesNo) TransformFrame(X *Frame) (*Matrix, error) {
	if err := e.check(); err != nil {
		return nil, at("YesNo", err)
	}
	out := newMatrix(X.rows, len(X.columns), X.Names())
	for j, column := range X.columns {
		if !column.isText {
			return nil, errorf("YesNo: column %q is numbers, not text", column.name)
		}
		col := out.Col(j)
		for i := range col {
			yes, problem := false, "the cell is absent, every row must have a value"
			if !column.isMissing(i) {
				yes, problem = e.means(column.texts[i])
			}
			if problem != "" {
				return nil, at("YesNo", &CellError{i, j, column.name, problem})
			}
			col[i] = boolToFloat(yes)
		}
	}
	return out, nil
}

// Columns wraps a table so that its columns of these names, which must be text,
// are bools: MatrixOf makes 1 and 0 of them. What is wrong with one is an error
// when the column is asked for. Absent cells stay absent.
func (e YesNo) Columns(src Columns, names ...string) Columns {
	return yesNoColumns{src, e, slices.Clone(names)}
}

type yesNoColumns struct {
	Columns
	encoder YesNo
	names   []string
}

func (c yesNoColumns) ColumnValues(name string) (values any, present func(row int) bool, err error) {
	if err := c.check(); err != nil {
		return nil, nil, at("YesNo", err)
	}
	values, present, err = c.Columns.ColumnValues(name)
	if err != nil || !slices.Contains(c.names, name) {
		return values, present, err
	}
	texts, ok := values.([]string)
	if !ok {
		return nil, nil, errorf("YesNo: the values are %T, not []string", values)
	}
	bools := make([]bool, len(texts))
	for i, text := range texts {
		if present != nil && !present(i) {
			continue
		}
		yes, problem := c.encoder.means(text)
		if problem != "" {
			return nil, nil, at("YesNo", &CellError{Row: i, Name: name, Problem: problem})
		}
		bools[i] = yes
	}
	return bools, present, nil
}

// check refuses names that the table does not have, which nobody would ask for.
func (c yesNoColumns) check() error {
	all := c.ColumnNames()
	for _, name := range c.names {
		if !slices.Contains(all, name) {
			return fmt.Errorf("there is no column %q, the table has %q", name, all)
		}
	}
	return c.encoder.check()
}

func (e YesNo) check() error {
	var c paramCheck
	c.want(len(e.Yes) > 0, "Yes", "empty", "at least one text")
	c.want(len(e.No) > 0 || e.OthersNo, "No", "empty", "at least one text unless OthersNo is set")
	for _, text := range e.No {
		if slices.Contains(e.Yes, text) {
			c.want(false, "No", fmt.Sprintf("%q", text), "another text than those of Yes")
		}
	}
	return c.err()
}

// means reports what a text stands for, or what is wrong with it.
func (e YesNo) means(text string) (yes bool, problem string) {
	switch {
	case slices.Contains(e.Yes, text):
		return true, ""
	case e.OthersNo || slices.Contains(e.No, text):
		return false, ""
	}
	return false, fmt.Sprintf("the value is %q, allowed are %q for yes and %q for no", text, e.Yes, e.No)
}
